//! A deployment from manifests, as a platform engineer has it: served over sockets from a directory
//! that changes while requests run.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod endpoints;
mod fixture;
mod grants;
mod scene;
mod served;
mod stand_in;
mod table;
mod tracing;
