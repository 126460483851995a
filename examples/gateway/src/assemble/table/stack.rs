use std::{convert::Infallible, fmt, future::Future, pin::Pin, sync::Arc};

use agentgateway_core::{Body, BoxError};
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
    /// Whether a protocol layer tells the observer of each exchange.
    tells: bool,
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
        let call = self.clone().oneshot(request);
        Box::pin(async move {
            let Ok(response) = call.await;
            response.map(Body::new)
        })
    }
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
            tells: true,
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
        Self::new(service).telling(false)
    }

    /// The same, which tells of its exchanges or does not.
    pub(in crate::assemble) fn telling(self, tells: bool) -> Self {
        Self { tells, ..self }
    }

    pub(in crate::assemble) fn answer(&self, request: Request<Body>) -> Answering {
        self.service.answer(request)
    }
}

impl Stack {
    /// Whether a protocol layer tells the observer of each exchange.
    pub(in crate::assemble) const fn tells(&self) -> bool {
        self.tells
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
