//! An MCP server with three tools, a prompt and a resource, over Streamable HTTP.
//!
//! # Behaviour
//!
//! * Revision 2026-07-28, and by handshake 2025-03-26, 2025-06-18 and 2025-11-25. A request is of
//!   2026-07-28 when its header or its `_meta` names that revision, or one that nobody serves.
//! * No sessions: each request stands alone. `GET` and `DELETE` are answered with 405.
//! * Batches are served in revision 2025-03-26, which has them; a batch is answered whole.
//! * Tools: `echo {text}`, `add {a, b}`, `count {to}`. `count` answers a stream of progress
//!   notifications and its result, when the caller gave a progress token and accepts event streams.
//! * Any path is served but those below `/.well-known/`, where clients look for an authorization
//!   server and must find none.
//!
//! # Errors
//!
//! JSON-RPC errors with the codes and HTTP statuses of the revision. Arguments that a tool cannot
//! take are a result with `isError`, which a model can read and correct.

mod content;
mod fault;
mod legacy;
mod methods;
mod modern;
mod rpc;
mod service;
#[cfg(test)]
mod tests;
mod toolbox;

pub use self::service::Tools;
