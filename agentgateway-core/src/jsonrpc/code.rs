//! The codes of errors.
//!
//! # Source
//!
//! JSON-RPC 2.0 Specification, section 5.1 (Error object).

use http::StatusCode;

/// What was sent is not JSON.
pub const PARSE_ERROR: i64 = -32700;
/// What was sent is JSON and not a message.
pub const INVALID_REQUEST: i64 = -32600;
/// The method is not known.
pub const METHOD_NOT_FOUND: i64 = -32601;
/// The params are not those of the method.
pub const INVALID_PARAMS: i64 = -32602;
/// A fault inside of the one that answers.
pub const INTERNAL_ERROR: i64 = -32603;

/// The code of a decision of the gateway: -31000 minus the HTTP status, such as -31429.
///
/// The specification keeps -32768 to -32000 to itself and to servers; these are outside, so they
/// are never mistaken for the word of an upstream.
#[must_use]
pub const fn gateway(status: StatusCode) -> i64 {
    -31_000 - status.as_u16() as i64
}
