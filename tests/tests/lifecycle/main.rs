//! What the gateway does when it is told to end, and when its configuration changes.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod bare;
mod confined;
mod drain;
mod held;
mod reload;
mod signals;
mod start;
mod swaps;
mod upgrade;
