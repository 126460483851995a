use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use agentgateway_core::{Body, BoxError, limit::heap::Heap};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::ServiceExt;
use tower_service::Service;

/// A stack behind one route, its type erased. Its errors are said already.
///
/// Clones share it; each request runs in a copy of what is inside.
#[derive(Clone)]
pub struct Stack {
    service: Arc<dyn Answer>,
    telling: Telling,
    /// Where bodies of requests are read whole: what they are held in.
    held_in: Option<Heap>,
}

/// Bodies up to this many bytes, by their word, are not worth a look at the memory.
const SMALL: u64 = 64 * 1024;

/// Who tells the observer of a stack's exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::assemble) enum Telling {
    /// The table: there is no protocol layer.
    Table,
    /// A protocol layer, from the first moment on.
    Layer,
    /// A protocol layer, once policies before it have let the request [pass](Unreached::reached).
    Behind,
}

/// Told, in a request's extensions, when a request has come to the layer that tells of it from then on.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct Unreached(Arc<AtomicBool>);

impl Unreached {
    /// The request has come there.
    pub(in crate::assemble) fn reached<B>(request: &mut Request<B>) {
        if let Some(Self(waits)) = request.extensions_mut().remove() {
            waits.store(false, Ordering::Relaxed);
        }
    }
}

/// Whether nobody else would tell of an exchange if it ended now.
#[derive(Clone, Debug)]
pub(super) enum Waits {
    No,
    Yes,
    UntilReached(Unreached),
}

impl Waits {
    pub(super) fn are_over(&self) -> bool {
        match self {
            Self::No => true,
            Self::Yes => false,
            Self::UntilReached(Unreached(waits)) => !waits.load(Ordering::Relaxed),
        }
    }
}

pub(in crate::assemble) type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

trait Answer: Send + Sync {
    fn answer(&self, request: Request<Body>) -> Answering;
}

impl<S, RB> Answer for S
where
    S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    fn answer(&self, request: Request<Body>) -> Answering {
        let mut service = self.clone();
        // Nearly all are ready at once; who waits would need the service and the request in the future.
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => erased(service.call(request)),
            Poll::Pending => erased(service.oneshot(request)),
        }
    }
}

fn erased<RB>(
    call: impl Future<Output = Result<Response<RB>, Infallible>> + Send + 'static,
) -> Answering
where
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    Box::pin(async move {
        let Ok(response) = call.await;
        response.map(Body::new)
    })
}

impl Stack {
    /// Erases the type of a service that tells of its exchanges: a protocol layer stands before it.
    pub fn new<S, RB>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        RB: HttpBody<Data = Bytes> + Send + 'static,
        RB::Error: Into<BoxError>,
    {
        Self {
            service: Arc::new(service),
            telling: Telling::Layer,
            held_in: None,
        }
    }

    /// Erases the type of a service that no protocol layer stands before: the table tells of it.
    pub(in crate::assemble) fn untold<S, RB>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        RB: HttpBody<Data = Bytes> + Send + 'static,
        RB::Error: Into<BoxError>,
    {
        Self::new(service).told_by(Telling::Table)
    }

    /// The same, of whose exchanges somebody else tells.
    pub(in crate::assemble) fn told_by(self, telling: Telling) -> Self {
        Self { telling, ..self }
    }

    /// The same, which reads bodies of requests whole: those fail that this has no room for.
    pub(in crate::assemble) fn holding(self, heap: Option<&Heap>) -> Self {
        let held_in = heap.cloned();
        Self { held_in, ..self }
    }

    /// Who tells the observer of its exchanges.
    pub(in crate::assemble) const fn telling(&self) -> Telling {
        self.telling
    }

    pub(in crate::assemble) fn answer(&self, request: Request<Body>) -> Answering {
        let large = |body: &Body| body.size_hint().upper().is_none_or(|bytes| bytes > SMALL);
        match &self.held_in {
            Some(heap) if large(request.body()) => {
                self.service.answer(heap.upload(request).map(Body::new))
            }
            _ => self.service.answer(request),
        }
    }

    /// What the table is to know of this exchange until its head is there.
    pub(super) fn waits<B>(&self, request: &mut Request<B>) -> Waits {
        match self.telling {
            Telling::Table => Waits::Yes,
            Telling::Layer => Waits::No,
            Telling::Behind => {
                let unreached = Unreached(Arc::new(AtomicBool::new(true)));
                request.extensions_mut().insert(unreached.clone());
                Waits::UntilReached(unreached)
            }
        }
    }
}

#[cfg(test)]
impl Stack {
    /// What clones have in common.
    pub(in crate::assemble) fn address(&self) -> usize {
        Arc::as_ptr(&self.service).cast::<()>() as usize
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").finish_non_exhaustive()
    }
}
