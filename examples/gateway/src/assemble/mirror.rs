use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError,
    route::{Fraction, MirrorLayer},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::table::{HostChoice, Stack};

/// Who gets copies of requests: a stack with the host that it is sent.
#[derive(Clone, Debug)]
pub(super) struct Mirrored {
    pub(super) stack: Stack,
    pub(super) host: HostChoice,
    pub(super) share: Fraction,
}

impl Mirrored {
    /// The same stack, which leaves copies of its requests here.
    pub(super) fn of(self, stack: Stack) -> Stack {
        let share = self.share;
        let layer = MirrorLayer::new(self, share, |task| drop(tokio::spawn(task)));
        let tells = stack.tells();
        let copying = layer.layer(Original(stack));
        if tells {
            Stack::new(copying)
        } else {
            Stack::untold(copying)
        }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Body>> for Mirrored {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        self.host.apply(&mut request);
        Original(self.stack.clone()).call(request)
    }
}

/// A stack as a service.
#[derive(Clone, Debug)]
struct Original(Stack);

impl<B> Service<Request<B>> for Original
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = self.0.answer(request.map(Body::new));
        Box::pin(async move { Ok(answer.await) })
    }
}
