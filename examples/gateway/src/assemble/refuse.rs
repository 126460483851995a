use std::{
    task::{Context, Poll},
    time::Duration,
};

use agentgateway_core::{Body, Error, ErrorKind, error::Origin};
use http::{Request, Response};
use tower_service::Service;

/// The service in the place of one that cannot be asked: every request fails alike.
#[derive(Clone, Debug)]
pub(super) struct Refuse {
    kind: ErrorKind,
    origin: Origin,
    /// What the client reads; the operator's reason is told elsewhere.
    message: &'static str,
    retry_after: Option<Duration>,
}

impl Refuse {
    /// No rule takes the request: 404.
    pub(super) fn nowhere() -> Self {
        let message = "no route of this listener takes this host and path";
        Self::new(ErrorKind::NotFound, message)
    }

    /// There is no memory for it: 503.
    pub(super) fn overloaded() -> Self {
        let message = "the gateway can take no more requests now, try again later";
        Self {
            retry_after: Some(Duration::from_secs(1)),
            ..Self::new(ErrorKind::Overloaded, message)
        }
    }

    /// The rule or its backend is not one that can be served: 500.
    pub(super) fn invalid() -> Self {
        let message = "this route has no backend that can be used";
        Self::new(ErrorKind::Internal, message)
    }

    /// The backend is spoken to in a way that is not served, or is described in a way that cannot be
    /// spoken to: 500.
    pub(super) fn unspoken() -> Self {
        let message = "the backend of this route is not one that this gateway can speak to";
        Self::new(ErrorKind::Internal, message)
    }

    /// The backend has no endpoint that is ready: 503.
    pub(super) fn unavailable() -> Self {
        let message = "the service behind this route has no endpoint that is ready";
        Self {
            origin: Origin::Upstream,
            ..Self::new(ErrorKind::Overloaded, message)
        }
    }

    fn new(kind: ErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            origin: Origin::Gateway,
            message,
            retry_after: None,
        }
    }
}

impl<B> Service<Request<B>> for Refuse {
    type Response = Response<Body>;
    type Error = Error;
    type Future = std::future::Ready<Result<Response<Body>, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let error = Error::new(self.kind, self.message).with_origin(self.origin);
        std::future::ready(Err(match self.retry_after {
            Some(delay) => error.with_retry_after(delay),
            None => error,
        }))
    }
}
