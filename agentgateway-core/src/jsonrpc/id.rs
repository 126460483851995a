use std::{fmt, str};

use bytes::Bytes;

use crate::json::{self, JsonType, Raw};

/// How many characters of an id are shown.
const SHOWN_CHARS: usize = 64;

/// The id of a message, exactly as it was written.
///
/// A string, a number (fractions are discouraged and allowed), or null. Two ids are equal when
/// their bytes are: `1` and `"1"` differ, as they must, and so do `1` and `1.0`, or two spellings
/// of one string with and without escapes. A peer must answer with the id that it was given, so
/// spelling is no loss.
///
/// A clone costs a reference count. An id that was read is a slice of its body and keeps it alive;
/// [`detached`](Self::detached) lets go of it.
///
/// `Display` is the JSON text, cut at 64 characters, without control characters: fit for spans.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RpcId(Bytes);

impl RpcId {
    /// The id of an answer to something whose id could not be read.
    #[must_use]
    pub const fn null() -> Self {
        Self(Bytes::from_static(b"null"))
    }

    /// A string id.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self(json::quote(text).into())
    }

    /// The id that this text is, such as one that was stored; `None` when it is no id.
    #[must_use]
    pub fn parse(text: impl Into<Bytes>) -> Option<Self> {
        let text = text.into();
        // Read as a member would be, but nothing is nested in an id: refuse by the first byte.
        let first = text.trim_ascii_start().first()?;
        if matches!(first, b'{' | b'[') {
            return None;
        }
        let raw = Raw::parse(&text).ok()?;
        Self::from_raw(&text, raw)
    }

    /// The id that is this value of a body; `None` when the value is no id, or not in the body.
    #[must_use]
    pub fn from_raw(body: &Bytes, raw: Raw<'_>) -> Option<Self> {
        match json::type_of(raw) {
            JsonType::String | JsonType::Number | JsonType::Null => {
                json::slice_of(body, raw).map(Self)
            }
            JsonType::Object | JsonType::Array | JsonType::Boolean => None,
        }
    }

    /// The JSON text, as it was written.
    #[must_use]
    pub fn as_raw(&self) -> &[u8] {
        &self.0
    }

    /// The JSON text, to be put into another message.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.0.clone()
    }

    /// A copy that does not keep the body alive that the id was read from.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self.0 == *b"null"
    }

    /// Whether it is a string.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.0.first() == Some(&b'"')
    }

    /// Whether it is a number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !self.is_null() && !self.is_string()
    }
}

impl From<u64> for RpcId {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

impl fmt::Display for RpcId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        let text = str::from_utf8(&self.0).unwrap_or_default();
        let mut chars = text.chars();
        for char in chars.by_ref().take(SHOWN_CHARS) {
            f.write_char(if char.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                char
            })?;
        }
        if chars.next().is_some() {
            f.write_char('…')?;
        }
        Ok(())
    }
}

impl fmt::Debug for RpcId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcId({self})")
    }
}
