//! The gateway from end to end: what passes, what it says of itself, and how it ends.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod admin;
mod blocked;
mod command;
mod exposed;
mod mcp_calls;
mod memory;
mod provider;
mod recordings;
mod scrapes;
mod streams;
mod watched;
