//! The layer that speaks MCP outside, over Streamable HTTP.
//!
//! # Behaviour
//! What a request is, the head decides:
//!
//! | request | is |
//! |---|---|
//! | POST of JSON | read (up to 4 MiB) and parsed into an [`McpCall`](crate::McpCall) |
//! | POST of JSON in a content coding | refused with 415: what cannot be read cannot be judged |
//! | GET that accepts `text/event-stream` | a call that opens a stream |
//! | DELETE with `Mcp-Session-Id` | a call that ends a session |
//! | anything else | passes untouched and without a call |
//!
//! Mount it where MCP is spoken: other JSON that is posted there is refused as no message, while
//! gRPC, forms, metadata documents and CORS preflights on the same router pass. A rule inside that
//! finds no call must refuse, as [`McpUpstream`](crate::McpUpstream) does: some servers read a POST
//! whose media type they should not accept.
//!
//! Not one byte of a body changes, in either direction, unless [rules](McpLayer::tools), or what judges
//! [arguments](crate::policy), take things out of lists, or a [limit](crate::policy::limits) a result.
//! An answer is looked at while it passes. A stream is complete when it has brought the answer with the request's id. One that ends without
//! it gets an error with that id as its last event, so that no caller waits for ever; unless its
//! events had ids, for then the client takes it up again with `Last-Event-ID`.
//!
//! # Reads / Writes
//! Reads `core::telemetry::Propagation`; writes [`McpCall`](crate::McpCall). It takes
//! `accept-encoding` out of a call's headers: an answer in a coding could not be looked at.
//!
//! # Errors
//! Every error is answered as a JSON-RPC error with the request's exact id, and an HTTP status.
//! [`wire::error`](crate::wire::error) says which codes there are; those of the gateway's own lie
//! below -31000 (-31504 is a timeout) and name it in `data.origin`. An error about something that
//! has no id (a notification, an answer, what could not be read) has no `id` member, as MCP
//! 2025-11-25 and later say; there, null is not allowed.
//!
//! | refused | status and code |
//! |---|---|
//! | not JSON | 400, -32700 |
//! | no message, or a member that decides something occurs twice | 400, -32600 |
//! | a batch | 400, -32600 |
//! | no tool, prompt or resource where the method needs one, and the revision has it | 400, -32602 |
//! | from 2026-07-28: a header says something else than the body | 400, -32020 |
//! | over the limit | 413, -31413 |
//! | something that is not for the caller | as though it were not there: [`policy`](crate::policy) |
//! | arguments that are not what the tool's schema says, where they are judged | 200, -32602 |
//! | the server's list cannot be read, or is over the limit, where something filters it | 502, -31502 |
//!
//! # Limits
//! Batches, which revision 2025-03-26 alone knows, are refused for it too, unless
//! [`BatchLayer`](crate::BatchLayer) stands outside, which takes them apart. Headers that mirror the
//! body are compared when they are there; that they are there is the server's to demand. The old
//! HTTP+SSE transport of 2024-11-05 passes, but its answers come on another stream than their
//! requests and are not tied to them.

mod answer;
mod asked;
mod dialect;
mod items;
#[expect(
    clippy::module_inception,
    reason = "every layer's folder is laid out alike"
)]
mod layer;
mod mirror;
mod origin;
pub(crate) mod parse;
mod places;
mod protocol;
mod report;
mod rewriting;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use self::answer::{Answer as AnswerKind, is_same, read as read_answers};
#[cfg(feature = "federation")]
pub(crate) use self::asked::AskedServer;
#[cfg(feature = "bridge")]
pub(crate) use self::{
    answer::Read,
    places::{Members, Places},
};
pub use self::{
    dialect::McpDialect,
    layer::{Mcp, McpLayer},
    protocol::McpProtocol,
    report::McpReport,
    watch::McpWatch,
};
