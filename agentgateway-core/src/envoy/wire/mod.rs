//! The messages as they are on the wire: what is used of them, and no more.
//!
//! Fields that are not named here are skipped when a message is read. The tests of this workspace
//! hold the messages against those that Envoy's own definitions generate.

pub(super) mod common;
pub(super) mod google;
pub(super) mod ratelimit;
