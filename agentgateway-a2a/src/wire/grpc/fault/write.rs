use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use prost::Message;
use prost_types::Any;

use super::{
    RpcFault,
    details::{self, ERROR_INFO},
    google::{ErrorInfo, Status},
    status,
};
use crate::wire::{A2aVersion, code};

pub(super) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(super) const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
pub(super) const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The domain of the protocol's own errors.
///
/// # Source
/// A2A v1.0, section 10.6 (gRPC error handling).
const DOMAIN: &str = "a2a-protocol.org";

/// The member of an `ErrorInfo`'s metadata that holds details of another form.
const DATA: &str = "data";

/// Peers take 8 KiB of trailers where nothing else is said: the words, once encoded, and the
/// details, in base64, both fit in with room for others.
const MAX_WORDS_BYTES: usize = 1024;
const MAX_DETAILS_BYTES: usize = 3072;

/// # Source
/// gRPC over HTTP2 (doc/PROTOCOL-HTTP2.md of grpc/grpc): "Percent-Encoded".
const NOT_PLAIN: &AsciiSet = &CONTROLS.add(b'%');

// === impl RpcFault ===

impl RpcFault {
    /// Says the error in the trailers of an answer, or in the head of one without a body.
    ///
    /// `grpc-status-details-bin` holds a `google.rpc.Status` with the details of the types
    /// `google.rpc.ErrorInfo`, `RequestInfo` and `BadRequest`; others are left out. A code of the
    /// protocol without an `ErrorInfo` is given one; details that are no array of typed objects,
    /// such as v0.3 has, are the entry `data` of its metadata. Of the message some 1 KiB is
    /// kept; details of more than 3 KiB are left out, but for the reason.
    ///
    /// Peers of v0.3 know an error by its name, which their message begins with:
    /// `TaskNotFoundError: no such task`.
    pub fn write(&self, version: A2aVersion, trailers: &mut HeaderMap) {
        let status = self.grpc_status();
        trailers.insert(STATUS, HeaderValue::from(status));
        let message = match (version, status::name(self.code)) {
            (A2aVersion::V0_3, Some(name)) => Cow::Owned(format!("{name}: {}", self.message)),
            _ => Cow::Borrowed(&*self.message),
        };
        let words = words(&message);
        let encoded = percent_encode(words.as_bytes(), NOT_PLAIN).to_string();
        // What is encoded is plain ASCII.
        if let Ok(value) = HeaderValue::try_from(encoded) {
            trailers.insert(MESSAGE, value);
        }
        trailers.remove(DETAILS);
        if let Some(value) = self.details_value(status, words) {
            trailers.insert(DETAILS, value);
        }
    }

    fn details_value(&self, status: u32, words: &str) -> Option<HeaderValue> {
        let full = self.typed_details(true);
        let details = if size(&full) <= MAX_DETAILS_BYTES {
            full
        } else {
            self.typed_details(false)
        };
        if details.is_empty() || size(&details) > MAX_DETAILS_BYTES {
            return None;
        }
        let message = Status {
            code: i32::try_from(status).unwrap_or_default(),
            message: words.to_owned(),
            details,
        };
        HeaderValue::try_from(STANDARD_NO_PAD.encode(message.encode_to_vec())).ok()
    }

    /// The details for gRPC: all of them, or the reason alone.
    fn typed_details(&self, all: bool) -> Vec<Any> {
        let json = self.details.as_deref().unwrap_or_default();
        let mut typed = details::from_json(json);
        let found = details::error_info(&typed);
        if !all {
            typed.clear();
        }
        let info = match found {
            Some(_) if all => return typed,
            Some(info) => ErrorInfo {
                metadata: BTreeMap::new(),
                ..info
            },
            None => {
                let Some(reason) = code::reason(self.code) else {
                    return typed;
                };
                ErrorInfo {
                    reason: reason.to_owned(),
                    domain: DOMAIN.to_owned(),
                    metadata: if all { untyped(json) } else { BTreeMap::new() },
                }
            }
        };
        typed.insert(0, details::any(ERROR_INFO, &info));
        typed
    }
}

/// The beginning of a message, up to what may be sent.
fn words(message: &str) -> &str {
    let mut sent_bytes = 0;
    for (at, character) in message.char_indices() {
        let plain = character != '%' && character.is_ascii() && !character.is_ascii_control();
        sent_bytes += character.len_utf8() * if plain { 1 } else { 3 };
        if sent_bytes > MAX_WORDS_BYTES {
            return message.get(..at).unwrap_or_default();
        }
    }
    message
}

/// Details that are no array of typed objects, as metadata.
fn untyped(json: &[u8]) -> BTreeMap<String, String> {
    match std::str::from_utf8(json) {
        Ok(text) if !text.is_empty() && text != "null" && !details::is_typed(json) => {
            BTreeMap::from([(DATA.to_owned(), text.to_owned())])
        }
        _ => BTreeMap::new(),
    }
}

fn size(details: &[Any]) -> usize {
    details.iter().map(Message::encoded_len).sum()
}
