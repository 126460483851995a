use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{BufferLayer, ResponseFuture};
use crate::{
    body::Peeked,
    error::{BoxError, Error},
};

/// The service of [`BufferLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Buffer<S> {
    inner: S,
    layer: BufferLayer,
}

impl<S> Buffer<S> {
    pub(super) const fn new(inner: S, layer: BufferLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, B, RB> Service<Request<B>> for Buffer<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<Peeked<RB>>;
    type Error = Error;
    type Future = ResponseFuture<S, B, RB>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ResponseFuture::begin(self.inner.clone(), request, self.layer)
    }
}
