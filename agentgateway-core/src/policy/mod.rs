//! Policies: who may call, how much, and what becomes of it.
//!
//! A [`Policy`] decides about one request from its head, and may follow its answer to the end. All
//! policies of this crate are such, each in a room and a feature of its own, and all are mounted by
//! one layer, [`PolicyLayer`], alone or in order. A policy of an application's own is one more
//! implementation of the trait.
//!
//! # Behaviour
//! The policies of a layer decide in their order; the first that does not let the request pass
//! answers it. What each wants to see of the answer it sees in the opposite order, and is told the
//! typed [`End`](crate::body::End) exactly once, also when the client leaves or a later policy
//! refuses. A policy that asks somebody else ([`Decision::Ask`]) holds neither thread nor lock.
//!
//! A body is never read here. What it says is in the extensions, as the typed call that a protocol
//! layer outside has written ([`CallView`](crate::context::CallView)): policies that ask for a tool
//! or a model stand inside of the protocol layer, those that need no call (authentication) may stand
//! before it.
//!
//! # Reads / Writes
//! Nothing by itself; each policy says what it reads and writes.
//!
//! # Errors
//! A refusal is the layer's error, [`Error`](crate::Error), with the policy in
//! [`decided_by`](crate::Error::decided_by). A protocol layer or
//! [`RescueLayer`](crate::rescue::RescueLayer) outside says it in the client's protocol. Each is also
//! an event of `tracing` (target `agentgateway_core::policy`, level INFO) within the current span:
//! policy, rule, kind, and the caller's name where it is known, never a credential.
//!
//! # Readiness
//! Forwarded. The service that was ready is kept while a policy asks, and given back when the
//! request is refused.
//!
//! # Example
//! ```
//! use agentgateway_core::{Error, ErrorKind, policy::{Decision, Policy, PolicyLayer}};
//! use http::{Request, Response, request};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! /// Refuses what comes on a weekend.
//! struct Weekdays { is_weekend: fn() -> bool }
//!
//! impl Policy for Weekdays {
//!     fn name(&self) -> &str {
//!         "weekdays"
//!     }
//!
//!     fn decide(&self, _: &mut request::Parts) -> Decision {
//!         if (self.is_weekend)() {
//!             return Decision::Refuse(Error::new(ErrorKind::Forbidden, "closed on weekends"));
//!         }
//!         Decision::Pass
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let inner = service_fn(|_: Request<String>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(String::from("open")))
//! });
//! let service = PolicyLayer::new(Weekdays { is_weekend: || true }).layer(inner);
//! let refused = service.oneshot(Request::new(String::new())).await.unwrap_err();
//! assert_eq!(refused.message(), "closed on weekends");
//! assert_eq!(refused.decided_by().map(|by| &**by), Some("weekdays"));
//! # }
//! ```

mod body;
mod decision;
mod failure_mode;
mod follow;
mod future;
mod layer;
mod run;
mod service;
#[cfg(test)]
mod tests;
mod when;

pub use self::{
    body::ResponseBody,
    decision::{Asking, Decision, Policy, Resume},
    failure_mode::FailureMode,
    follow::{Follow, Followers},
    future::ResponseFuture,
    layer::PolicyLayer,
    run::tell_refused,
    service::Policed,
    when::When,
};
