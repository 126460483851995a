//! Delays: requests that wait before they go on, to see how a client bears a slow service.
//!
//! # Behaviour
//! [`Delay`] is a [`Policy`](crate::policy::Policy) that lets every request wait for a time: always the
//! same, or what a function says of the head, such as one request in ten. No time is no wait. What
//! waits holds neither thread nor lock, and no longer than [the limit](Delay::at_most), whatever is
//! asked for. A clock outside runs on meanwhile.
//!
//! # Reads / Writes
//! Whatever its function reads; writes nothing.
//!
//! # Errors
//! None of its own.
//!
//! # Cost
//! A timer for a request that waits, nothing for one that does not.
//!
//! # Example
//! ```
//! use agentgateway_core::{delay::Delay, policy::{Policy, PolicyLayer, When}};
//! use http::request;
//! use std::time::Duration;
//!
//! let slow = Delay::new(Duration::from_millis(200));
//! let some = When::new(|head: &request::Parts| head.uri.path() == "/slow", slow);
//! let layer = PolicyLayer::new(some);
//! ```

mod policy;
#[cfg(test)]
mod tests;

pub use self::policy::Delay;
