//! Servers of earlier revisions look like servers of 2026-07-28; see [`LegacyServer`].

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
#[cfg(test)]
mod tests;

pub(crate) use self::any::Found;
pub use self::{any::AnyServer, server::LegacyServer};
