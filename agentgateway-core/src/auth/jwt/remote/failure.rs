use std::fmt;

use super::super::InvalidKeys;

/// Why keys could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeysFailure {
    /// The server could not be asked; the client's own words.
    Unreachable(Box<str>),
    /// It did not answer in time.
    TimedOut,
    /// It answered with another status than 200. Redirects are not followed.
    Status(u16),
    /// The answer is not JSON by its `Content-Type`, or is in a content coding.
    NotJson,
    /// The answer has more bytes than this.
    TooLarge(usize),
    /// The answer is no JWK set, or no configuration of this issuer.
    Malformed,
    /// The answer has no key that can be used.
    NoKeys,
    /// The issuer's configuration leads to another server than it may.
    ForeignUrl,
}

impl From<InvalidKeys> for KeysFailure {
    fn from(keys: InvalidKeys) -> Self {
        match keys {
            InvalidKeys::Empty => Self::NoKeys,
            _ => Self::Malformed,
        }
    }
}

impl fmt::Display for KeysFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(words) => f.write_str(words),
            Self::TimedOut => f.write_str("the server did not answer in time"),
            Self::Status(status) => write!(f, "the server answered with status {status}"),
            Self::NotJson => f.write_str("the answer is not plain JSON"),
            Self::TooLarge(most) => write!(f, "the answer has more than {most} bytes"),
            Self::Malformed => f.write_str("the answer is not what was asked for"),
            Self::NoKeys => f.write_str("the answer has no key that can be used"),
            Self::ForeignUrl => {
                f.write_str("the keys are said to be on a server that is not allowed")
            }
        }
    }
}

impl std::error::Error for KeysFailure {}
