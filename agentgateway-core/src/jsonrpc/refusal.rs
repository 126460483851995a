use std::{borrow::Cow, error::Error as StdError, fmt};

use bytes::Bytes;

use super::{RpcError, RpcId, code};
use crate::{
    Error, ErrorKind,
    json::{JsonError, JsonErrorKind, JsonType},
};

/// A text that is no JSON-RPC message, or that is a batch of them.
///
/// `Display` says what is wrong and what would be right; it may be sent to the peer.
#[derive(Debug)]
pub struct EnvelopeError {
    code: i64,
    message: Cow<'static, str>,
    id: Option<RpcId>,
    batch: bool,
    source: Option<JsonError>,
}

impl EnvelopeError {
    pub(super) fn json(error: JsonError) -> Self {
        let batch = error.found() == Some(JsonType::Array);
        let (code, message) = match error.kind() {
            JsonErrorKind::Syntax | JsonErrorKind::TooDeep => {
                (code::PARSE_ERROR, error.to_string().into())
            }
            _ if batch => (
                code::INVALID_REQUEST,
                "a batch is not accepted here; send one message".into(),
            ),
            _ => (code::INVALID_REQUEST, error.to_string().into()),
        };
        Self {
            code,
            message,
            id: None,
            batch,
            source: Some(error),
        }
    }

    pub(super) const fn invalid(message: &'static str) -> Self {
        Self {
            code: code::INVALID_REQUEST,
            message: Cow::Borrowed(message),
            id: None,
            batch: false,
            source: None,
        }
    }

    pub(super) fn with_id(mut self, id: Option<RpcId>) -> Self {
        self.id = id;
        self
    }

    /// The JSON-RPC code: -32700 for what is not JSON, -32600 for what is not a message.
    #[must_use]
    pub const fn code(&self) -> i64 {
        self.code
    }

    /// The id of the message, when it could be read.
    #[must_use]
    pub const fn id(&self) -> Option<&RpcId> {
        self.id.as_ref()
    }

    /// Whether the text is an array: a batch, which some versions of a protocol allow.
    #[must_use]
    pub const fn is_batch(&self) -> bool {
        self.batch
    }

    /// The response that says this error, with a null id when none could be read.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let id = self.id.clone().unwrap_or_else(RpcId::null);
        RpcError::new(self.code, self.message.clone()).encode(&id)
    }
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for EnvelopeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_ref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<EnvelopeError> for Error {
    fn from(error: EnvelopeError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.message.clone()).with_source(error)
    }
}
