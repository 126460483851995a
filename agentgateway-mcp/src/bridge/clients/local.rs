//! Answers that are given here.

use agentgateway_core::{
    Body, Error, ErrorKind,
    jsonrpc::{RpcError, RpcId},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, response};

use super::reply;
use crate::{
    call::McpCall,
    wire::{
        ProtocolVersion,
        error::{self, INVALID_PARAMS, UNSUPPORTED_VERSION},
        headers,
    },
};

/// What needs no answer was taken.
pub(super) fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// A message as an answer.
pub(super) fn json(message: Bytes) -> Response<Body> {
    let (head, ()) = Response::new(()).into_parts();
    json_with(head, message)
}

/// A message as an answer, with the head of the server's.
///
/// Earlier revisions say errors of JSON-RPC with 200, and with 404 that a session is gone.
pub(super) fn json_with(mut head: response::Parts, message: Bytes) -> Response<Body> {
    let is_said_otherwise = matches!(
        head.status,
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    );
    if is_said_otherwise || head.status.is_success() {
        head.status = StatusCode::OK;
    }
    own_headers(&mut head.headers);
    let json = HeaderValue::from_static("application/json");
    head.headers.insert(header::CONTENT_TYPE, json);
    Response::from_parts(head, message.into())
}

/// Takes out of a server's head what is not so here: the length of another body, and a session that is none of
/// the client's.
pub(super) fn own_headers(head: &mut HeaderMap) {
    head.remove(header::CONTENT_LENGTH);
    head.remove(headers::SESSION_ID);
}

/// An empty result.
pub(super) fn empty(id: &RpcId) -> Response<Body> {
    json(reply::answer(id, &Bytes::from_static(b"{}")))
}

/// Refuses params of a request that is answered here.
pub(super) fn invalid_params(id: &RpcId, words: &'static str) -> Response<Body> {
    json(RpcError::new(INVALID_PARAMS, words).encode(id))
}

/// Refuses a revision that is not spoken here.
pub(super) fn unsupported(call: &McpCall) -> Response<Body> {
    let requested = call.protocol_version().map_or("", ProtocolVersion::as_str);
    let spoken = ProtocolVersion::SPOKEN.map(agentgateway_core::json::quote);
    let data = format!(
        r#"{{"supported":[{}],"requested":{}}}"#,
        spoken.join(","),
        agentgateway_core::json::quote(requested)
    );
    let words = "this revision of MCP is not spoken here";
    let rpc = RpcError::new(UNSUPPORTED_VERSION, words).with_data(data);
    error::response(StatusCode::BAD_REQUEST, &rpc, call.id()).map(Body::from)
}

/// Refuses a request without a session.
pub(super) fn no_session() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the request names no session; send initialize first, and then its Mcp-Session-Id",
    )
}

/// Refuses a request of a session that is not there, for this caller.
pub(super) fn unknown_session() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "there is no such session, or it has ended; send initialize for another one",
    )
}
