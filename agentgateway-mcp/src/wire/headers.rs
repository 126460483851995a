//! Header names, and the form of values that a header cannot hold as they are.
//!
//! # Source
//! MCP 2026-07-28, Streamable HTTP, Standard request headers and Value encoding; MCP 2025-11-25,
//! Streamable HTTP, Session management and Resumability.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue};

/// Names the revision that the client speaks.
pub const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// Repeats the body's `method`; from 2026-07-28.
pub const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// Repeats what the call is about, such as the tool; from 2026-07-28.
pub const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Names the session; up to 2025-11-25.
pub const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
/// The last event that a client has seen of a stream that it takes up again; up to 2025-11-25.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

const SENTINEL_START: &str = "=?base64?";
const SENTINEL_END: &str = "?=";

/// The text that a mirrored header says; `None` when it is no text, or its base64 is broken.
///
/// A value within the markers `=?base64?` and `?=`, in exactly this spelling, is base64 of UTF-8;
/// any other value stands for itself.
#[must_use]
pub fn decode(value: &HeaderValue) -> Option<Cow<'_, str>> {
    let text = value.to_str().ok()?;
    let coded = text
        .strip_prefix(SENTINEL_START)
        .and_then(|rest| rest.strip_suffix(SENTINEL_END));
    match coded {
        Some(coded) => {
            let bytes = STANDARD.decode(coded).ok()?;
            String::from_utf8(bytes).ok().map(Cow::Owned)
        }
        None => Some(Cow::Borrowed(text)),
    }
}

/// The header value that says this text, as base64 where it must be.
#[must_use]
pub fn encode(text: &str) -> HeaderValue {
    let plain = !text.starts_with(SENTINEL_START)
        && text.trim() == text
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain {
        if let Ok(value) = HeaderValue::from_str(text) {
            return value;
        }
    }
    let coded = format!("{SENTINEL_START}{}{SENTINEL_END}", STANDARD.encode(text));
    // Base64 within its markers is visible ASCII, so the empty value is never taken.
    HeaderValue::try_from(coded).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_the_specification_shows() {
        for (value, text) in [
            ("us-west1", Some("us-west1")),
            ("=?base64?SGVsbG8sIOS4lueVjA==?=", Some("Hello, 世界")),
            ("=?BASE64?SGVsbG8=?=", Some("=?BASE64?SGVsbG8=?=")),
            ("=?base64?***?=", None),
            ("=?base64?/w==?=", None),
            ("", Some("")),
        ] {
            let value = HeaderValue::from_static(value);
            assert_eq!(decode(&value).as_deref(), text, "{value:?}");
        }
    }

    proptest! {
        /// Fault M04: these headers coded, badly coded, twice: decoded, then compared.
        #[test]
        fn what_is_encoded_is_decoded(text in any::<String>()) {
            let value = encode(&text);
            let decoded = decode(&value);
            prop_assert_eq!(decoded.as_deref(), Some(text.as_str()));
        }
    }
}
