//! JSON-RPC 2.0: what a message is, which id it has, and how errors are said.
//!
//! # Behaviour
//!
//! [`Envelope::peek`] reads the six members that make a message and leaves the rest where it is;
//! [`json::Splice`](crate::json::Splice) changes one of them. An id is kept as it was written
//! ([`RpcId`]): `1`, `1.0` and `"1"` are three ids, and an answer carries back the very bytes.
//!
//! # Errors
//!
//! [`EnvelopeError`] is for what is no message: it knows its code (-32700 or -32600), and the id
//! when that could be read. [`RpcError`] is an error as it goes on the wire; [`from_error`] makes
//! one from the gateway's own [`Error`](crate::Error). Codes that the gateway mints lie outside of
//! the range that the specification reserves, see [`code::gateway`].
//!
//! # Source
//!
//! JSON-RPC 2.0 Specification, sections 4 (Request object) and 5 (Response object). Batches
//! (section 6) are recognised, and left to the protocol to refuse or to serve.
//!
//! # Example
//!
//! ```
//! use agentgateway_core::jsonrpc::{Envelope, EnvelopeKind, RpcError, code};
//! use bytes::Bytes;
//!
//! let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":"a","method":"tools/call"}"#);
//! let call = Envelope::peek(&body)?;
//! assert_eq!(call.kind, EnvelopeKind::Request);
//! assert_eq!(call.method.as_deref(), Some("tools/call"));
//!
//! let id = call.id.expect("a request has an id");
//! let answer = RpcError::new(code::METHOD_NOT_FOUND, "no such method").encode(&id);
//! assert_eq!(
//!     answer,
//!     br#"{"jsonrpc":"2.0","id":"a","error":{"code":-32601,"message":"no such method"}}"#[..]
//! );
//! # Ok::<_, agentgateway_core::jsonrpc::EnvelopeError>(())
//! ```

pub mod code;
mod envelope;
mod error;
mod id;
mod refusal;
#[cfg(test)]
mod tests;

pub use self::{
    envelope::{Envelope, EnvelopeKind},
    error::{RpcError, error_code, from_error},
    id::RpcId,
    refusal::EnvelopeError,
};
