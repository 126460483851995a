use std::time::Duration;

use agentgateway_core::{Error, ErrorKind, error::Origin};
use http::StatusCode;

/// An error that a provider reported, as an answer of its own or in the middle of a stream.
///
/// Its words are the provider's, and go to the client: they are what the client needs to mend its request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What went wrong, in terms that every dialect can say.
    pub kind: ErrorKind,
    /// The status that the provider answered with; `None` in the middle of a stream, unless it is told there.
    pub status: Option<StatusCode>,
    /// The provider's words.
    pub message: String,
    /// The provider's own type of error, such as `invalid_request_error` or `ThrottlingException`.
    pub type_name: Option<String>,
    /// The provider's own code, such as `context_length_exceeded`.
    pub code: Option<String>,
    /// The member of the request that is wrong.
    pub param: Option<String>,
    /// When to come again.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// A fault of this kind.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            message: message.into(),
            type_name: None,
            code: None,
            param: None,
            retry_after: None,
        }
    }

    /// The kind that a status says.
    #[must_use]
    pub fn kind_of(status: StatusCode) -> ErrorKind {
        match status.as_u16() {
            401 => ErrorKind::Unauthenticated,
            // Anthropic's for an account that is not paid for.
            402 | 403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            405 => ErrorKind::MethodNotAllowed,
            408 | 504 => ErrorKind::Timeout,
            413 => ErrorKind::TooLarge,
            415 => ErrorKind::UnsupportedMediaType,
            429 => ErrorKind::RateLimited,
            // Anthropic's for overload.
            503 | 529 => ErrorKind::Overloaded,
            // Bedrock's for a model that failed.
            424 | 500..=599 => ErrorKind::BadAnswer,
            _ => ErrorKind::InvalidRequest,
        }
    }

    /// As the error that crosses rooms.
    #[must_use]
    pub fn to_error(&self) -> Error {
        let error = Error::new(self.kind, self.message.clone()).with_origin(Origin::Upstream);
        match self.retry_after {
            Some(delay) => error.with_retry_after(delay),
            None => error,
        }
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self {
            retry_after: error.retry_after(),
            ..Self::new(error.kind(), error.message())
        }
    }
}
