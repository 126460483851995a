use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{BodyPrefix, PrefixLayer, ResponseFuture};
use crate::{
    body::Peeked,
    error::{BoxError, Error},
};

/// The service of [`PrefixLayer`].
#[derive(Clone, Debug)]
pub struct Prefix<S> {
    inner: S,
    layer: PrefixLayer,
}

impl<S> Prefix<S> {
    pub(super) const fn new(inner: S, layer: PrefixLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, B, RB> Service<Request<B>> for Prefix<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Response = Response<RB>;
    type Error = Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        head.extensions.remove::<BodyPrefix>();
        let service = self.inner.clone();
        if self.layer.reads(&head) {
            ResponseFuture::read(service, head, body, &self.layer)
        } else {
            ResponseFuture::pass(service, Request::from_parts(head, Peeked::untouched(body)))
        }
    }
}
