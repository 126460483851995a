//! Clients of earlier revisions in front of a server of 2026-07-28.
//!
//! A call comes in by `service`, and `dispatch` says what becomes of it: `greeting` opens sessions, `relay`
//! takes requests to the server and `reply` its answers back, `earlier` tells servers of earlier revisions what the
//! newest has no word for, `questions` asks the client between the two,
//! `listen` tells of changes, `old` is the transport of 2024-11-05. What is told goes through a `stream`.
//! A session is what its id says (`session`), what the store keeps of it (`kept`), and what goes on of it in
//! this replica (`live`). Where none is kept, `stateless` says what becomes of a call.

mod builder;
mod dispatch;
mod earlier;
mod greeting;
mod handover;
mod kept;
mod listen;
mod live;
mod local;
mod old;
mod opened;
mod questions;
mod relay;
mod reply;
mod service;
mod session;
mod stateless;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
mod tools;

pub use self::{builder::LegacyClientsBuilder, service::LegacyClients};
