//! Real clients through the gateway to real peers.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod a2a;
mod batches;
mod cards;
mod demo;
mod llm;
mod mcp;
mod oauth;
mod recordings;
mod tools;
