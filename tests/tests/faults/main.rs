//! What goes wrong on purpose, against the whole gateway; and the table of all such tests.
//!
//! The files are by duty. `table` holds no fault: it makes `docs/faults.md` of the doc comments that
//! stand above the tests of the whole workspace.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod abuse;
mod bodies;
mod codecs;
mod disconnects;
mod forwarding;
mod http2;
mod link;
mod listeners;
mod log;
mod log_file;
mod pause;
mod request_heads;
mod say;
mod scene;
mod table;
mod upstream_answers;
