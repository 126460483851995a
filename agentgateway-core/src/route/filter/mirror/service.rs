use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    Method, Request, Response,
    header::{EXPECT, TRANSFER_ENCODING, UPGRADE},
};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{Fraction, MirrorBody, Mirrored, exchange::Shared, recording::Recording};
use crate::Body;

/// The service of [`MirrorLayer`](super::MirrorLayer).
#[derive(Clone)]
pub struct MirrorService<S, M> {
    inner: S,
    mirror: M,
    fraction: Fraction,
    shared: Arc<Shared>,
}

impl<S, M> MirrorService<S, M> {
    pub(super) fn new(inner: S, mirror: M, fraction: Fraction, shared: Arc<Shared>) -> Self {
        Self {
            inner,
            mirror,
            fraction,
            shared,
        }
    }
}

impl<S, M, B, MB> Service<Request<B>> for MirrorService<S, M>
where
    S: Service<Request<MirrorBody<B>>>,
    M: Service<Request<Body>, Response = Response<MB>> + Clone + Send + 'static,
    M::Future: Send,
    B: HttpBody<Data = Bytes>,
    MB: HttpBody + Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let recording = self.record(&request);
        let request = request.map(|body| MirrorBody::new(body, recording));
        self.inner.call(request)
    }
}

impl<S, M, MB> MirrorService<S, M>
where
    M: Service<Request<Body>, Response = Response<MB>> + Clone + Send + 'static,
    M::Future: Send,
    MB: HttpBody + Send + 'static,
{
    /// What copies the body of a request of the share; one without a body is sent at once.
    fn record<B: HttpBody>(&self, request: &Request<B>) -> Option<Recording> {
        let settings = &self.shared.settings;
        let tunnel = request.method() == Method::CONNECT || request.headers().contains_key(UPGRADE);
        if tunnel || !self.fraction.takes((settings.random)()) {
            return None;
        }
        let body = request.body();
        let least = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if least > settings.max_body_bytes {
            self.shared.tell(Mirrored::TooLarge);
            return None;
        }
        let Some(place) = self.shared.place() else {
            self.shared.tell(Mirrored::TooMany);
            return None;
        };
        let head = head(request);
        let mirror = self.mirror.clone();
        let declared = body.size_hint().exact();
        let mut recording = Recording::new(place, declared, move |place, body| {
            place.send(mirror, head.map(|()| body));
        });
        if body.is_end_stream() {
            recording.finish();
            return None;
        }
        Some(recording)
    }
}

impl<S, M> fmt::Debug for MirrorService<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorService")
            .field("fraction", &self.fraction)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

/// The head of the copy. The body is there, whole: nothing is to be waited for, nor sent in chunks.
fn head<B>(request: &Request<B>) -> Request<()> {
    let mut copy = Request::new(());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    *copy.version_mut() = request.version();
    copy.headers_mut().clone_from(request.headers());
    copy.headers_mut().remove(EXPECT);
    copy.headers_mut().remove(TRANSFER_ENCODING);
    copy
}
