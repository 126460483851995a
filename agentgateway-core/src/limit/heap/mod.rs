//! How near the process is to the end of its memory.
//!
//! # Behaviour
//! [`Heap`] compares the memory in use with its limit, and tells two degrees of [`Pressure`]. It is a
//! [`Probe`](super::shed::Probe): mounted with [`Shed`](super::shed::Shed) it refuses new requests.
//! Above the second degree idle connections are to be closed, which
//! [`maintain`](Heap::maintain) asks the application for, and [uploads](Heap::upload) that are held in
//! memory fail.
//!
//! | pressure | begins at | ends below | then |
//! |---|---|---|---|
//! | [`Shedding`](Pressure::Shedding) | 0.90 | 0.85 | new requests are refused, streams go on |
//! | [`Closing`](Pressure::Closing) | 0.95 | 0.90 | idle connections are closed, too, and uploads fail |
//!
//! Memory is that of the first of these that has a limit. Cache of files, which the
//! system drops before it ends anybody, is no use of memory.
//!
//! | source | used | limit |
//! |---|---|---|
//! | [`limit_bytes`](Heap::limit_bytes), where it is set | the process's resident memory | as set |
//! | cgroup v2, the level that is nearest its limit | `memory.current` less `inactive_file` and `active_file` | `memory.max` |
//! | cgroup v1, the same | `memory.usage_in_bytes` less `total_inactive_file` and `total_active_file` | `memory.limit_in_bytes` |
//! | the host | the process's resident memory | all of its memory |
//!
//! Where none can be read, as on other systems than Linux, there is never pressure.
//!
//! # Cost
//! A look at the time. At most every 100 ms, one request reads some small files of the kernel's,
//! which takes some 50 µs; where [`maintain`](Heap::maintain) runs, requests seldom do.
//!
//! # Example
//! ```no_run
//! use agentgateway_core::limit::heap::Heap;
//! use std::time::Duration;
//!
//! # async fn run(close_idle: impl FnMut() + Send + 'static) {
//! let heap = Heap::new().shed_above(0.8);
//! // With a listener: `move || handle.close_idle()`.
//! tokio::spawn(heap.maintain(Duration::from_secs(1), close_idle));
//! # }
//! ```

mod gauge;
mod source;
#[cfg(test)]
mod tests;
mod upload;

pub use self::{
    gauge::{Heap, Pressure},
    source::MemoryUse,
    upload::Upload,
};
