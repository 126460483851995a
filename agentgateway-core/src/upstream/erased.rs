use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_service::Service;

use super::{Client, ResponseFuture};
use crate::{
    body::Body,
    error::{BoxError, Error},
};

/// Any client, with its type erased.
///
/// One of the three places where types are erased; everything between listener and upstream stays
/// generic. A [`Client`] is kept as it is: it takes no allocation to clone or to call.
#[derive(Clone)]
pub struct Upstream {
    service: Kind,
}

#[derive(Clone)]
enum Kind {
    Client(Client),
    Other(BoxCloneSyncService<Request<Body>, Response<Body>, Error>),
}

impl Upstream {
    /// Takes a client: a layered one, or one of the application's own. A [`Client`] as it is comes
    /// in by `From`.
    ///
    /// Its errors, and those of its bodies, become [`Error`] as [`Error::from_boxed`] reads them.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service
            .map_response(|response: Response<B>| response.map(Body::new))
            .map_err(|error: S::Error| Error::from_boxed(error.into()));
        Self {
            service: Kind::Other(BoxCloneSyncService::new(service)),
        }
    }
}

impl From<Client> for Upstream {
    fn from(client: Client) -> Self {
        Self {
            service: Kind::Client(client),
        }
    }
}

impl Service<Request<Body>> for Upstream {
    type Response = Response<Body>;
    type Error = Error;
    type Future = UpstreamFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match &mut self.service {
            Kind::Client(client) => client.poll_ready(cx),
            Kind::Other(service) => service.poll_ready(cx),
        }
    }

    fn call(&mut self, request: Request<Body>) -> UpstreamFuture {
        let state = match &mut self.service {
            Kind::Client(client) => State::Client {
                future: client.call(request),
            },
            Kind::Other(service) => State::Other {
                future: service.call(request),
            },
        };
        UpstreamFuture { state }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").finish_non_exhaustive()
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Upstream`].
    ///
    /// # Cancel safety
    /// Dropping it drops the client's future.
    #[must_use = "futures do nothing unless polled"]
    pub struct UpstreamFuture {
        #[pin]
        state: State,
    }
}

type BoxedFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State {
        Client { #[pin] future: ResponseFuture },
        Other { future: BoxedFuture },
    }
}

impl Future for UpstreamFuture {
    type Output = Result<Response<Body>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Client { future } => future.poll(cx),
            StateProj::Other { future } => future.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for UpstreamFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamFuture").finish_non_exhaustive()
    }
}
