//! Error codes, and how an error of the gateway is said.
//!
//! # Source
//! MCP 2026-07-28, Base protocol, Error codes, and Streamable HTTP, Sending messages to the server.

use agentgateway_core::{
    Error,
    jsonrpc::{RpcError, RpcId},
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

pub use agentgateway_core::jsonrpc::code::{
    INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR,
};

/// A mirrored header says something else than the body; from 2026-07-28.
pub const HEADER_MISMATCH: i64 = -32020;
/// The client lacks a capability that the request needs; from 2026-07-28.
pub const MISSING_CAPABILITY: i64 = -32021;
/// The server does not speak the revision; from 2026-07-28.
pub const UNSUPPORTED_VERSION: i64 = -32022;
/// There is no such resource; up to 2025-11-25, later -32602.
pub const RESOURCE_NOT_FOUND: i64 = -32002;
/// The user is to visit a URL first; 2025-11-25.
pub const URL_ELICITATION_REQUIRED: i64 = -32042;

/// The message that says this error about the request with this id.
///
/// Where there is no id (the request was a notification or an answer, or could not be read) the
/// message has no `id` member: MCP allows no null there.
#[must_use]
pub fn encode(error: &RpcError, id: Option<&RpcId>) -> Bytes {
    match id {
        Some(id) => error.encode(id),
        None => error.encode_without_id(),
    }
}

/// The whole answer that says this error, with a status.
#[must_use]
pub fn response(status: StatusCode, error: &RpcError, id: Option<&RpcId>) -> Response<Bytes> {
    let mut response = Response::new(encode(error, id));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// The whole answer that says an error of the gateway or of what stands behind it.
///
/// Status and code follow from its kind; the head says what
/// [`write_headers`](Error::write_headers) does.
#[must_use]
pub fn response_to(error: &Error, id: Option<&RpcId>) -> Response<Bytes> {
    let mut response = response(error.status(), &RpcError::from(error), id);
    error.write_headers(response.headers_mut());
    response
}
