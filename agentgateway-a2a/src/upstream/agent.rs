use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError, Error, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

/// What an agent will say to a request: the head of its answer, and a body.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

/// An agent as a service, with its type erased: over HTTP, or in this process.
///
/// A clone costs a reference count. Where bridges and the catalogue stand, one type holds agents of
/// every kind.
///
/// ```
/// # use agentgateway_core::{Body, Error, Peeked};
/// # use http::{Request, Response};
/// use agentgateway_a2a::upstream::A2aAgent;
///
/// let service = tower::service_fn(|request: Request<Peeked<Body>>| async move {
///     # drop(request);
///     Ok::<_, Error>(Response::new(Body::empty()))
/// });
/// let agent = A2aAgent::new(service);
/// # drop(agent);
/// ```
#[derive(Clone)]
pub struct A2aAgent(Arc<dyn Serve>);

/// An agent that somebody else holds.
#[cfg(feature = "relay")]
#[derive(Clone)]
pub(crate) struct WeakAgent(std::sync::Weak<dyn Serve>);

trait Serve: Send + Sync {
    fn serve(&self, request: Request<Peeked<Body>>) -> Answering;
}

impl A2aAgent {
    /// Takes a service: [`A2aUpstream`](super::A2aUpstream) in front of a client, one of an SDK, or one's
    /// own.
    ///
    /// Its errors, and those of its bodies, become [`Error`] as [`Error::from_boxed`] reads them.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(OfService(service)))
    }

    /// Asks it, once it is ready.
    ///
    /// # Errors
    /// Those of the service.
    ///
    /// # Cancel safety
    /// Dropping the future drops that of the service.
    #[must_use = "futures do nothing unless polled"]
    pub fn send(&self, request: Request<Peeked<Body>>) -> Answering {
        self.0.serve(request)
    }

    #[cfg(feature = "relay")]
    pub(crate) fn downgrade(&self) -> WeakAgent {
        WeakAgent(Arc::downgrade(&self.0))
    }
}

#[cfg(feature = "relay")]
impl WeakAgent {
    pub(crate) fn upgrade(&self) -> Option<A2aAgent> {
        self.0.upgrade().map(A2aAgent)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.0.strong_count() > 0
    }
}

#[cfg(feature = "relay")]
impl fmt::Debug for WeakAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakAgent").finish_non_exhaustive()
    }
}

/// Ready at once; a call waits for the service inside.
impl Service<Request<Peeked<Body>>> for A2aAgent {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<Body>>) -> Answering {
        self.send(request)
    }
}

impl fmt::Debug for A2aAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("A2aAgent").finish_non_exhaustive()
    }
}

struct OfService<S>(S);

impl<S, B> Serve for OfService<S>
where
    S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn serve(&self, request: Request<Peeked<Body>>) -> Answering {
        let mut service = self.0.clone();
        Box::pin(async move {
            let boxed = |error: S::Error| Error::from_boxed(error.into());
            std::future::poll_fn(|cx| service.poll_ready(cx))
                .await
                .map_err(boxed)?;
            let answer = service.call(request).await;
            Ok(answer.map_err(boxed)?.map(Body::new))
        })
    }
}
