//! Names, headers and errors of the wire; pure, and usable alone.
//!
//! - [`McpMethod`]: the methods of every revision, and which parameter says what they are about;
//! - [`ProtocolVersion`] and [`Era`]: the revisions and the two protocols among them;
//! - [`headers`]: the header names, and the base64 form of values that a header cannot hold;
//! - [`error`]: the error codes, and how an [`Error`](agentgateway_core::Error) is said.
//!
//! # Source
//! MCP 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28.

pub mod error;
pub mod headers;
mod meta;
mod method;
#[cfg(feature = "bridge")]
mod param_headers;
mod session;
mod version;

pub(crate) use self::meta::{META, RequestMeta, TRACEPARENT, TRACESTATE};
#[cfg(feature = "bridge")]
pub(crate) use self::param_headers::{PREFIX as PARAM_PREFIX, ParamHeaders};
pub use self::{
    meta::MetaKey,
    method::{McpMethod, NameParam},
    session::SessionId,
    version::{Era, ProtocolVersion},
};
