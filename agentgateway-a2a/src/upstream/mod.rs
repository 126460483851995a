//! How an agent is called: over any client, at one endpoint.
//!
//! [`A2aUpstreamLayer`] directs each request to the agent and lets through only the headers that an
//! agent needs.
//!
//! # Behaviour
//! Scheme and host become the endpoint's; path and query stay, behind the endpoint's base path, if
//! it has one. The body passes untouched, so every binding does, gRPC included.
//!
//! Headers go by an allow-list: the content's own (`Content-Type`, `Content-Length`,
//! `Content-Encoding`), `Accept`, `A2A-*`, `X-A2A-Extensions`, `X-A2A-Hops`, `X-A2A-Skill`, `Last-Event-ID`, `User-Agent`,
//! `If-None-Match`, `If-Modified-Since`, the trace context (`traceparent`, `tracestate`, `baggage`),
//! and what gRPC needs (`TE`, `grpc-*`). More are named with [`A2aUpstreamLayer::forward_header`].
//!
//! `Authorization` is not among them by default: where the gateway itself authenticates callers, its
//! credential must not reach the agent. Where credentials are agreed between client and agent, as
//! A2A means it, and the gateway takes none or takes them in another header, turn it on with
//! [`A2aUpstreamLayer::forward_authorization`]. The agent's own credential is set with
//! [`A2aUpstreamLayer::credential`].
//!
//! `TelemetryLayer::client().instrument(A2aClient::new())` stands directly inside of it, around the
//! client, so that a span names the agent's address.
//!
//! # Errors
//! Those of the client inside, as [`Error`](agentgateway_core::Error); `InvalidRequest` when the
//! path would leave the endpoint's base path; `BadAnswer` when a call is answered with an HTML page
//! and a status of success, and one of an operation with anything that says that it is neither JSON nor an event
//! stream nor gRPC: `INVALID_AGENT_RESPONSE` (-32006), with 502; the agent's own status is in the span of the
//! attempt. What reports failure passes.
//!
//! # Example
//! ```
//! use agentgateway_a2a::{A2aLayer, upstream::A2aUpstreamLayer};
//! use tower::ServiceBuilder;
//! # use agentgateway_core::{Body, body::Peeked};
//! # use std::convert::Infallible;
//! # let client = tower::service_fn(|_: http::Request<Peeked<Body>>| async { Ok::<_, Infallible>(http::Response::new(Body::empty())) });
//! let service = ServiceBuilder::new()
//!     .layer(A2aLayer::new())
//!     .layer(A2aUpstreamLayer::new("http://10.0.0.5:9999".parse()?))
//!     .service(client);
//! # let _ = service;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod agent;
mod directed;
mod future;
mod headers;
mod layer;
mod service;
#[cfg(test)]
mod tests;

#[cfg(feature = "relay")]
pub(crate) use self::agent::WeakAgent;
pub(crate) use self::directed::Directed;
pub use self::{
    agent::{A2aAgent, Answering},
    future::ResponseFuture,
    layer::A2aUpstreamLayer,
    service::A2aUpstream,
};
