use agentgateway_core::{
    Body, Error, ErrorKind, json,
    jsonrpc::{RpcError, RpcId},
};
use http::{HeaderMap, Response, StatusCode};

use crate::{
    call::{McpCall, McpKind},
    wire::{
        Era, McpMethod, MetaKey, ProtocolVersion,
        error::{self, HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, UNSUPPORTED_VERSION},
        headers,
    },
};

/// A request that a server of 2026-07-28 refuses, and with which status.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: RpcError,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: i64, message: impl Into<String>) -> Self {
        Self {
            status,
            error: RpcError::new(code, message.into()),
        }
    }

    pub(crate) fn with_data(self, data: String) -> Self {
        Self {
            error: self.error.with_data(data),
            ..self
        }
    }

    fn bad(code: i64, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// The method is not there.
    pub(crate) fn no_method(method: &McpMethod) -> Self {
        let shown: String = method.as_str().chars().take(64).collect();
        let message = format!(
            "the method {shown} is not there in {}",
            ProtocolVersion::LATEST
        );
        Self::new(StatusCode::NOT_FOUND, METHOD_NOT_FOUND, message)
    }

    /// The revision is none that is spoken.
    ///
    /// # Source
    /// MCP 2026-07-28, Versioning, Protocol version negotiation.
    pub(crate) fn version(requested: &str) -> Self {
        let requested = json::quote(requested);
        let latest = json::quote(ProtocolVersion::LATEST);
        Self::bad(UNSUPPORTED_VERSION, "this revision is not spoken here").with_data(format!(
            "{{\"supported\":[{latest}],\"requested\":{requested}}}"
        ))
    }

    /// What it says, without a status.
    pub(crate) fn into_error(self) -> RpcError {
        self.error
    }

    /// The whole answer that says it.
    pub(crate) fn response(&self, id: Option<&RpcId>) -> Response<Body> {
        error::response(self.status, &self.error, id).map(Body::from)
    }
}

/// Judges a request as a server of 2026-07-28 must, before it looks at what is asked: by its head, and by which
/// revision its `_meta` names, and whether that has capabilities.
///
/// That headers do not contradict the body has been seen where the call was read.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP, Standard request headers; Base protocol, `_meta`.
pub(crate) fn judge(
    head: &HeaderMap,
    call: &McpCall,
    (in_body, has_capabilities): (Option<&str>, bool),
) -> Result<(), Refusal> {
    let Some(stated) = head.get(headers::PROTOCOL_VERSION) else {
        let message = "the header MCP-Protocol-Version is missing";
        return Err(Refusal::bad(HEADER_MISMATCH, message));
    };
    let stated = stated.to_str().unwrap_or_default().trim();
    let is_request = call.kind() == McpKind::Request;
    if let Some(in_body) = in_body.filter(|in_body| *in_body != stated) {
        let shown: String = in_body.chars().take(32).collect();
        let message = format!(
            "the header MCP-Protocol-Version differs from {shown:?}, the version in params._meta"
        );
        return Err(Refusal::bad(HEADER_MISMATCH, message));
    }
    if stated != ProtocolVersion::LATEST {
        let shown: String = stated.chars().take(32).collect();
        return Err(Refusal::version(&shown));
    }
    if is_request && in_body.is_none() {
        return Err(missing(MetaKey::PROTOCOL_VERSION));
    }
    let Some(method) = call.method() else {
        let message = "a server of this revision asks nothing, so it takes no answer";
        return Err(Refusal::bad(error::INVALID_REQUEST, message));
    };
    if !head.contains_key(headers::METHOD) {
        return Err(Refusal::bad(
            HEADER_MISMATCH,
            "the header Mcp-Method is missing",
        ));
    }
    if is_request && method.is_removed_in(Era::Modern) {
        return Err(Refusal::no_method(method));
    }
    if call.name().is_some() && !head.contains_key(headers::NAME) {
        let message = "the header Mcp-Name is missing";
        return Err(Refusal::bad(HEADER_MISMATCH, message));
    }
    if is_request && !has_capabilities {
        return Err(missing(MetaKey::CLIENT_CAPABILITIES));
    }
    Ok(())
}

/// What is neither a request nor a notification of 2026-07-28: it has no streams of a GET, and no sessions to end.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP.
pub(crate) fn post_only() -> Error {
    Error::new(
        ErrorKind::MethodNotAllowed,
        "MCP 2026-07-28 is spoken with POST",
    )
}

fn missing(key: &str) -> Refusal {
    let message = format!("params._meta needs {key}");
    Refusal::bad(INVALID_PARAMS, message)
}
