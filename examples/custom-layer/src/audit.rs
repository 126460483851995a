use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

/// Prints what is asked for.
#[derive(Clone, Copy, Debug)]
pub struct AuditLayer;

impl<S> Layer<S> for AuditLayer {
    type Service = Audit<S>;

    fn layer(&self, inner: S) -> Audit<S> {
        Audit { inner }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Audit<S> {
    inner: S,
}

impl<S, B, RB> Service<Request<B>> for Audit<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        println!("{:?}", super::asked(request.extensions()));
        self.inner.call(request)
    }
}
