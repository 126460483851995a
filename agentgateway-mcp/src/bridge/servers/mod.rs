//! Servers of earlier revisions look like servers of 2026-07-28.

mod any;
mod hub;
mod level;
mod listen;
mod options;
mod question;
mod relay;
mod results;
mod round;
mod server;
mod session;

pub use self::{any::AnyServer, server::LegacyServer};
