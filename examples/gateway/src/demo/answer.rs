use std::{convert::Infallible, pin::Pin, time::Duration};

use agentgateway_core::{Body, BoxError, sse::SseMessage};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header, request::Parts};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use super::paced::Paced;

/// The most bytes of a request that are read.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The pause between two chunks of a stream.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// The future of the demonstration services.
///
/// # Cancel safety
///
/// Dropping it drops the request. A task that an agent began lives on.
pub type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// Who answers a request whose body was read.
pub(super) trait Answer: Send + 'static {
    fn answer(self, head: Parts, body: Bytes) -> impl Future<Output = Response<Body>> + Send;
}

/// Reads the body, and lets `who` answer.
pub(super) fn answer<A, B>(who: A, request: Request<B>) -> ResponseFuture
where
    A: Answer,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Box::pin(async move {
        let (head, body) = request.into_parts();
        let read = Limited::new(body, MAX_BODY_BYTES).collect().await;
        let body = read
            .map(|whole| whole.to_bytes())
            .map_err(|error| unread(&error));
        Ok(match body {
            Ok(body) => who.answer(head, body).await,
            Err(refusal) => refusal,
        })
    })
}

fn unread(error: &BoxError) -> Response<Body> {
    let (status, text) = if error.is::<LengthLimitError>() {
        (StatusCode::PAYLOAD_TOO_LARGE, "the body is over 1 MiB")
    } else {
        (StatusCode::BAD_REQUEST, "the body broke off")
    };
    with_type(status, "text/plain", Body::from(Bytes::from(text)))
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An answer of JSON.
pub(super) fn json(status: StatusCode, value: &Value) -> Response<Body> {
    with_type(
        status,
        "application/json",
        Body::from(Bytes::from(value.to_string())),
    )
}

/// A refusal of a method, whose body is JSON.
pub(super) fn not_allowed(allow: &'static str, value: &Value) -> Response<Body> {
    let mut response = json(StatusCode::METHOD_NOT_ALLOWED, value);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// An event stream of these encoded events.
pub(super) fn events<I>(events: I, pause: Duration) -> Response<Body>
where
    I: IntoIterator<Item = Bytes>,
    I::IntoIter: Send + 'static,
{
    let body = Body::new(Paced::new(events.into_iter(), pause));
    let mut response = with_type(StatusCode::OK, "text/event-stream", body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// An answer with this content type.
pub(super) fn with_type(
    status: StatusCode,
    content_type: &'static str,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// One event whose data is JSON.
pub(super) fn event(value: &Value) -> Bytes {
    SseMessage::new(value.to_string()).encode()
}

/// One event whose data is JSON, with a name.
pub(super) fn named_event(name: &'static str, value: &Value) -> Bytes {
    SseMessage::new(value.to_string()).with_event(name).encode()
}
