use http::StatusCode;
use serde_json::{Value, json};

use super::{super::value::set, shape::Shape};

/// An error of the protocol.
///
/// # Source
///
/// A2A v1.0, "Error Code Mappings": the codes of JSON-RPC, gRPC and HTTP, and the reasons.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    code: i64,
    http: StatusCode,
    grpc: &'static str,
    reason: &'static str,
    message: &'static str,
}

// === impl Fault ===

impl Fault {
    pub(super) const TASK_NOT_FOUND: Self = Self {
        http: StatusCode::NOT_FOUND,
        grpc: "NOT_FOUND",
        ..Self::refused(-32001, "TASK_NOT_FOUND", "task not found")
    };
    pub(super) const TASK_NOT_CANCELABLE: Self =
        Self::refused(-32002, "TASK_NOT_CANCELABLE", "the task has ended");
    pub(super) const NO_PUSH: Self = Self::refused(
        -32003,
        "PUSH_NOTIFICATION_NOT_SUPPORTED",
        "this agent sends no push notifications",
    );
    pub(super) const UNSUPPORTED: Self = Self::refused(
        -32004,
        "UNSUPPORTED_OPERATION",
        "the task does not take this in its state",
    );
    pub(super) const CONTENT_TYPE: Self = Self {
        grpc: "INVALID_ARGUMENT",
        ..Self::refused(
            -32005,
            "CONTENT_TYPE_NOT_SUPPORTED",
            "this agent reads text only",
        )
    };
    pub(super) const NO_EXTENDED_CARD: Self = Self::refused(
        -32007,
        "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
        "this agent has one card only",
    );
    pub(super) const VERSION: Self = Self::refused(
        -32009,
        "VERSION_NOT_SUPPORTED",
        "versions 1.0 and 0.3 are served",
    );
    pub(super) const PARSE: Self = Self::invalid(-32700, "the body is not JSON");
    pub(super) const REQUEST: Self = Self::invalid(-32600, "not a request of JSON-RPC 2.0");
    pub(super) const METHOD: Self = Self {
        http: StatusCode::NOT_FOUND,
        grpc: "NOT_FOUND",
        ..Self::invalid(-32601, "no such method")
    };

    pub(super) const fn params(message: &'static str) -> Self {
        Self::invalid(-32602, message)
    }

    const fn invalid(code: i64, message: &'static str) -> Self {
        Self {
            grpc: "INVALID_ARGUMENT",
            ..Self::refused(code, "INVALID_REQUEST", message)
        }
    }

    const fn refused(code: i64, reason: &'static str, message: &'static str) -> Self {
        Self {
            code,
            http: StatusCode::BAD_REQUEST,
            grpc: "FAILED_PRECONDITION",
            reason,
            message,
        }
    }

    /// The error object of a JSON-RPC answer.
    pub(super) fn rpc(&self, shape: Shape) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if shape == Shape::V1 {
            set(&mut error, "data", json!([self.info()]));
        }
        error
    }

    /// The HTTP status and the body of an HTTP+JSON answer.
    pub(super) fn rest(&self) -> (StatusCode, Value) {
        let error = json!({
            "code": self.http.as_u16(),
            "status": self.grpc,
            "message": self.message,
            "details": [self.info()],
        });
        (self.http, json!({"error": error}))
    }

    fn info(&self) -> Value {
        json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": self.reason,
            "domain": "a2a-protocol.org",
        })
    }
}
