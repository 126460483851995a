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

use super::service::no_call;
use crate::McpCall;

/// What a server will say to a request: the head of its answer, and a body.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

/// What a server of an earlier revision says to what the newest one has no word for. `None`: it is none of an
/// earlier revision, and was not asked.
#[cfg(feature = "bridge")]
pub(crate) type SayingEarlier =
    Pin<Box<dyn Future<Output = Result<Option<Response<Body>>, Error>> + Send>>;

/// A server of MCP as a service, with its type erased: behind HTTP, a process, or in this one.
///
/// It is sent whole messages over Streamable HTTP, of the revisions that it speaks. A clone costs a
/// reference count. Where bridges and the federation stand, one type holds servers of every kind.
///
/// ```
/// # use agentgateway_core::{Body, Error, Peeked};
/// # use http::{Request, Response};
/// use agentgateway_mcp::upstream::McpServer;
///
/// let service = tower::service_fn(|request: Request<Peeked<Body>>| async move {
///     # drop(request);
///     Ok::<_, Error>(Response::new(Body::empty()))
/// });
/// let server = McpServer::new(service);
/// # drop(server);
/// ```
#[derive(Clone)]
pub struct McpServer(Arc<dyn Serve>);

/// What answers whole messages: a service behind its type, a bridge, a federation.
pub(crate) trait Serve: Send + Sync + 'static {
    fn serve(&self, request: Request<Bytes>) -> Answering;

    /// Whether it is a process at the end of a pipe: it may end by what it does not know, or say nothing.
    fn is_pipe(&self) -> bool {
        false
    }

    /// Whether a server of an earlier revision may stand behind it: one that is not known to be of the newest.
    #[cfg(feature = "bridge")]
    fn may_be_earlier(&self) -> bool {
        false
    }

    /// Says to servers of earlier revisions what a client of one says that the newest has no word for, such as
    /// `logging/setLevel`. The message is of the newest revision otherwise.
    #[cfg(feature = "bridge")]
    fn serve_earlier(&self, request: Request<Bytes>) -> SayingEarlier {
        drop(request);
        Box::pin(std::future::ready(Ok(None)))
    }
}

impl McpServer {
    /// Takes a service: [`McpUpstream`](super::McpUpstream) in front of a client, one of an SDK, or one's
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

    /// Takes what answers messages within this crate.
    pub(crate) fn of(serve: impl Serve) -> Self {
        Self(Arc::new(serve))
    }

    pub(crate) fn is_pipe(&self) -> bool {
        self.0.is_pipe()
    }

    /// Asks it, once it is ready.
    ///
    /// # Errors
    /// Those of the service.
    ///
    /// # Cancel safety
    /// Dropping the future drops that of the service.
    #[must_use = "futures do nothing unless polled"]
    pub fn send(&self, request: Request<Bytes>) -> Answering {
        self.0.serve(request)
    }

    /// See [`Serve::may_be_earlier`].
    #[cfg(feature = "bridge")]
    pub(crate) fn may_be_earlier(&self) -> bool {
        self.0.may_be_earlier()
    }

    /// See [`Serve::serve_earlier`].
    #[cfg(feature = "bridge")]
    pub(crate) fn send_earlier(&self, request: Request<Bytes>) -> SayingEarlier {
        self.0.serve_earlier(request)
    }
}

/// As the innermost service of a stack, inside of [`McpLayer`](crate::McpLayer), which has read the body.
impl<B> Service<Request<Peeked<B>>> for McpServer
where
    B: HttpBody<Data = Bytes>,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Answering {
        let (head, body) = request.into_parts();
        // The layer has read the whole body of what is a call; all else is none.
        match (body.whole(), head.extensions.get::<McpCall>()) {
            (Some(body), Some(_)) => self.send(Request::from_parts(head, body)),
            _ => Box::pin(std::future::ready(Err(no_call(&head)))),
        }
    }
}

impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServer").finish_non_exhaustive()
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
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let mut service = self.0.clone();
        Box::pin(async move {
            let boxed = |error: S::Error| Error::from_boxed(error.into());
            std::future::poll_fn(|cx| service.poll_ready(cx))
                .await
                .map_err(boxed)?;
            let answer = service.call(request.map(Peeked::from)).await;
            Ok(answer.map_err(boxed)?.map(Body::new))
        })
    }
}
