//! Tasks that stay with their replica, and streams that are taken up again.
//!
//! # Behaviour
//! An agent of several replicas that each keep their own tasks answers `TaskNotFound` in all of them but
//! one. [`TaskAffinityLayer`] stands inside of [`A2aLayer`](crate::A2aLayer) and around the agent:
//!
//! * It learns the home of a task, and of its conversation, from the first answer or event that names it: the endpoint
//!   that [`Balance`](agentgateway_core::balance::Balance) says it has [chosen][`Chosen`]. Once per task, not per event.
//! * A call about a task, or about a conversation where it names no task that is known, [prefers][`Prefer`] that
//!   endpoint. While the endpoint is away the call goes where it may: replicas may share what they know, and it is
//!   the agent that says what it does not know.
//! * A read that finds no home may ask [other replicas too](TaskAffinityLayer::probe), in turn, when the first says
//!   that it knows no such task. What sends, cancels or changes is asked of one replica, once.
//! * A stream that breaks off may be [taken up again](TaskAffinityLayer::resume).
//!
//! Homes are kept in this process for a day since a call last changed the task, and for an hour behind a terminal
//! state. With a [shared index](TaskAffinityLayer::shared) other gateways know them too: it is written while the answer
//! passes, and asked for what this process does not know. It is no secret where a task lives: whoever names a task is sent to its home,
//! and the agent decides what they may see.
//!
//! **Of which answers.** Of all that the layer outside reads, in every shape: JSON answers, events, and messages of
//! gRPC where it is told to read them.
//!
//! # Streams that are taken up again
//! Where it is asked for, a stream of JSON-RPC or HTTP+JSON that fails, or ends while its task goes on, is followed by
//! `SubscribeToTask` at the same replica, on the client's own stream. The snapshot that a subscription begins with is
//! told as updates, since clients take a second `Task` for a fault: the state where it is another than the
//! last that was told, and each artifact in one piece (`append` false), as a part of it may have been lost. Where the agent
//! takes no subscription, as to a task that has ended meanwhile, `GetTask` says how the task stands. Events between
//! the break and the subscription are lost.
//! The message is never sent again. Streams of gRPC break off as they did.
//!
//! # Reads / Writes
//! Reads [`A2aCall`](crate::A2aCall), and [`Chosen`] in the response. Writes [`Prefer`], where there is none yet,
//! [`AnswerTap`](crate::layer::AnswerTap), and for probes [`Tried`](agentgateway_core::balance::Tried).
//!
//! # Errors
//! None of its own. A shared index that gives no word is passed over, calls then go without a preference unless this
//! process knows the home; it is told once in the log, and once when it is back.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//!
//! use agentgateway_a2a::{A2aLayer, route::tasks::TaskAffinityLayer};
//! use agentgateway_core::{Body, Error, Peeked, store::{MemoryTasks, TaskIndex}};
//! use http::{Request, Response};
//! use tower::ServiceBuilder;
//!
//! let shared: Arc<dyn TaskIndex> = Arc::new(MemoryTasks::new()); // Redis, for replicas
//! let balanced = tower::service_fn(|_: Request<Peeked<Body>>| async {
//!     Ok::<_, Error>(Response::new(Body::empty()))
//! });
//! let agent = ServiceBuilder::new()
//!     .layer(A2aLayer::new())
//!     .layer(TaskAffinityLayer::new("planner").shared(shared).probe(2).resume(5))
//!     .service(balanced);
//! # let _ = agent;
//! ```
//!
//! [`Chosen`]: agentgateway_core::balance::Chosen
//! [`Prefer`]: agentgateway_core::balance::Prefer

mod exchange;
mod homes;
mod layer;
mod probe;
mod resume;
mod service;
#[cfg(test)]
mod tests;

pub use self::{layer::TaskAffinityLayer, service::TaskAffinity};
