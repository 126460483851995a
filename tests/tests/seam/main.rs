//! The seam: every protocol layer mounts on every stack that people have.
//!
//! The files of `mount/` are compiled once for each protocol. `mcp.rs` and its neighbours say what a
//! call of the protocol is and what its errors look like; `mount/` says where a layer may stand.
#![expect(
    clippy::duplicate_mod,
    reason = "one set of tests, compiled against each protocol's layer"
)]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod a2a;
mod across;
mod grpc;
mod llm;
mod mcp;
mod retries;
#[cfg(unix)]
mod rmcp;
mod support;
