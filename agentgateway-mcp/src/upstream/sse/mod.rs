//! Servers of the transport of 2024-11-05, HTTP with server-sent events.
//!
//! # Behaviour
//! [`SseServer`] looks like a server over Streamable HTTP. For each session it opens the one stream of
//! events that the server's messages come on: its first event, `endpoint`, says where the client's are
//! POSTed. What a stream of many requests wants is as with [processes](super::stdio): ids and tokens of
//! progress are minted and put back, the answer to `initialize` names the session in `Mcp-Session-Id`, a
//! DELETE or the [idle time](SseBuilder::idle_timeout) ends it and closes the stream, and a stream that
//! ends by itself fails what runs on it. Then the session is a 404, and its client begins anew.
//!
//! Requests are POSTed several at once; what is no request is taken by the server before the next message
//! is sent, so that none overtakes `notifications/initialized`.
//!
//! # What is believed
//! The URL that `endpoint` says must be of the origin of the stream: scheme, host and port. Another one
//! ends the stream, and nothing is sent there.
//!
//! # Errors
//! `Unavailable` where the stream cannot be opened or ends; `BadAnswer` where a POST is refused, for that
//! request alone. Those of the client, as it says them.
//!
//! # Example
//! ```
//! # use agentgateway_core::{Body, Error, Peeked};
//! # use http::{Request, Response};
//! use agentgateway_mcp::upstream::{McpServer, sse::SseServer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = tower::service_fn(|request: Request<Peeked<Body>>| async move {
//!     # drop(request);
//!     Ok::<_, Error>(Response::new(Body::empty()))
//! });
//! let old = SseServer::builder("https://mcp.example.org/sse".parse()?).build(client);
//! let server: McpServer = old.server();
//! # drop(server);
//! # Ok(())
//! # }
//! ```
//!
//! # Source
//! MCP 2024-11-05, Transports, HTTP with SSE.

mod builder;
mod drive;
mod place;
mod server;
#[cfg(test)]
mod tests;

pub use self::{builder::SseBuilder, server::SseServer};
