//! Loops of agents that call each other through the gateway: stopped where they can be seen, bounded where not.
//!
//! # Behaviour
//! [`Loops`] is a [`Policy`](agentgateway_core::policy::Policy) within [`A2aLayer`](crate::A2aLayer), around the
//! agents. It looks at calls that make an agent act; reading a task or a card starts no loop.
//!
//! | what agents do | what stops the loop | answer |
//! |---|---|---|
//! | send on the header `X-A2A-Hops` | [`max_hops`](Loops::max_hops): the agents that a call has passed are counted; the error names them | 403 |
//! | send on `traceparent` | [`max_of_trace`](Loops::max_of_trace): calls of one trace to one agent at once | 429 |
//! | neither | [`max_in_flight`](Loops::max_in_flight) and [`max_of_caller`](Loops::max_of_caller): calls of one caller to one agent at once, in one context and in all | 429 |
//!
//! A loop is a chain of calls that wait for each other, so that each lap is one more call at once: what bounds
//! these, bounds the loop. The same bound of a trace holds one task that fans out into very many at once; what it
//! does one after another, and through several agents, is bounded by its budget: [`max_of_root`](Loops::max_of_root)
//! calls of one trace in an hour, 429 behind them.
//!
//! The header is the callers' word. One that is longer than it should be harms who has sent it; one that is shorter or
//! missing gains a few laps at most, since the gateway writes on where it was left, and the other bounds do not read
//! it.
//!
//! # Reads / Writes
//! Reads the call, [`Principal`](agentgateway_core::context::Principal), else
//! [`ClientAddr`](agentgateway_core::context::ClientAddr), and `traceparent`. Adds the agent's
//! [name](crate::A2aLayer::agent) to `X-A2A-Hops`.
//!
//! # Errors
//! As above. Each is an event of the refusal, as that of any policy.
//!
//! # Cost
//! One lock for each bound, at the beginning and at the end of a call. Memory grows with what is in flight, and with
//! the traces of the last hour up to 65,536; of more, the budget is not counted.
//!
//! # Example
//! ```
//! use agentgateway_a2a::{A2aLayer, policy::Loops};
//! use agentgateway_core::policy::PolicyLayer;
//! use tower::ServiceBuilder;
//!
//! let layers = ServiceBuilder::new()
//!     .layer(A2aLayer::new().agent("planner"))
//!     .layer(PolicyLayer::new(Loops::new().max_hops(4)));
//! # let _ = layers;
//! ```

mod policy;
#[cfg(test)]
mod tests;

pub use self::policy::Loops;
