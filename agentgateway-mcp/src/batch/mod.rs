//! Batches of revision 2025-03-26: several messages in one POST, each a call of its own.
//!
//! Mount [`BatchLayer`] outside of [`McpLayer`](crate::McpLayer), and of every policy that counts or judges calls:
//! what stands inside sees no batch, only its messages, one request each.
//!
//! # Behaviour
//! A POST of JSON that is an array is a batch where its revision is 2025-03-26: where `MCP-Protocol-Version` says so,
//! or is not there, which MCP takes for that revision. Its messages then go inward with the batch's head, in their
//! order, as POSTs of their own that name the revision; what comes behind a notification or an answer waits until
//! that has been taken. All requests run at once, polled by the exchange's own task.
//!
//! | the messages are | the answer |
//! |---|---|
//! | notifications and answers | that of the first, such as 202; where one was refused, that refusal |
//! | requests, all taken with 202 | 202: over the transport of 2024-11-05 they are answered by the client's stream |
//! | requests, all answered in one piece | an array, in the order of the requests |
//! | requests, one of which is answered by a stream | one stream: each answer is an event, and whatever else the streams bring |
//!
//! A client that accepts no `text/event-stream` gets an array, and one that accepts no `application/json` a stream.
//! Each request has exactly one answer: an error where its own answer is not JSON-RPC, breaks off, fails, or is over a
//! limit. Where all requests were refused with one status, such as 401 or 404, the array has that status and its
//! headers; else it is that of the first that was not refused.
//!
//! Joined streams cannot be taken up again: their events have no ids.
//!
//! All else passes, as soon as the first byte of its body is there (at once where its length is over the limit), and so
//! does a batch of another revision, which `McpLayer` refuses.
//!
//! # Reads / Writes
//! Takes `accept-encoding` out of a batch's head. The answer has
//! [`Told`](agentgateway_core::protocol::Told) where one of its parts has it.
//!
//! # Errors
//! Those of the service inside, for what is no batch. A batch that is none goes inward as it is, and `McpLayer`
//! refuses it, with 400 and -32600: without a message, with more than [allowed](BatchLayer::max_messages), with one
//! that is no message, with `initialize`, or with one id twice. Nothing of it has been done then.
//!
//! # Limits
//! At most one event of the streams, and one answer in one piece, are held at a time; of an array, all its answers.
//! A batch is read whole before what stands inside decides from its head.
//!
//! # Source
//! MCP 2025-03-26, Base protocol, "Batching"; Transports, "Sending Messages to the Server"; Lifecycle,
//! "Initialization". JSON-RPC 2.0 Specification, section 6.
//!
//! # Example
//! ```
//! # use agentgateway_core::{Body, Error, Peeked};
//! # use http::{Request, Response};
//! use agentgateway_mcp::{BatchLayer, McpLayer};
//! use tower::ServiceBuilder;
//!
//! # let server = tower::service_fn(|_: Request<Peeked<Peeked<Body>>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
//! let app = ServiceBuilder::new()
//!     .layer(BatchLayer::new())
//!     .layer(McpLayer::new())
//!     .service(server);
//! # fn serves<S: tower::Service<Request<Body>>>(_: S) {}
//! # serves(app);
//! ```

mod accept;
mod body;
mod calls;
mod events;
mod future;
mod join;
mod layer;
mod read;
mod service;
mod slot;
#[cfg(test)]
mod tests;

pub(crate) use self::read::Unfit;
pub use self::{body::ResponseBody, future::ResponseFuture, layer::BatchLayer, service::Batch};
