use std::{error::Error as StdError, fmt};

use agentgateway_core::{Error, ErrorKind, json::JsonError, jsonrpc};

use crate::wire::code::INVALID_AGENT_RESPONSE;

/// Whose word is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The client's.
    Request,
    /// The agent's.
    Answer,
}

/// A message that cannot be said in the other version.
///
/// `Display` says which member is wrong and what would be right. It repeats nothing of the message, so it
/// may be sent to the peer.
#[derive(Debug)]
pub struct ShapeError {
    side: Side,
    fault: Box<Fault>,
}

#[derive(Debug)]
pub(super) enum Fault {
    /// Not JSON, or not of the type that it must be.
    Json {
        place: &'static str,
        /// The member; empty for the whole place.
        name: &'static str,
        error: JsonError,
    },
    /// A member with a value that it cannot have.
    Member {
        place: &'static str,
        name: &'static str,
        expected: &'static str,
    },
    /// A member that is there twice, perhaps in two spellings.
    Twice {
        place: &'static str,
        name: &'static str,
    },
    /// An object that is none of those that may stand there.
    Choice {
        place: &'static str,
        expected: &'static str,
    },
    /// The other version has no such thing.
    NoPeer { what: &'static str },
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShapeErrorKind {
    /// It is not JSON, or some value is of another type than it must be.
    Json,
    /// A member is missing, wrong, or there twice.
    Member,
    /// The other version has no such operation, or no such notification.
    NoPeer,
}

// === impl ShapeError ===

impl ShapeError {
    pub(super) fn new(side: Side, fault: Fault) -> Self {
        Self {
            side,
            fault: Box::new(fault),
        }
    }

    /// Of a place that is not the JSON that it must be.
    pub(super) fn json(side: Side, place: &'static str, error: JsonError) -> Self {
        let name = "";
        Self::new(side, Fault::Json { place, name, error })
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ShapeErrorKind {
        match *self.fault {
            Fault::Json { .. } => ShapeErrorKind::Json,
            Fault::Member { .. } | Fault::Twice { .. } | Fault::Choice { .. } => {
                ShapeErrorKind::Member
            }
            Fault::NoPeer { .. } => ShapeErrorKind::NoPeer,
        }
    }

    /// The JSON-RPC code that says it: -32601 where the other version has no such operation, -32602 for
    /// what a client sent, -32006 for what an agent did.
    #[must_use]
    pub fn code(&self) -> i64 {
        match (self.kind(), self.side) {
            (ShapeErrorKind::NoPeer, Side::Request) => jsonrpc::code::METHOD_NOT_FOUND,
            (_, Side::Request) => jsonrpc::code::INVALID_PARAMS,
            (_, Side::Answer) => INVALID_AGENT_RESPONSE,
        }
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.fault {
            Fault::Json {
                place,
                name: "",
                error,
            } => write!(f, "{place}: {error}"),
            Fault::Json { place, name, error } => write!(f, "\"{name}\" of {place}: {error}"),
            Fault::Member {
                place,
                name,
                expected,
            } => write!(f, "\"{name}\" of {place} must be {expected}"),
            Fault::Twice { place, name } => {
                write!(f, "\"{name}\" of {place} is there twice; send it once")
            }
            Fault::Choice { place, expected } => write!(f, "{place} must be {expected}"),
            Fault::NoPeer { what } => {
                write!(f, "A2A v0.3, which the other side speaks, has no {what}")
            }
        }
    }
}

impl StdError for ShapeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.fault {
            Fault::Json { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// A request's fault is an invalid request, or one of an operation that is not found; an answer's is a bad
/// answer of the agent.
impl From<ShapeError> for Error {
    fn from(error: ShapeError) -> Self {
        let kind = match (error.kind(), error.side) {
            (ShapeErrorKind::NoPeer, Side::Request) => ErrorKind::NotFound,
            (_, Side::Request) => ErrorKind::InvalidRequest,
            (_, Side::Answer) => ErrorKind::BadAnswer,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_those_of_whose_word_it_is() {
        let fault = || Fault::Member {
            place: "Part",
            name: "text",
            expected: "a string",
        };
        let no_peer = Fault::NoPeer { what: "ListTasks" };
        for (error, code, kind, words) in [
            (
                ShapeError::new(Side::Request, fault()),
                -32602,
                ErrorKind::InvalidRequest,
                "\"text\" of Part must be a string",
            ),
            (
                ShapeError::new(Side::Answer, fault()),
                -32006,
                ErrorKind::BadAnswer,
                "\"text\" of Part must be a string",
            ),
            (
                ShapeError::new(Side::Request, no_peer),
                -32601,
                ErrorKind::NotFound,
                "A2A v0.3, which the other side speaks, has no ListTasks",
            ),
        ] {
            assert_eq!(error.to_string(), words);
            assert_eq!(error.code(), code);
            let error = Error::from(error);
            assert_eq!((error.kind(), error.message()), (kind, words));
        }
    }
}
