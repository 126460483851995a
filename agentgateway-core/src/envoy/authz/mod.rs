//! Requests that a service allows or denies, asked by Envoy's external authorization.
//!
//! # Behaviour
//! [`ExtAuthz`] asks a service about each request: over gRPC ([`GrpcService`]), where it is told
//! of the request in a message, or over plain HTTP ([`HttpService`]), where it is sent a request like
//! it. Of a body it sees what a [`PrefixLayer`](crate::body::PrefixLayer) outside has read, where it is
//! to see any.
//!
//! A yes may change the request's header fields and query, and add fields to the answer. A no comes
//! with a status, fields and a body, which the client is sent as they are, or by an
//! [error](ExtAuthz::refuse_by_error) that a protocol layer says in its own form. Verdicts may be
//! [used again](VerdictCache).
//!
//! # Reads / Writes
//! Reads [`ClientAddr`](crate::context::ClientAddr), [`ServerName`](crate::context::ServerName),
//! [`Principal`](crate::context::Principal), [`Forwarding`](crate::forwarded::Forwarding) and
//! [`BodyPrefix`](crate::body::BodyPrefix). Writes [`Metadata`] where the service says anything beyond
//! its verdict, and a [`Principal`](crate::context::Principal)
//! ([`External`](crate::context::AuthMethod::External)) where that names the caller.
//!
//! # Errors
//!
//! | what happened | answer |
//! |---|---|
//! | the service says no | its answer, or the error that its status means |
//! | the service gives no word | by [`FailureMode`](crate::policy::FailureMode): `Forbidden` (403) or another kind, or the request passes |
//! | no request to the service can be made of this one (HTTP) | `Forbidden`, or `InvalidRequest` for a path that climbs out of the endpoint's |
//!
//! No word is: it is not reached, is too slow, says that it has failed (a gRPC status, a 5xx,
//! `error_response`), or its yes cannot be followed. A no stays a no, whatever of it cannot be said.
//!
//! # Differences from Envoy
//! - An empty message is a failure, where Envoy takes it for a yes.
//! - Fields that frame a message (`Content-Length`, `Connection`, …), `Host` and pseudo-headers are
//!   never written.
//! - Over HTTP, the fields that a yes may bring are taken from the request where it does not bring
//!   them: a client cannot say what the service has left unsaid.
//! - Parameters of a query are found by their decoded names, and encoded where they must be.
//!
//! # Cost
//! A call for each request that has no kept verdict. The message over gRPC holds a copy of the head.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     Body, BoxError,
//!     envoy::authz::{ExtAuthz, HttpService},
//!     policy::PolicyLayer,
//!     upstream::Upstream,
//! };
//! use http::{HeaderName, Request, Response, StatusCode, header::AUTHORIZATION};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! // A service in the same process; else `Client::new()`.
//! let service = Upstream::new(service_fn(|asked: Request<Body>| async move {
//!     let known = asked.headers().get(AUTHORIZATION).is_some_and(|key| key == "Bearer of-alice");
//!     let answer = match known {
//!         true => Response::builder().header("x-user", "alice"),
//!         false => Response::builder().status(StatusCode::UNAUTHORIZED),
//!     };
//!     Ok::<_, BoxError>(answer.body(Body::empty())?)
//! }));
//! let user = HeaderName::from_static("x-user");
//! let service = HttpService::new("127.0.0.1:9000".parse()?, service).upstream_headers([user]);
//!
//! let inner = service_fn(|request: Request<()>| async move {
//!     assert_eq!(request.headers()["x-user"], "alice");
//!     Ok::<_, BoxError>(Response::new(Body::empty()))
//! });
//! let guarded = PolicyLayer::new(ExtAuthz::http(service)).layer(inner);
//!
//! let known = Request::get("/").header(AUTHORIZATION, "Bearer of-alice").body(())?;
//! assert_eq!(guarded.clone().oneshot(known).await?.status(), StatusCode::OK);
//! let unknown = Request::get("/").header("x-user", "alice").body(())?;
//! assert_eq!(guarded.oneshot(unknown).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(())
//! # }
//! ```

mod attributes;
mod cache;
mod conclude;
mod edit;
mod exchange;
mod grpc_service;
mod http_service;
mod metadata;
mod parameters;
mod policy;
mod service;
#[cfg(test)]
mod tests;
mod told;
mod verdict;

pub use self::{
    cache::VerdictCache,
    grpc_service::GrpcService,
    http_service::HttpService,
    metadata::Metadata,
    policy::{Counts, ExtAuthz},
};
