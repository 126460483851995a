use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use agentgateway_core::{Body, BoxError, Peeked, body::Look, media};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
};
use http_body::Body as HttpBody;
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::{
    PushRelay, payload::read, queue::Notification, registration::Registration, relay::host,
};

/// How long an agent has to send its notification.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(10);
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What agents push to: the service of [`PushRelay::receiver`].
///
/// | answer | when |
/// |---|---|
/// | 202 | it will be sent, or the client's version has no word for it |
/// | 400 | it is no notification of A2A |
/// | 404 | nobody has registered this URL, or its time is over |
/// | 405 | it is no POST |
/// | 408, 413 | it comes too slowly, or is too long |
/// | 503 | there is no place for it now; `Retry-After` says when there may be |
#[derive(Clone, Debug)]
pub struct PushReceiver {
    relay: PushRelay,
}

// === impl PushReceiver ===

impl PushReceiver {
    pub(super) const fn new(relay: PushRelay) -> Self {
        Self { relay }
    }
}

impl<B> Service<Request<B>> for PushReceiver
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let relay = self.relay.clone();
        Box::pin(async move { Ok(receive(&relay, request).await) })
    }
}

async fn receive<B>(relay: &PushRelay, request: Request<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes>,
{
    let sealed = request.uri().path().rsplit('/').next().unwrap_or_default();
    let Some(registration) = relay.open(sealed, SystemTime::now()) else {
        return said(StatusCode::NOT_FOUND, "");
    };
    if *request.method() != Method::POST {
        let mut answer = said(StatusCode::METHOD_NOT_ALLOWED, "");
        let allowed = HeaderValue::from_static("POST");
        answer.headers_mut().insert(ALLOW, allowed);
        return answer;
    }
    let (head, body) = request.into_parts();
    let limit = relay.shared().max_payload_bytes;
    let Ok(peeked) = timeout(UPLOAD_TIMEOUT, Peeked::peek(body, limit)).await else {
        return said(StatusCode::REQUEST_TIMEOUT, "");
    };
    match peeked {
        Look::Whole(body, _) => accept(relay, registration, &head.headers, &body),
        Look::OverLimit(_) => said(StatusCode::PAYLOAD_TOO_LARGE, ""),
        Look::Failed(_) => said(StatusCode::BAD_REQUEST, "the body broke off"),
    }
}

fn accept(
    relay: &PushRelay,
    registration: Registration,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response<Body> {
    let shared = relay.shared();
    let read = match read(body, registration.version) {
        Ok(read) => read,
        Err(words) => return said(StatusCode::BAD_REQUEST, &words),
    };
    // It was judged when it was registered; it is judged again before each attempt.
    let Ok(uri) = shared.guard.check(&registration.url) else {
        return said(StatusCode::NOT_FOUND, "");
    };
    let id = registration.id.clone();
    if let Some(payload) = read.payload {
        let media = headers.get(CONTENT_TYPE).filter(|_| read.is_untouched);
        let notification = Notification {
            host: host(&uri),
            content_type: media
                .filter(|_| media::is_json(headers))
                .cloned()
                .unwrap_or(JSON),
            registration,
            payload,
            since: Instant::now(),
        };
        if let Err(full) = shared.queue.add(notification) {
            tracing::warn!(
                host = &*host(&uri),
                ?full,
                "there is no place for a push notification"
            );
            let mut answer = said(StatusCode::SERVICE_UNAVAILABLE, "");
            let soon = HeaderValue::from_static("5");
            answer.headers_mut().insert(RETRY_AFTER, soon);
            return answer;
        }
    }
    if read.is_last {
        shared.registered.remove(&id);
    }
    said(StatusCode::ACCEPTED, "")
}

fn said(status: StatusCode, words: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(Bytes::copy_from_slice(words.as_bytes())));
    *answer.status_mut() = status;
    answer
}
