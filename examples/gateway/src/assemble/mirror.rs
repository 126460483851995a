use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError,
    route::{Fraction, MirrorLayer},
};
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{Stack, leg::Leg, stack::MaxBody};

/// Who gets copies of requests: as the rule has made them, with nothing that is for its backend
/// alone.
#[derive(Clone, Debug)]
pub(super) struct Mirrored {
    pub(super) leg: Leg,
    pub(super) share: Fraction,
    /// The longest body that is copied.
    pub(super) max_body: MaxBody,
}

/// Where the original of a copied request goes, in its extensions: a backend's own path is none of
/// the copies'.
#[derive(Clone, Debug)]
pub(super) struct Target(pub(super) Uri);

/// The stack of a leg behind those who get copies. Requests that come to it have a [`Target`].
pub(super) fn copying(original: Leg, mirrors: Vec<Mirrored>) -> Stack {
    let telling = original.stack.telling();
    let mut stack = Stack::new(Walk(Arc::new(original))).told_by(telling);
    for Mirrored {
        leg,
        share,
        max_body,
    } in mirrors
    {
        let copies = Walk(Arc::new(leg));
        let mut layer = MirrorLayer::new(copies, share, |task| drop(tokio::spawn(task)));
        if let Some(bytes) = max_body {
            layer = layer.max_body_bytes(bytes);
        }
        stack = Stack::new(layer.layer(Inside(stack))).told_by(telling);
    }
    stack
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// A leg as a service.
#[derive(Clone, Debug)]
struct Walk(Arc<Leg>);

impl<B> Service<Request<B>> for Walk
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if let Some(Target(uri)) = request.extensions_mut().remove() {
            *request.uri_mut() = uri;
        }
        let answer = self.0.answer(request.map(Body::new));
        Box::pin(async move { Ok(answer.await) })
    }
}

/// A stack as a service.
#[derive(Clone, Debug)]
struct Inside(Stack);

impl<B> Service<Request<B>> for Inside
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
