//! What clients are answered, as a server of 2026-07-28 does.

use agentgateway_core::{
    Body, Error, ErrorKind, error::Origin, jsonrpc::RpcError, sse::SseMessage,
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::StreamBody;

use super::{
    question::Kind,
    relay::{Relay, Step},
    session::bad,
};
use crate::{
    bridge::Refusal,
    wire::error::{self, MISSING_CAPABILITY},
};

pub(super) fn failed(status: StatusCode) -> Error {
    if status.is_server_error() {
        let message = "the server is not available";
        return Error::new(ErrorKind::Unavailable, message).with_origin(Origin::Upstream);
    }
    bad("the server's answer is no MCP message")
}

/// What the server asks for, this client cannot give.
///
/// # Source
/// MCP 2026-07-28, Base protocol, Error codes (-32021).
pub(super) fn lacks(kind: Kind) -> Refusal {
    let message = format!(
        "the server asks for {}, which the client does not declare",
        kind.capability()
    );
    Refusal::new(StatusCode::BAD_REQUEST, MISSING_CAPABILITY, message).with_data(format!(
        "{{\"requiredCapabilities\":{{\"{}\":{{}}}}}}",
        kind.capability()
    ))
}

/// What has no answer was taken.
pub(super) fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

pub(super) fn json_answer(status: StatusCode, text: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

pub(super) fn stream_head() -> http::response::Builder {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/event-stream")
        .header(header::CACHE_CONTROL, "no-cache")
        .header("x-accel-buffering", "no")
}

pub(super) fn event(text: Bytes) -> Frame<Bytes> {
    Frame::data(SseMessage::new(text).encode())
}

/// The rest of an answer as a stream: each message as it comes.
pub(super) fn events_answer(first: Option<Bytes>, relay: Relay) -> Response<Body> {
    let rest = stream::unfold(Some(relay), |relay| async move {
        let mut relay = relay?;
        let id = relay.call.id.clone();
        let say = |error: RpcError| error::encode(&error, Some(&id));
        let inner = relay.inner.clone();
        let (text, left) = match relay.step().await {
            Ok(Step::Message(text)) => (text, Some(relay)),
            Ok(Step::Last(text)) => (text, None),
            Ok(Step::Questions) => (inner.park(relay), None),
            Ok(Step::Lacks(kind)) => (say(lacks(kind).into_error()), None),
            Err(error) => (say(RpcError::from(&error)), None),
        };
        Some((Ok::<_, Error>(event(text)), left))
    });
    let first = stream::iter(first.map(|text| Ok(event(text))));
    let body = StreamBody::new(futures_util::StreamExt::chain(first, rest));
    // INVARIANT: the head holds what every head may hold.
    stream_head().body(Body::new(body)).unwrap_or_default()
}
