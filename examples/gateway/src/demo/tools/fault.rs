use serde_json::{Value, json};

/// A JSON-RPC error, before it has an id.
///
/// # Source
///
/// JSON-RPC 2.0, "Error object"; MCP 2026-07-28, Basic, "Error Codes".
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) data: Option<Value>,
}

// === impl Fault ===

impl Fault {
    pub(super) const METHOD_NOT_FOUND: i64 = -32601;
    pub(super) const INVALID_PARAMS: i64 = -32602;
    /// Revisions up to 2025-11-25 only.
    pub(super) const RESOURCE_NOT_FOUND: i64 = -32002;
    const PARSE_ERROR: i64 = -32700;
    const INVALID_REQUEST: i64 = -32600;
    const HEADER_MISMATCH: i64 = -32020;
    const UNSUPPORTED_VERSION: i64 = -32022;

    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    pub(super) fn unparsed() -> Self {
        Self::new(Self::PARSE_ERROR, "the body is not JSON")
    }

    pub(super) fn invalid_request(message: &str) -> Self {
        Self::new(Self::INVALID_REQUEST, message)
    }

    pub(super) fn method_not_found() -> Self {
        Self::new(Self::METHOD_NOT_FOUND, "method not found")
    }

    pub(super) fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    pub(super) fn header_mismatch(message: impl Into<String>) -> Self {
        Self::new(Self::HEADER_MISMATCH, message)
    }

    /// No such resource: a code of its own before 2026-07-28, wrong parameters since.
    pub(super) fn resource_not_found(code: i64, uri: &Value) -> Self {
        Self {
            data: Some(json!({"uri": uri})),
            ..Self::new(code, "resource not found")
        }
    }

    pub(super) fn unsupported_version(supported: &[&str], requested: &str) -> Self {
        Self {
            data: Some(json!({"supported": supported, "requested": requested})),
            ..Self::new(Self::UNSUPPORTED_VERSION, "unsupported protocol version")
        }
    }
}
