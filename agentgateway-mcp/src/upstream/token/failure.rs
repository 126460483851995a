use std::fmt;

use agentgateway_core::{Error, ErrorKind};

/// Why there is no token for a server. It holds no word of what the authorization server said beside
/// the error codes of RFC 6749 and RFC 8693.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFailure {
    /// The authorization server could not be reached, for this reason.
    Unreachable(Box<str>),
    /// It did not answer in time.
    TimedOut,
    /// Its answer is longer than so many bytes.
    TooLarge(usize),
    /// It answered with this status, and no error that is known.
    Status(u16),
    /// It answered with this error.
    Refused(&'static str),
    /// It answered with what is no token to be sent as `Bearer`.
    NoToken,
}

/// The errors that a token endpoint answers with.
///
/// # Source
/// RFC 6749, 5.2; RFC 8693, 2.2.2; RFC 8707, 2; `access_denied` and what OpenID Connect adds to it as
/// products use them for an exchange.
const CODES: [&str; 10] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "access_denied",
    "consent_required",
    "interaction_required",
];

/// Those that are about the caller whose token is exchanged, and not about the gateway.
const OF_THE_CALLER: [&str; 5] = [
    "invalid_request",
    "invalid_grant",
    "access_denied",
    "consent_required",
    "interaction_required",
];

impl TokenFailure {
    /// For this reason, as the operator reads it.
    pub(super) fn unreachable(error: &Error) -> Self {
        Self::Unreachable(error.detail().unwrap_or(error.message()).into())
    }

    /// What an answer with this status and this error says.
    pub(super) fn answered(status: u16, error: Option<&str>) -> Self {
        let known = error.and_then(|error| CODES.into_iter().find(|code| *code == error));
        known.map_or(Self::Status(status), Self::Refused)
    }

    /// The error of a call that needs the token.
    pub(super) fn error(&self, in_callers_name: bool) -> Error {
        let of_caller = matches!(self, Self::Refused(code) if OF_THE_CALLER.contains(code));
        if in_callers_name && of_caller {
            let words = "the server cannot be called in this caller's name";
            return Error::new(ErrorKind::Forbidden, words).with_source(self.clone());
        }
        let (kind, words) = match self {
            Self::TimedOut => (
                ErrorKind::Timeout,
                "the token for the server did not come in time",
            ),
            _ => (
                ErrorKind::Unavailable,
                "the token for the server cannot be had now",
            ),
        };
        // The server has seen nothing of the call.
        let error = Error::new(kind, words).with_unprocessed();
        error.with_source(self.clone())
    }
}

impl fmt::Display for TokenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "unreachable: {why}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::TooLarge(limit) => write!(f, "the answer is longer than {limit} bytes"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Refused(code) => write!(f, "refused: {code}"),
            Self::NoToken => f.write_str("the answer holds no bearer token"),
        }
    }
}

impl std::error::Error for TokenFailure {}
