use std::{error::Error as StdError, fmt};

use agentgateway_core::{
    Error, ErrorKind,
    json::{JsonError, JsonErrorKind},
};
use prost::DecodeError;

use crate::wire::A2aVersion;

/// A message that cannot be carried to the other form.
///
/// `Display` names the field, and repeats none of the values; it may be sent to the peer.
#[derive(Debug)]
pub struct GrpcError {
    fault: Fault,
    /// The innermost field that is known by name.
    field: Option<&'static str>,
}

#[derive(Debug)]
enum Fault {
    Json(JsonError),
    Protobuf(DecodeError),
    Value { expected: &'static str },
    Duplicate,
    TooDeep,
    NoMessage { version: &'static str },
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GrpcErrorKind {
    /// It is not JSON.
    Json,
    /// It is not the protobuf message that was expected.
    Protobuf,
    /// A field has a value that it cannot have, or has two.
    Value,
    /// It is nested too deep for readers of protobuf.
    TooDeep,
    /// The version has no such message.
    NoMessage,
}

// === impl GrpcError ===

impl GrpcError {
    pub(super) const fn value(expected: &'static str) -> Self {
        Self::new(Fault::Value { expected })
    }

    pub(super) const fn duplicate() -> Self {
        Self::new(Fault::Duplicate)
    }

    pub(super) const fn too_deep() -> Self {
        Self::new(Fault::TooDeep)
    }

    pub(super) const fn no_message(version: A2aVersion) -> Self {
        let version = version.as_str();
        Self::new(Fault::NoMessage { version })
    }

    const fn new(fault: Fault) -> Self {
        Self { fault, field: None }
    }

    /// Names the field, unless an inner one is named.
    pub(super) fn within(mut self, field: &'static str) -> Self {
        self.field.get_or_insert(field);
        self
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> GrpcErrorKind {
        match &self.fault {
            Fault::Json(error) => match error.kind() {
                JsonErrorKind::TooDeep => GrpcErrorKind::TooDeep,
                JsonErrorKind::WrongType | JsonErrorKind::DuplicateKey => GrpcErrorKind::Value,
                _ => GrpcErrorKind::Json,
            },
            Fault::Protobuf(_) => GrpcErrorKind::Protobuf,
            Fault::Value { .. } | Fault::Duplicate => GrpcErrorKind::Value,
            Fault::TooDeep => GrpcErrorKind::TooDeep,
            Fault::NoMessage { .. } => GrpcErrorKind::NoMessage,
        }
    }

    /// The name that the field has in JSON, where it is a field that is wrong.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        self.field
    }
}

impl fmt::Display for GrpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        match &self.fault {
            Fault::Json(error) => error.fmt(f),
            Fault::Protobuf(_) => f.write_str("not the protobuf message that the method has"),
            Fault::Value { expected } => write!(f, "expected {expected}"),
            Fault::Duplicate => f.write_str("more than one value; send one"),
            Fault::TooDeep => f.write_str("nested too deep for protobuf; send a flatter one"),
            Fault::NoMessage { version } => {
                write!(f, "gRPC has no such message in version {version}")
            }
        }
    }
}

impl StdError for GrpcError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.fault {
            Fault::Protobuf(error) => Some(error),
            _ => None,
        }
    }
}

impl From<JsonError> for GrpcError {
    fn from(error: JsonError) -> Self {
        Self::new(Fault::Json(error))
    }
}

impl From<DecodeError> for GrpcError {
    fn from(error: DecodeError) -> Self {
        Self::new(Fault::Protobuf(error))
    }
}

impl From<GrpcError> for Error {
    fn from(error: GrpcError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string()).with_source(error)
    }
}
