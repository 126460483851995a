use agentgateway_core::Body;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::super::answer;

/// The dialects, as far as their errors differ.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dialect {
    OpenAi,
    Anthropic,
    Gemini,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: &'static str,
    allow: Option<&'static str>,
}

// === impl Refusal ===

impl Refusal {
    pub(super) const fn new(status: StatusCode, message: &'static str) -> Self {
        Self {
            status,
            message,
            allow: None,
        }
    }

    /// A request that is not what the dialect asks for.
    pub(super) const fn invalid(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A path that is there, asked by a method that it does not have.
    pub(super) fn method(allowed: &Method) -> Self {
        let allow = if allowed == Method::GET {
            "GET"
        } else {
            "POST"
        };
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path has another method",
            )
        }
    }

    /// The refusal in the form of this dialect.
    pub(super) fn response(&self, dialect: Dialect) -> Response<Body> {
        let body = self.body(dialect);
        match self.allow {
            Some(allow) => answer::not_allowed(allow, &body),
            None => answer::json(self.status, &body),
        }
    }

    fn body(&self, dialect: Dialect) -> Value {
        let missing = self.status == StatusCode::NOT_FOUND;
        match dialect {
            Dialect::OpenAi => json!({"error": {
                "message": self.message,
                "type": "invalid_request_error",
                "param": null,
                "code": null,
            }}),
            Dialect::Anthropic => json!({"type": "error", "error": {
                "type": if missing { "not_found_error" } else { "invalid_request_error" },
                "message": self.message,
            }}),
            Dialect::Gemini => json!({"error": {
                "code": self.status.as_u16(),
                "message": self.message,
                "status": if missing { "NOT_FOUND" } else { "INVALID_ARGUMENT" },
            }}),
        }
    }
}
