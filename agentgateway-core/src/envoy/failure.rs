use std::{error::Error as StdError, fmt};

use crate::error::{Error, ErrorKind};

/// Why a service has given no word that can be used.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was not reached, or the connection broke.
    Unreachable(Error),
    /// It did not answer in time.
    Timeout,
    /// It says that it has failed: the name of a gRPC status or of an HTTP status, and its words.
    Status(String),
    /// Its answer means nothing.
    Invalid(&'static str),
}

impl Failure {
    /// A short stable name, for logs.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Timeout => "timeout",
            Self::Status(_) => "status",
            Self::Invalid(_) => "invalid",
        }
    }
}

/// What a client of HTTP says of a call.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::BadAnswer => Self::Invalid("the answer is no valid HTTP"),
            ErrorKind::TooLarge => Self::Invalid("the answer is over its limit"),
            _ => Self::Unreachable(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "the service was not reached: {error}"),
            Self::Timeout => f.write_str("the service did not answer in time"),
            Self::Status(status) => write!(f, "the service has failed: {status}"),
            Self::Invalid(why) => write!(f, "the service's answer cannot be used: {why}"),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unreachable(error) => Some(error),
            Self::Timeout | Self::Status(_) | Self::Invalid(_) => None,
        }
    }
}
