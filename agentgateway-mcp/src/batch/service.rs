use std::task::{Context, Poll};

use agentgateway_core::{BoxError, Peeked, media};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{ResponseBody, ResponseFuture, layer::Limits};
use crate::wire::headers::PROTOCOL_VERSION;

/// The one revision with batches.
pub(super) const REVISION: &str = "2025-03-26";

/// The service of [`BatchLayer`](super::BatchLayer).
#[derive(Clone, Debug)]
pub struct Batch<S> {
    inner: S,
    limits: Limits,
}

impl<S> Batch<S> {
    pub(super) const fn new(inner: S, limits: Limits) -> Self {
        Self { inner, limits }
    }

    /// The service inside.
    pub const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S, B, RB> Service<Request<B>> for Batch<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>> + Clone,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<S::Future, RB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, RB>;

    /// Ready at once: the service inside is waited for when it is known what is asked of it.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        let service = self.inner.clone();
        // One that says that it is too long is refused before anything of it is there.
        let is_short = body.size_hint().lower() <= self.limits.body_bytes as u64;
        if is_short && may_be_batch(&head) {
            ResponseFuture::peek(service, head, body, self.limits)
        } else {
            let request = Request::from_parts(head, Peeked::untouched(body));
            ResponseFuture::pass(service, request)
        }
    }
}

/// Whether a batch could be served here, as far as the head says.
fn may_be_batch(head: &request::Parts) -> bool {
    head.method == Method::POST
        && media::is_json(&head.headers)
        && !media::is_coded(&head.headers)
        && is_of_revision(&head.headers)
}

/// Without the header a client is of this revision.
fn is_of_revision(headers: &HeaderMap) -> bool {
    let mut stated = headers.get_all(PROTOCOL_VERSION).iter();
    let first = stated.next();
    stated.next().is_none()
        && first.is_none_or(|version| version.as_bytes().trim_ascii() == REVISION.as_bytes())
}
