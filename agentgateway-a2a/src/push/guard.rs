use std::task::{Context, Poll};

use agentgateway_core::{Body, BoxError, Error, Peeked, egress::Guard};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    ResponseFuture,
    judge::{Judged, judge},
};

/// Refuses calls that name a URL for push notifications which must not be called.
///
/// See the [module](super) for what it judges. It stands inside of [`A2aLayer`](crate::A2aLayer).
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is mounted"]
pub struct PushGuard {
    guard: Guard,
    unread: bool,
}

/// The service of [`PushGuard`].
#[derive(Clone, Debug)]
pub struct PushGuarded<S> {
    inner: S,
    layer: PushGuard,
}

// === impl PushGuard ===

impl PushGuard {
    /// Lets calls pass whose URL this guard allows, and calls without one.
    ///
    /// Agents and clients of one private network push to private addresses: such a guard
    /// [allows its networks](Guard::allow_networks).
    pub const fn new(guard: Guard) -> Self {
        Self {
            guard,
            unread: false,
        }
    }

    /// Whether requests pass that were not read, and might name any URL. Default: false.
    ///
    /// For services that serve something else than A2A beside it. Then nothing is guarded where the agent
    /// reads bodies that are not declared as JSON, or gRPC that the layer outside does not read.
    pub const fn allow_unread(mut self, allow: bool) -> Self {
        self.unread = allow;
        self
    }
}

impl<S> Layer<S> for PushGuard {
    type Service = PushGuarded<S>;

    fn layer(&self, inner: S) -> PushGuarded<S> {
        PushGuarded {
            inner,
            layer: self.clone(),
        }
    }
}

// === impl PushGuarded ===

impl<S, B, RB> Service<Request<Peeked<B>>> for PushGuarded<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Self::Future {
        match judge(&self.layer.guard, &request, self.layer.unread) {
            Judged::Passes | Judged::Names => ResponseFuture::inner(self.inner.call(request)),
            Judged::Answered(answer) => ResponseFuture::answered(answer),
        }
    }
}
