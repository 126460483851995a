//! Answers that are ours.

use agentgateway_core::{
    Body, json,
    jsonrpc::{RpcError, RpcId},
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use crate::policy::ItemKind;
use crate::wire::error::{self, INVALID_PARAMS, METHOD_NOT_FOUND};

const MAX_SHOWN_CHARS: usize = 256;

pub(super) fn json(status: StatusCode, text: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(text)));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

pub(super) fn result(id: &RpcId, result: &[u8]) -> Response<Body> {
    let text = [
        br#"{"jsonrpc":"2.0","id":"#,
        id.as_raw(),
        br#","result":"#,
        result,
        b"}",
    ]
    .concat();
    json(StatusCode::OK, text.into())
}

/// With the error object of a server.
pub(super) fn refused(status: StatusCode, id: &RpcId, error: &[u8]) -> Response<Body> {
    let text = [
        br#"{"jsonrpc":"2.0","id":"#,
        id.as_raw(),
        br#","error":"#,
        error,
        b"}",
    ]
    .concat();
    json(self::status(status), text.into())
}

/// The status of a target's answer, as that of ours. Whether a target knows the gateway says nothing of whether
/// the gateway knows the client.
pub(super) fn status(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            StatusCode::BAD_GATEWAY
        }
        status => status,
    }
}

pub(super) fn error(status: StatusCode, error: &RpcError, id: &RpcId) -> Response<Body> {
    json(status, error::encode(error, Some(id)))
}

pub(super) fn invalid_params(
    id: &RpcId,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> Response<Body> {
    error(StatusCode::OK, &RpcError::new(INVALID_PARAMS, message), id)
}

pub(super) fn no_method(id: &RpcId, method: &str) -> Response<Body> {
    let message = format!("Method not found: {}", shown(method));
    let no = RpcError::new(METHOD_NOT_FOUND, message);
    error(StatusCode::NOT_FOUND, &no, id)
}

/// There is no such thing, or it is not for this caller: the two look alike.
pub(super) fn unknown(id: &RpcId, kind: ItemKind, name: &str) -> Response<Body> {
    let what = match kind {
        ItemKind::Tool => "Unknown tool",
        ItemKind::Prompt => "Unknown prompt",
        ItemKind::Resource | ItemKind::Template => "Resource not found",
    };
    let mut no = RpcError::new(INVALID_PARAMS, format!("{what}: {}", shown(name)));
    if matches!(kind, ItemKind::Resource | ItemKind::Template) {
        no = no.with_data(format!(r#"{{"uri":{}}}"#, json::quote(name)));
    }
    error(StatusCode::OK, &no, id)
}

/// More than one target has it, and the name does not say which one is meant.
pub(super) fn ambiguous(id: &RpcId, name: &str) -> Response<Body> {
    invalid_params(id, format!("More than one server has it: {}", shown(name)))
}

/// As much of a client's word as is repeated in a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN_CHARS).collect()
}
