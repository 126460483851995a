use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{ResponseFuture, TransformLayer, content, future::Kept};
use crate::{
    body::Peeked,
    error::{BoxError, Error},
};

/// The service of [`TransformLayer`].
#[derive(Clone, Debug)]
pub struct Transform<S> {
    inner: S,
    layer: TransformLayer,
}

impl<S> Transform<S> {
    pub(super) const fn new(inner: S, layer: TransformLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, B, RB> Service<Request<B>> for Transform<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<Peeked<RB>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, RB>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let Some(chosen) = self.layer.chosen(&head) else {
            let request = Request::from_parts(head, Peeked::untouched(body));
            return ResponseFuture::call(self.inner.call(request), None);
        };
        let body = match chosen.request.apply(&mut head) {
            Ok(Some(bytes)) => content::of(bytes),
            Ok(None) => Peeked::untouched(body),
            Err(error) => return ResponseFuture::refused(error),
        };
        let kept = Kept::new(&head, chosen);
        let future = self.inner.call(Request::from_parts(head, body));
        ResponseFuture::call(future, kept)
    }
}
