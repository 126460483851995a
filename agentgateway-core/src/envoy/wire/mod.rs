//! The messages as they are on the wire: what is used of them, and no more.
//!
//! Fields that are not named here are skipped when a message is read. The tests of this workspace
//! hold the messages against those that Envoy's own definitions generate.

pub(super) mod auth;
pub(super) mod common;
pub(super) mod google;
mod json;
pub(super) mod ratelimit;

pub(super) use self::json::{from_object, to_object};
