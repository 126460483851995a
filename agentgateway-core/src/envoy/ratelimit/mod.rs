//! Limits that a service keeps for all replicas, asked by Envoy's rate limit protocol.
//!
//! # Behaviour
//! A [`GlobalRateLimit`] makes [`Descriptor`]s of a request and asks the service about all of them in
//! one call: the request passes when none is over its limit. A descriptor of which an entry has no
//! value is left out; where none is left, nobody is asked.
//!
//! A descriptor counts requests, or [tokens](Descriptor::tokens). Tokens are known when the exchange
//! has ended: before, the service is asked whether there is any room, adding nothing; after, it is
//! told what was used, beside the exchange and without waiting for its word. The protocol layer
//! outside reads it; what it does not know (the client left, say) is not told, and only what the
//! [cost](Descriptor::cost) has added before counts.
//!
//! # Reads / Writes
//! Reads what the functions of an application read. Adds the fields that the service asks for to the
//! request and to the answer; where tokens are counted, taps the [`Meter`](crate::context::Meter) in
//! the answer's extensions.
//!
//! # Errors
//!
//! | what happened | error |
//! |---|---|
//! | a limit is reached | `RateLimited` (429), with `Retry-After` and the fields of the service; where the service sends a body, it is the answer |
//! | the service gives no word | by [`FailureMode`](crate::policy::FailureMode): `Overloaded` (503), or the request passes |
//!
//! # Differences from Envoy
//! An answer that says neither yes nor no is a failure, where Envoy lets the request pass. Fields that
//! frame a message (`Host`, `Content-Length`, `Connection`, …) are never written.
//!
//! # Cost
//! One call for each request; a second one beside the exchange where tokens are counted.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     Body, BoxError, ErrorKind,
//!     envoy::ratelimit::{Descriptor, GlobalRateLimit},
//!     policy::PolicyLayer,
//!     upstream::Upstream,
//! };
//! use bytes::Bytes;
//! use http::{HeaderMap, Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! // A service in the same process that always says OVER_LIMIT; else `Client::builder().http2_only()`.
//! let service = Upstream::new(service_fn(|_: Request<Body>| async {
//!     let message = Full::new(Bytes::from_static(&[0, 0, 0, 0, 2, 0x08, 2]));
//!     let status = HeaderMap::from_iter([("grpc-status".parse()?, 0.into())]);
//!     let answer = message.with_trailers(async { Some(Ok(status)) });
//!     let head = Response::builder().header("content-type", "application/grpc");
//!     Ok::<_, BoxError>(head.body(Body::new(answer))?)
//! }));
//!
//! let by_user = Descriptor::new().entry("user", |head| {
//!     Some(head.headers.get("x-user")?.to_str().ok()?.to_owned())
//! });
//! let limit = GlobalRateLimit::new("gateway", "127.0.0.1:8081".parse()?, service).descriptor(by_user);
//!
//! let inner = service_fn(|_: Request<()>| async { Ok::<_, BoxError>(Response::new(Body::empty())) });
//! let limited = PolicyLayer::new(limit).layer(inner);
//! let refused = limited.clone().oneshot(Request::get("/").header("x-user", "alice").body(())?);
//! assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::RateLimited);
//! // Nobody to be limited by.
//! assert!(limited.oneshot(Request::new(())).await.is_ok());
//! # Ok(())
//! # }
//! ```

mod answer;
mod conclude;
mod descriptor;
mod exchange;
mod policy;
mod report;
#[cfg(test)]
mod tests;
mod unit;

pub use self::{
    descriptor::Descriptor,
    policy::{Counts, GlobalRateLimit},
    unit::{LimitOverride, RateUnit},
};
