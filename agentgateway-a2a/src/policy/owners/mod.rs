//! Whose a task is: what one caller has begun, no other may read, change or find.
//!
//! # Behaviour
//! [`TaskOwners`] is a [`Policy`](agentgateway_core::policy::Policy) within [`A2aLayer`](crate::A2aLayer), around
//! the agents, behind an authentication. A task that an answer to a message names belongs to the caller that sent the
//! message, and so does its context.
//!
//! | call | without the right to it |
//! |---|---|
//! | one that names a task: read, cancel, subscribe, push configurations, a message to it | `TASK_NOT_FOUND` (-32001), in the same words for a task of another, for one that was never there, and for one that is forgotten |
//! | a message or a list that names the context of another | `INVALID_PARAMS` (-32602); a context that nobody has is the caller's from then on |
//! | a list of tasks | those of others are left out, and the total counts what is left |
//! | a page of a list (`pageToken`) that was not given to this caller for this tenant | `INVALID_PARAMS` (-32602): agents' tokens may say what is listed, and are the word of whoever sends them |
//! | an operation that is not known here, a call of gRPC that is not read, a message that does not say that it is JSON | refused: nobody knows which task it is about |
//!
//! Callers that were not authenticated are one caller. Which tasks a caller has is remembered by this process: for
//! [so long](TaskOwners::lifetime) since it was last asked for, and for [so many](TaskOwners::with_max_tasks). What
//! is forgotten, was begun at another replica, or was told by an answer that the layer could not read (it was longer
//! than [`max_body_bytes`](crate::A2aLayer::max_body_bytes)), is found by nobody; so is a page whose token has more than
//! 4 KiB. The agent is not asked about what is refused:
//! the time of the answer tells nothing of it.
//!
//! Lists of tasks over gRPC are refused (`UNSUPPORTED_OPERATION`): answers of gRPC pass as they are.
//!
//! # Reads / Writes
//! Reads the call and [`Principal`](agentgateway_core::context::Principal). Writes
//! [`AnswerTap`](crate::layer::AnswerTap) into the answer's extensions.
//!
//! # Example
//! ```
//! use agentgateway_a2a::{A2aLayer, policy::TaskOwners};
//! use agentgateway_core::policy::PolicyLayer;
//! use tower::ServiceBuilder;
//!
//! let layers = ServiceBuilder::new()
//!     .layer(A2aLayer::new().agent("planner"))
//!     .layer(PolicyLayer::new(TaskOwners::new()));
//! # let _ = layers;
//! ```

mod policy;
#[cfg(test)]
mod tests;

pub use self::policy::TaskOwners;
