use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError, media};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header, request::Parts};
use http_body::Body as HttpBody;
use serde_json::Value;
use tower_service::Service;

use super::{
    super::answer::{self, Answer, ResponseFuture},
    fault::Fault,
    legacy, modern, rpc,
};

/// An MCP server with the tools `echo`, `add` and `count`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Tools;

// === impl Tools ===

impl Tools {
    /// A server. It holds nothing: there is nothing to set.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<B> Service<Request<B>> for Tools
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        answer::answer(*self, request)
    }
}

impl Answer for Tools {
    async fn answer(self, head: Parts, body: Bytes) -> Response<Body> {
        if head.uri.path().contains("/.well-known/") {
            return answer::empty(StatusCode::NOT_FOUND);
        }
        if head.method != Method::POST {
            let fault = Fault::invalid_request("only POST is served here");
            return answer::not_allowed("POST", &rpc::error(&Value::Null, &fault));
        }
        if !media::is_json(&head.headers) {
            let fault = Fault::invalid_request("the content type is not application/json");
            return rpc::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &Value::Null, &fault);
        }
        match serde_json::from_slice::<Value>(&body) {
            Ok(message) if modern::claims(&head.headers, &message) => {
                modern::answer(&head.headers, &message)
            }
            Ok(message) => legacy::answer(&head.headers, &message),
            Err(_) => rpc::refuse(StatusCode::BAD_REQUEST, &Value::Null, &Fault::unparsed()),
        }
    }
}

/// Whether the client reads event streams. One that says nothing reads everything.
pub(super) fn accepts_events(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
    accepted.peek().is_none()
        || accepted
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|range| range.split(';').next())
            .map(|range| range.trim().to_ascii_lowercase())
            .any(|range| matches!(&*range, "text/event-stream" | "text/*" | "*/*"))
}
