//! Every verb of the real command: what it prints, and its exit status.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod arguments;
mod canary;
mod everything;
mod fixtures;
mod forwarded;
mod offline;
mod operations;
mod running;
mod states;
