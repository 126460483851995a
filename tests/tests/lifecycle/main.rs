//! What the gateway does when it is told to end, and stacks that are replaced under load.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod drain;
mod held;
mod swaps;
