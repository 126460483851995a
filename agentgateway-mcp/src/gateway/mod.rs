//! The whole assembled: servers of every revision behind one endpoint, for clients of every revision.
//!
//! # Behaviour
//! [`McpGateway`] stands inside of [`McpLayer`](crate::McpLayer), and that inside of
//! [`BatchLayer`](crate::BatchLayer), which serves batches of 2025-03-26. What a request goes through, outside in:
//!
//! 1. One server whose revisions the client speaks too: nothing. Not a byte of a message changes, and
//!    sessions are the server's own. Of a caller that was authenticated the session's id is sealed, so that it is
//!    nobody else's.
//! 2. A client of an earlier revision otherwise: [`LegacyClients`](crate::bridge::LegacyClients), which
//!    keeps its session and makes requests of 2026-07-28.
//! 3. Several servers, or a prefix that is asked for: the [`Federation`](crate::route::Federation).
//! 4. A server of an earlier revision: [`LegacyServer`](crate::bridge::LegacyServer).
//!
//! [Without sessions](McpGatewayBuilder::stateless), 2 and 4 are so for each request by itself, and the first is for
//! clients of 2026-07-28 alone.
//!
//! # Replicas
//! Those that share the key of the [`sealer`](McpGatewayBuilder::sealer) and the
//! [`session_store`](McpGatewayBuilder::session_store) serve each other's sessions, cursors and states.
//!
//! # Errors
//! Those of the bridges, of the federation and of the servers.
//!
//! # Example
//! ```
//! # use agentgateway_core::{Body, Error, Peeked};
//! # use http::{Request, Response};
//! use agentgateway_mcp::{BatchLayer, McpGateway, McpLayer, McpServer};
//! use tower::ServiceBuilder;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let one = tower::service_fn(|_: Request<Peeked<Body>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
//! # let other = one;
//! let gateway = McpGateway::builder()
//!     .server("files", McpServer::new(one))
//!     .server("time", McpServer::new(other))
//!     .build()?;
//! let app = ServiceBuilder::new()
//!     .layer(BatchLayer::new())
//!     .layer(McpLayer::new())
//!     .service(gateway);
//! # let _ = app;
//! # Ok(())
//! # }
//! ```

mod builder;
mod service;
mod sessions;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{
    builder::{InvalidGateway, McpGatewayBuilder},
    service::McpGateway,
    watch::{ServerState, ServerWatch},
};
