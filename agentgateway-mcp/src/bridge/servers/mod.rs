//! Servers of earlier revisions look like servers of 2026-07-28.
//!
//! # Behaviour
//! [`LegacyServer`] goes in front of a server that knows `initialize`, sessions and requests of its own;
//! [`AnyServer`] finds out first whether there is need to.
//!
//! | a client of 2026-07-28 | the server, up to 2025-11-25 |
//! |---|---|
//! | the first request | `initialize`, with the capabilities of this request, and `notifications/initialized`. A session is kept for each caller and set of capabilities; a server that has forgotten it (404) gets a new one, and the request once more |
//! | `server/discover` | what `initialize` was answered with |
//! | `params._meta` of the protocol's | left out |
//! | `logLevel` | `logging/setLevel`, where fewer messages come; each request is told those from its level on, and none without one |
//! | `progressToken` | one of our own; it is put back |
//! | a result | gets `resultType`, `ttlMs` and `cacheScope` where it has none, and the server's name |
//! | `input_required` | requests of the server's on the stream of the call. Those that come within 30 ms of each other are asked together; the stream waits for the answers, which are sent to the server, and goes on |
//! | -32021, with status 400 | a request for what the client does not declare: the call is over, and cancelled |
//! | -32602 with the URI | -32002 |
//! | a round in URL mode | -32042 |
//! | it leaves | `notifications/cancelled` |
//! | a stream that goes on | a stream that was cut and has ids: it is taken up |
//! | `subscriptions/listen` | `resources/subscribe`, and the stream of a GET: one for all listeners of a session |
//! | methods that it does not have | 404, and the server does not see them |
//!
//! A server's question has no name. It is asked as `elicitation_1`, `sampling_2` and so on, or under the
//! name in its `params._meta["agentgateway.dev/input-key"]`: a client that knows it may answer in its
//! first request.
//!
//! Tasks of the two eras have nothing in common but their names: the capability is left out.
//!
//! # Limits
//! Sessions ([`max_sessions`](LegacyServer::max_sessions)), calls that wait
//! ([`max_rounds`](LegacyServer::max_rounds)) and the bytes of a message are bounded; a stream is taken up
//! 16 times at most; a listener that is 256 messages behind is ended, and may listen anew.
//!
//! # Replicas
//! The state of a round is sealed, bound to its caller and its request, and opens once. The stream that
//! waits is in one process: on another the state is refused, and the client calls again.
//!
//! # Errors
//! Those of the server pass as JSON-RPC. What is no MCP is a `BadAnswer`.
//!
//! # Source
//! MCP 2026-07-28, Versioning, Patterns (Multi round-trip requests, Subscriptions), Streamable HTTP; MCP
//! 2025-11-25, Lifecycle, Streamable HTTP, Client (Sampling, Elicitation, Roots).
//!
//! # Example
//! ```
//! # use agentgateway_core::{Body, Error, Peeked};
//! # use http::{Request, Response};
//! use agentgateway_mcp::{
//!     McpLayer, McpServer,
//!     bridge::{AnyServer, LegacyServer},
//! };
//! use tower::Layer;
//!
//! # let service = tower::service_fn(|_: Request<Peeked<Body>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
//! let server = AnyServer::new(LegacyServer::new(McpServer::new(service))).into_server();
//! let app = McpLayer::new().layer(server);
//! # let _ = app;
//! ```

mod any;
mod hub;
mod level;
mod listen;
mod options;
mod question;
mod relay;
mod results;
mod round;
mod server;
mod session;
#[cfg(test)]
mod tests;

pub(crate) use self::any::Found;
pub use self::{any::AnyServer, server::LegacyServer};
