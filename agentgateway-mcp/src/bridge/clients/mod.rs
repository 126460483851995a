//! Clients of earlier revisions in front of a server of 2026-07-28.

mod builder;
mod dispatch;
mod greeting;
mod kept;
mod listen;
mod live;
mod local;
mod old;
mod questions;
mod relay;
mod reply;
mod service;
mod session;
mod stream;
#[cfg(test)]
mod tests;
mod tools;

pub use self::{builder::LegacyClientsBuilder, service::LegacyClients};
