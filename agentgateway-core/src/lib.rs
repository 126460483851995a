//! What the agentgateway protocol layers share.
//!
//! Each module is one room with one duty; `docs/architecture.md` in the repository draws the floor
//! plan. An application seldom names this crate: it mounts `McpLayer`, `A2aLayer` or `LlmLayer`. It
//! comes here to write a middleware of its own ([`middleware::from_fn`], [`context`]), a protocol of
//! its own ([`protocol::Protocol`]), or to use one of the codecs alone ([`sse`], [`json`],
//! [`jsonrpc`]).
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "auth")]
#[cfg_attr(docsrs, doc(cfg(feature = "auth")))]
pub mod auth;
pub mod authz;
#[cfg(feature = "balance")]
#[cfg_attr(docsrs, doc(cfg(feature = "balance")))]
pub mod balance;
pub mod body;
pub mod context;
pub mod csrf;
pub mod delay;
pub mod direct;
pub mod egress;
#[cfg(feature = "envoy")]
#[cfg_attr(docsrs, doc(cfg(feature = "envoy")))]
pub mod envoy;
pub mod error;
#[cfg(feature = "expression")]
#[cfg_attr(docsrs, doc(cfg(feature = "expression")))]
pub mod expression;
pub mod forwarded;
#[cfg(feature = "health")]
#[cfg_attr(docsrs, doc(cfg(feature = "health")))]
pub mod health;
pub mod json;
pub mod jsonrpc;
#[cfg(feature = "limit")]
#[cfg_attr(docsrs, doc(cfg(feature = "limit")))]
pub mod limit;
pub mod media;
pub mod middleware;
pub mod policy;
pub mod protocol;
#[cfg(any(feature = "auth", feature = "envoy", feature = "route"))]
mod query;
mod random;
pub mod request_id;
pub mod rescue;
#[cfg(feature = "retry")]
#[cfg_attr(docsrs, doc(cfg(feature = "retry")))]
pub mod retry;
#[cfg(all(feature = "tls", feature = "redis"))]
mod roots;
#[cfg(feature = "route")]
#[cfg_attr(docsrs, doc(cfg(feature = "route")))]
pub mod route;
#[cfg(feature = "seal")]
#[cfg_attr(docsrs, doc(cfg(feature = "seal")))]
pub mod seal;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod server;
pub mod sse;
#[cfg(feature = "store")]
#[cfg_attr(docsrs, doc(cfg(feature = "store")))]
pub mod store;
#[cfg(feature = "swap")]
#[cfg_attr(docsrs, doc(cfg(feature = "swap")))]
pub mod swap;
pub mod telemetry;
pub mod timeout;
#[cfg(all(feature = "tls", any(feature = "server", feature = "upstream")))]
mod tls;
pub mod transform;
pub mod upstream;

pub use self::{
    body::{Body, Peeked},
    error::{BoxError, Error, ErrorKind},
};
