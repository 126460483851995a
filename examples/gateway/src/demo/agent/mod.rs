//! An agent that says again what it is told, over A2A v1.0 and v0.3, JSON-RPC and HTTP+JSON.
//!
//! # Behaviour
//!
//! * The card is at `/.well-known/agent-card.json` and `/.well-known/agent.json`. Its URLs begin
//!   with `http://agent.invalid/`, where nobody is: the A2A layer puts the gateway's in their place.
//! * JSON-RPC is at `/`; HTTP+JSON of v1.0 is below `/`, that of v0.3 below `/v1/`. The name of a
//!   method, or the path, tells its version; an `A2A-Version` that is neither is refused.
//! * A message begins a task that is submitted, works, brings the artifact `echo: …` word by word,
//!   and completes. The first word may ask for more: `slow …` takes ten seconds, so that there is
//!   time to cancel it; `ask …` stops at input-required, and completes when the task is continued;
//!   `message …` is answered by a message, without a task.
//! * What a task has done follows from the time since it began: it lives on without its client, and
//!   without a process of its own. The last 256 tasks are remembered, up to 4 KiB of text in each,
//!   without their history and without timestamps.
//!
//! # Errors
//!
//! Those of the specification, in the form of the version and the binding.

mod card;
mod fault;
mod operation;
mod rest;
mod rpc;
mod service;
mod shape;
mod store;
mod task;
#[cfg(test)]
mod tests;

pub use self::service::Agent;
