//! Services that are asked by Envoy's protocols, as policies.
//!
//! | room | asks | by |
//! |---|---|---|
//! | [`authz`] | whether this request may pass, and what becomes of it | `envoy.service.auth.v3`, or plain HTTP |
//! | [`ratelimit`] | whether there is room for this request, in limits that all replicas share | `envoy.service.ratelimit.v3` |
//!
//! # Behaviour
//! Each is a [`Policy`](crate::policy::Policy) that asks a service about each request, within a
//! deadline, and holds neither thread nor lock meanwhile. A client that leaves takes the call with it.
//! When the service gives no word that can be used (it is not reached, it is too slow, it fails, its
//! answer means nothing) the [`FailureMode`](crate::policy::FailureMode) decides; it is counted, and an
//! event of `tracing` (target `agentgateway_core::envoy`, level WARN) says why.
//!
//! The services are called over any [`HttpClient`](crate::upstream::HttpClient) that an application
//! hands over: a [`Client`](crate::upstream::Client), one within layers (a balancer, a span for each
//! call), a service in the same process. gRPC needs one that speaks HTTP/2
//! ([`http2_only`](crate::upstream::ClientBuilder::http2_only)). No protobuf compiler is needed, and
//! no other client of gRPC.
//!
//! # Panics
//! Deciding outside of a tokio runtime with a clock panics, as tokio's timers do.
//!
//! # Cost
//! A round trip to the service for each request, one boxed future, and the messages. What a service
//! says is read up to a limit and no further.

pub mod authz;
mod counts;
mod failure;
mod fields;
mod grpc;
pub mod ratelimit;
mod read;
#[cfg(test)]
mod tests;
mod trail;
mod wire;

pub use self::{counts::FailureCounts, fields::HeaderFilter};
use self::{failure::Failure, trail::Trail};
