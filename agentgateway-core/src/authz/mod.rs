//! Authorization: what a caller may do.
//!
//! # Behaviour
//! An [`Authorization`] is a [`Policy`](crate::policy::Policy) over [`Rule`]s, each an [`Effect`] and
//! a [`Condition`]: a closure, or with the feature `expression` an expression in CEL. The order of the
//! rules does not matter:
//!
//! 1. A deny rule that holds refuses.
//! 2. A require rule that does not hold refuses.
//! 3. Where there are allow rules, none of which holds, the request is refused. Where there is none,
//!    it passes.
//!
//! A condition that cannot be decided never lets anything pass: it does not allow, it does not
//! fulfil what is required, and it denies. The one exception is a deny rule that asks for something
//! that this request does not have, such as the tool of a call that names none: there is nothing to
//! deny then. Write `require` where absence must be refused as well.
//!
//! Stand it behind the authentication and within the protocol layer, so that a rule can name the
//! caller, and the tool, the agent's operation or the model.
//!
//! # Reads / Writes
//! Reads what its conditions read: the head, and in its extensions
//! [`Principal`](crate::context::Principal) and the typed call. Writes nothing.
//!
//! # Errors
//! [`Forbidden`](crate::ErrorKind::Forbidden) (403). The client is told no rule; the operator finds
//! it in [`decided_by`](crate::Error::decided_by), in the event of the refusal and on the span. A
//! condition that could not be decided is an event of its own (target `agentgateway_core::authz`,
//! level WARN) and counted in [`Authorization::failures`].
//!
//! # Cost
//! The conditions, until one decides; a request that passes allocates nothing.
//!
//! # Source
//! Effects as in agentgateway.dev/v1alpha1, `traffic.authorization`.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     authz::{Authorization, Rule},
//!     context::{AuthMethod, Principal},
//!     policy::PolicyLayer,
//! };
//! use http::{Request, Response, StatusCode, request::Parts};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! fn is_known(head: &Parts) -> bool {
//!     head.extensions.get::<Principal>().is_some()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let rules = Authorization::new([
//!     Rule::require("known", is_known),
//!     Rule::deny("read-only", |head: &Parts| head.method == "DELETE"),
//! ]);
//! let inner = service_fn(|_: Request<String>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(String::from("done")))
//! });
//! let service = PolicyLayer::new(rules).layer(inner);
//!
//! let stranger = Request::get("/").body(String::new())?;
//! let refused = service.clone().oneshot(stranger).await.unwrap_err();
//! assert_eq!(refused.status(), StatusCode::FORBIDDEN);
//! assert_eq!(refused.decided_by().map(|by| &**by), Some("known"));
//!
//! let mut known = Request::get("/").body(String::new())?;
//! Principal::new(AuthMethod::ApiKey, "planner").insert(known.extensions_mut());
//! assert!(service.oneshot(known).await.is_ok());
//! # Ok(())
//! # }
//! ```

mod authorization;
mod condition;
mod rule;
#[cfg(test)]
mod tests;

pub use self::{
    authorization::Authorization,
    condition::{Condition, Undecided},
    rule::{Effect, Rule},
};
