use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

/// Fits a service that takes one concrete body type under a layer that hands it another.
///
/// The function makes the body; `axum::body::Body::new`, `tonic::body::Body::new`,
/// [`Body::new`](super::Body::new) and, under a protocol layer, [`Peeked::into_body`](super::Peeked::into_body)
/// are such functions.
///
/// ```
/// # use agentgateway_core::body::{AdaptLayer, Body, Peeked};
/// # use tower_layer::Layer;
/// # let fixed = tower::service_fn(|_: http::Request<Body>| async { Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty())) });
/// let service = AdaptLayer::new(Peeked::into_body).layer(fixed);
/// # fn takes<S: tower_service::Service<http::Request<Peeked<Body>>>>(_: S) {}
/// # takes(service);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptLayer<F> {
    adapt: F,
}

impl<F> AdaptLayer<F> {
    /// A layer that makes the inner service's body with `adapt`.
    pub const fn new(adapt: F) -> Self {
        Self { adapt }
    }
}

impl<S, F> Layer<S> for AdaptLayer<F>
where
    F: Clone,
{
    type Service = Adapt<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        Adapt {
            inner,
            adapt: self.adapt.clone(),
        }
    }
}

/// The service of [`AdaptLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Adapt<S, F> {
    inner: S,
    adapt: F,
}

impl<S, F, B, T> Service<Request<B>> for Adapt<S, F>
where
    S: Service<Request<T>>,
    F: Fn(B) -> T,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        self.inner.call(request.map(&self.adapt))
    }
}
