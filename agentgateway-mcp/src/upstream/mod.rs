//! How a server is spoken to: over Streamable HTTP, at one endpoint.
//!
//! # Behaviour
//! [`McpUpstream`] goes around an HTTP client, inside of [`McpLayer`](crate::McpLayer). The
//! endpoint's scheme, authority, path and query take the place of the request's: a client's path and
//! query say where it found the gateway and are not the server's business. Headers go on by a list
//! ([`McpUpstreamLayer::forward_header`] adds to it):
//!
//! `accept`, `content-type`, `user-agent`, `last-event-id`, `traceparent`, `tracestate`, `baggage`,
//! and all that begin with `mcp-`.
//!
//! So `accept-encoding` stays behind, and answers come in no content coding, fit to be looked at.
//! `authorization` stays behind too: MCP forbids to pass a client's token on, since it was issued
//! for the gateway and not for the server; [`McpUpstreamLayer::dangerous_forward_authorization`] lets it
//! through. The server's own credential, if it wants one, is set with [`McpUpstreamLayer::credential`];
//! `token` gets one from an authorization server.
//!
//! The trace context of the attempt's span goes into the request's `params._meta`: the members
//! `traceparent` and `tracestate` are added or replaced, and no other byte of the body changes. The
//! attempt's span is the one in which the service is called, so
//! `TelemetryLayer::client().instrument(McpClient::new())` stands directly outside of it. It is done
//! for requests alone, and where the extensions hold a `Propagation` and the span is recorded. Where
//! the attempt goes (`server.address`, `server.port`, `url.full`) is recorded on that span here.
//!
//! # Reads / Writes
//! Reads [`McpCall`](crate::McpCall) and `core::telemetry::Propagation`.
//!
//! # Errors
//! A request without a call is refused (405, or 415 for a POST): nothing has judged what it says.
//! Errors of the client are passed on as `core::Error`. An HTML page that comes with a status of
//! success in the place of an answer is a `BadAnswer`; one that reports failure passes.
//!
//! # Source
//! MCP 2026-07-28, Streamable HTTP; MCP 2025-11-25, Security best practices, Token passthrough; MCP
//! SEP-414.
//!
//! # Example
//! ```
//! use agentgateway_core::telemetry::TelemetryLayer;
//! use agentgateway_mcp::{McpLayer, McpUpstreamLayer, telemetry::McpClient};
//! use tower::ServiceBuilder;
//!
//! # fn mount<C>(client: C) -> Result<(), Box<dyn std::error::Error>> {
//! let upstream = McpUpstreamLayer::new("https://mcp.example.org/mcp".parse()?);
//! let app = ServiceBuilder::new()
//!     .layer(McpLayer::new())
//!     .layer(TelemetryLayer::client().instrument(McpClient::new()))
//!     .layer(upstream)
//!     .service(client);
//! # let _ = app;
//! # Ok(())
//! # }
//! # mount(()).unwrap();
//! ```

mod endpoint;
mod inject;
mod layer;
#[cfg(any(all(feature = "stdio", unix), feature = "sse"))]
mod pipe;
#[cfg(feature = "bridge")]
mod server;
mod service;
#[cfg(feature = "sse")]
#[cfg_attr(docsrs, doc(cfg(feature = "sse")))]
pub mod sse;
#[cfg(all(feature = "stdio", unix))]
#[cfg_attr(docsrs, doc(cfg(feature = "stdio")))]
pub mod stdio;
#[cfg(test)]
mod tests;
#[cfg(feature = "oauth")]
#[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
pub mod token;

#[cfg(any(all(feature = "stdio", unix), feature = "sse"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "stdio", feature = "sse"))))]
pub use self::pipe::PipeCounts;
#[cfg(feature = "bridge")]
pub(crate) use self::server::SayingEarlier;
#[cfg(feature = "bridge")]
pub(crate) use self::server::Serve;
#[cfg(feature = "bridge")]
#[cfg_attr(docsrs, doc(cfg(feature = "bridge")))]
pub use self::server::{Answering, McpServer};
pub use self::{
    endpoint::{InvalidMcpEndpoint, McpEndpoint},
    layer::McpUpstreamLayer,
    service::McpUpstream,
};
