//! How often, how long and how much a tool may be used for.
//!
//! # Behaviour
//! [`ToolLimits`] stands within [`McpLayer`](crate::McpLayer). Each limit is for the tools that a pattern
//! names, and all that match a tool hold: of times and sizes the least. The tools of one pattern share a
//! limit, so that no name that a client makes up has one of its own. Other calls pass.
//!
//! # Errors
//! | at the limit | the client gets |
//! |---|---|
//! | of a policy: rate, concurrency, budget | what the policy says: -31429, -31503 |
//! | of time | -31504, also within a stream |
//! | of size | a result with `isError`, whose text says so: the model may ask for less |
//!
//! An answer in one piece whose size is limited is held until it is whole; a stream is not, beyond the one
//! event that its result is.
//!
//! # Example
//! ```
//! use std::time::Duration;
//! use agentgateway_core::{
//!     limit::{Key, rate::RateLimit},
//!     store::Rate,
//! };
//! use agentgateway_mcp::{McpLayer, policy::limits::ToolLimits};
//! use tower::ServiceBuilder;
//!
//! let searches = RateLimit::new("searches", Key::principal(), [Rate::per_second(5)]);
//! let limits = ToolLimits::new()
//!     .policy("search*", searches)
//!     .time("*", Duration::from_secs(60))
//!     .result_bytes("read_*", 1024 * 1024);
//! let layers = ServiceBuilder::new().layer(McpLayer::new()).layer(limits);
//! # let _ = layers;
//! ```

mod future;
mod layer;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use self::service::ResultLimit;
pub use self::{future::ResponseFuture, layer::ToolLimits, service::ToolLimited};
