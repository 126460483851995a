//! Many servers as one.
//!
//! [`Federation`] puts servers of MCP 2026-07-28 behind one: a client lists, calls, reads and listens as if it
//! spoke to a single server. It is itself an [`McpServer`](crate::upstream::McpServer), and servers of earlier
//! revisions join behind a bridge.
//!
//! # Behaviour
//! * **Names.** A tool or prompt is told as `{target}_{name}`, a resource or template as `{target}+{uri}`, the
//!   URI of a user interface as `ui://{target}+…` (hosts know it by its scheme), a task as `{target}+{id}`; in
//!   lists, results, notifications and params. The names of targets hold no `_` and no `+`, so a call goes to
//!   its one target by name alone, and no two names become one. [`PrefixMode`] says when. A name over 64
//!   characters is shortened by a digest, or left out ([`LongNames`]). Without prefixes a name that two targets
//!   have is refused.
//! * **Bytes.** What is not named above passes as it was written: unknown members, order, the spelling of
//!   numbers. A federation of one target passes whole answers.
//! * **Ids.** Each request has an id of its own at its target, and each progress token is that id; the client's
//!   come back to the client. An answer with another id is dropped and counted ([`FederationCounts`]).
//! * **Lists and discovery** ask all targets at the same time, each within a deadline. A target that has no
//!   such list is not asked. Pages are merged under one sealed cursor, bound to its caller. When some fail,
//!   [`FailMode`] decides; `_meta` of the answer names them in `dev.agentgateway/unavailable`, and what could
//!   not be offered in `dev.agentgateway/omitted`.
//! * **Calls** have no deadline here. A client that leaves cancels the one request at its target. A state that
//!   the target gives (`requestState`) is sealed to the caller, the target and what was called.
//! * **Subscriptions** of all targets come in one stream, without a task: a slow client makes them wait. It is
//!   acknowledged when they are, within the deadline. A target's stream that ends is opened again, after 1 second
//!   and then ever longer, up to a minute; lists that may have changed meanwhile are told of. After 25 seconds of
//!   silence a comment keeps it open.
//! * **Names that do not tell** their target (shortened ones; all, without prefixes) are found in lists that are
//!   kept for each caller: as long as their `ttlMs` says, 30 seconds at least, and until the target tells of a
//!   change. One that is not there is looked for once more, by one listing for all that wait.
//! * **URIs that climb** (a segment `..`, plain or encoded) are of no resource.
//!
//! # Errors
//! What is not there, what an [`Allows`](crate::policy::Allows) denies, a cursor or state that is not ours: -32602. A target that
//! cannot be reached, is late or answers badly: a [`core::Error`](agentgateway_core::Error), that the layer
//! outside says. An error of a target's is told as it is, but a status of 401 becomes 502: the target does not
//! know the gateway, which says nothing of the client.
//!
//! # Source
//! MCP 2026-07-28: Streamable HTTP; Server discovery; Pagination; Caching; Multi round-trip requests;
//! Subscriptions.
//!
//! # Example
//! ```
//! # use agentgateway_core::{Body, Error, Peeked, seal::Sealer};
//! # use agentgateway_mcp::upstream::McpServer;
//! use agentgateway_mcp::{
//!     policy::{Caller, Item},
//!     route::{FailMode, Federation, FederationTarget},
//! };
//! # use http::{Request, Response};
//!
//! # let service = tower::service_fn(|_: Request<Peeked<Body>>| async {
//! #     Ok::<_, Error>(Response::new(Body::empty()))
//! # });
//! # let (github, files) = (McpServer::new(service.clone()), McpServer::new(service));
//! let server = Federation::new(Sealer::random())
//!     .target(FederationTarget::new("github", github)?)
//!     .target(FederationTarget::new("files", files)?)
//!     .fail_mode(FailMode::Open)
//!     .filter(|_: &Caller<'_>, item: &Item<'_>| (item.target(), item.name()) != ("files", "delete"))
//!     .into_server();
//! # let _ = server;
//! # Ok::<_, agentgateway_mcp::route::InvalidTargetName>(())
//! ```

mod call;
mod counts;
mod cursor;
mod discover;
mod earlier;
mod edits;
mod fan;
mod federation;
mod hub;
mod index;
mod inward;
mod items;
mod known;
mod list;
mod listen;
mod lookup;
mod names;
mod relay;
mod reply;
mod target;
#[cfg(test)]
mod tests;

pub use self::{
    counts::FederationCounts,
    federation::{FailMode, Federation, LongNames, PrefixMode},
    target::{FederationTarget, InvalidTargetName, ToolOverride},
};
