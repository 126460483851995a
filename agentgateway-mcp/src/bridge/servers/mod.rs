//! Servers of earlier revisions look like servers of 2026-07-28; see [`LegacyServer`].

mod any;
mod calls;
mod earlier;
mod feed;
mod found;
mod heard;
mod hub;
mod legacy;
mod level;
mod listen;
mod options;
mod outward;
mod question;
mod record;
mod relay;
mod results;
mod round;
mod server;
mod session;
mod sessions;
mod speaks;
#[cfg(test)]
pub(crate) mod tests;
mod wanted;

#[cfg(feature = "federation")]
pub(crate) use self::found::{Found, Offered};
pub use self::{any::AnyServer, legacy::LegacyServer};
