//! Processes as servers, over their standard input and output.
//!
//! # Behaviour
//! [`StdioServer`] starts the same command as often as it is needed, and looks like a server over
//! Streamable HTTP, of the revision that the process speaks:
//!
//! * A request of 2026-07-28 goes to the process of its caller (and of the session of the client, where it
//!   is one of an earlier revision that is bridged). Whoever leaves the answer cancels the request: the
//!   process is told by `notifications/cancelled`.
//! * Up to 2025-11-25, each `initialize` starts a process of its own, which is the session that the
//!   answer's `Mcp-Session-Id` names. It is that caller's alone: for another one, and once it has ended, it
//!   is a 404. A DELETE ends it. Whoever leaves an answer cancels nothing, and what is answered later is
//!   dropped.
//! * With [`shared`](StdioBuilder::shared), one process serves everybody.
//!
//! An answer is JSON where nothing was said before it, else a stream of events. A message that the client
//! sends is written as it is, in one line, with another id and another token of progress: those of clients
//! are not unique on a pipe. They are put back in what comes.
//!
//! A process that nobody uses is ended after the [idle time](StdioBuilder::idle_timeout), one that ends by
//! itself is started again by the next request, later each time ([`backoff`](StdioBuilder::backoff)).
//! To be ended, its input is closed; then, if it is still there after the
//! [grace](StdioBuilder::grace), it is sent SIGTERM; then SIGKILL. What it has started belongs to its
//! process group, and is killed with it; what has left the group (`setsid`) is not known here. Dropping
//! the last handle ends all processes, each once its requests are answered.
//!
//! # What a process is given
//! An absolute path, its arguments one by one, no shell. Of the environment what was
//! [declared](StdioBuilder::env) or [named](StdioBuilder::inherit_env), nothing else; of open files the
//! three pipes. The standard library opens all files so that they are closed in a new process
//! (`CLOEXEC`); files that a host has opened otherwise are the host's to close.
//!
//! # What it says beside
//! Standard error goes to `tracing` at the level DEBUG, some lines a second, without control characters and
//! without the values of the environment that it was given; the last line is told at WARN when the process
//! ends by itself.
//!
//! # Reads
//! `Principal`, from the extensions of requests.
//!
//! # Errors
//! `Unavailable` where the process cannot be started, has ended with the request running, or has just
//! failed; `Overloaded` where as many run as may. They say that nothing was done
//! ([`is_unprocessed`](agentgateway_core::Error::is_unprocessed)) where the process was never written to.
//!
//! # Example
//! ```
//! use agentgateway_mcp::upstream::{McpServer, stdio::StdioServer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let files = StdioServer::builder("/usr/bin/node")
//!     .args(["/srv/mcp/filesystem.js", "/data"])
//!     .env("NODE_ENV", "production")
//!     .inherit_env("TZ")
//!     .build()?;
//! let server: McpServer = files.server();
//! # drop(server);
//! # Ok(())
//! # }
//! ```
//!
//! # Source
//! MCP 2026-07-28 and 2025-11-25, Transports, stdio; 2025-11-25, Lifecycle, Shutdown.

mod builder;
mod command;
mod drive;
mod group;
mod lines;
mod said;
mod server;
#[cfg(test)]
mod tests;

pub use self::{builder::StdioBuilder, command::InvalidCommand, server::StdioServer};
