use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{HoldFuture, future::Reading};
use crate::body::Peeked;

/// The service of [`HoldLayer`](super::HoldLayer).
#[derive(Clone, Copy, Debug)]
pub struct Hold<S> {
    inner: S,
    limit_bytes: usize,
}

impl<S> Hold<S> {
    pub(super) const fn new(inner: S, limit_bytes: usize) -> Self {
        Self { inner, limit_bytes }
    }
}

impl<S, B> Service<Request<B>> for Hold<S>
where
    S: Service<Request<Peeked<B>>> + Clone,
    B: HttpBody<Data = Bytes>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = HoldFuture<S, B>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        let length = body.size_hint().exact();
        let is_small = length.is_some_and(|length| length <= self.limit_bytes as u64);
        let reading = if is_small {
            Reading::Peek(Peeked::peek(body, self.limit_bytes))
        } else {
            Reading::Done(Some(Peeked::untouched(body)))
        };
        HoldFuture::begin(self.inner.clone(), head, reading)
    }
}
