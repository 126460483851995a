use std::{error::Error as StdError, fmt};

use super::JsonType;
use crate::{Error, ErrorKind};

/// A text that is not the JSON that was asked for.
///
/// `Display` says what is wrong, where, and what would be right. It repeats nothing of the text but
/// the names that the caller asked for, so it may be sent to the peer. Positions count from the
/// start of the text or value that was read.
#[derive(Debug)]
pub struct JsonError(Fault);

#[derive(Debug)]
enum Fault {
    Syntax {
        line: usize,
        column: usize,
        reason: Box<str>,
    },
    ByteOrderMark,
    NotUtf8 {
        offset: usize,
    },
    HalfCharacter {
        offset: usize,
    },
    TooDeep {
        max: usize,
        offset: usize,
    },
    DuplicateKey {
        key: Box<str>,
        offset: usize,
    },
    AlikeKey {
        key: Box<str>,
        offset: usize,
    },
    WrongType {
        expected: JsonType,
        found: JsonType,
    },
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// It is not JSON: it breaks the grammar, is not UTF-8, or starts with a byte order mark.
    Syntax,
    /// It is nested too deep.
    TooDeep,
    /// A member that decides something occurs twice, or under a name that some parsers take for its own.
    DuplicateKey,
    /// It is JSON of another type.
    WrongType,
}

impl JsonError {
    pub(super) fn syntax(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let mut reason = error.to_string();
        if let Some(end) = reason.rfind(" at line ") {
            reason.truncate(end);
        }
        Self(Fault::Syntax {
            line,
            column,
            reason: reason.into(),
        })
    }

    pub(super) const fn byte_order_mark() -> Self {
        Self(Fault::ByteOrderMark)
    }

    pub(super) const fn not_utf8(offset: usize) -> Self {
        Self(Fault::NotUtf8 { offset })
    }

    pub(super) const fn half_character(offset: usize) -> Self {
        Self(Fault::HalfCharacter { offset })
    }

    pub(super) const fn too_deep(max: usize, offset: usize) -> Self {
        Self(Fault::TooDeep { max, offset })
    }

    pub(super) fn duplicate_key(key: &str, offset: usize) -> Self {
        Self(Fault::DuplicateKey {
            key: key.into(),
            offset,
        })
    }

    pub(super) fn alike_key(key: &str, offset: usize) -> Self {
        Self(Fault::AlikeKey {
            key: key.into(),
            offset,
        })
    }

    pub(super) const fn wrong_type(expected: JsonType, found: JsonType) -> Self {
        Self(Fault::WrongType { expected, found })
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> JsonErrorKind {
        match self.0 {
            Fault::Syntax { .. }
            | Fault::ByteOrderMark
            | Fault::NotUtf8 { .. }
            | Fault::HalfCharacter { .. } => JsonErrorKind::Syntax,
            Fault::TooDeep { .. } => JsonErrorKind::TooDeep,
            Fault::DuplicateKey { .. } | Fault::AlikeKey { .. } => JsonErrorKind::DuplicateKey,
            Fault::WrongType { .. } => JsonErrorKind::WrongType,
        }
    }

    /// The name that occurs twice, or for which another one can be taken, when that is what is wrong.
    #[must_use]
    pub const fn key(&self) -> Option<&str> {
        match &self.0 {
            Fault::DuplicateKey { key, .. } | Fault::AlikeKey { key, .. } => Some(key),
            _ => None,
        }
    }

    /// The type that was found, when it is not the one that was asked for.
    #[must_use]
    pub const fn found(&self) -> Option<JsonType> {
        match self.0 {
            Fault::WrongType { found, .. } => Some(found),
            _ => None,
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Syntax {
                line,
                column,
                reason,
            } => write!(f, "not JSON at line {line}, column {column}: {reason}"),
            Fault::ByteOrderMark => {
                f.write_str("the JSON starts with a byte order mark; send UTF-8 without one")
            }
            Fault::NotUtf8 { offset } => {
                write!(f, "the JSON is not UTF-8 at byte {offset}; send UTF-8")
            }
            Fault::HalfCharacter { offset } => write!(
                f,
                "the name at byte {offset} holds half a surrogate pair; send whole characters"
            ),
            Fault::TooDeep { max, offset } => write!(
                f,
                "the JSON is nested deeper than {max} levels at byte {offset}; send a flatter one"
            ),
            Fault::DuplicateKey { key, offset } => write!(
                f,
                "the member \"{key}\" occurs a second time at byte {offset}; send it once"
            ),
            Fault::AlikeKey { key, offset } => write!(
                f,
                "the name at byte {offset} is \"{key}\" to some readers; send \"{key}\" alone, and so \
                 spelled"
            ),
            Fault::WrongType { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
        }
    }
}

impl StdError for JsonError {}

impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string()).with_source(error)
    }
}
