use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What has happened on the pipes to a server since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PipeCounts {
    /// Pipes that were opened: processes started.
    pub opened: u64,
    /// Those of them that ended without having been asked to, or could not be opened.
    pub failed: u64,
    /// What the server wrote that is no message.
    pub strays: u64,
    /// Messages that were for nobody: answers nobody waits for, progress of nothing that runs.
    pub unclaimed: u64,
    /// Messages whose client had no room for them.
    pub crowded_out: u64,
}

/// The same, while it happens.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(super) opened: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) strays: AtomicU64,
    pub(super) unclaimed: AtomicU64,
    pub(super) crowded_out: AtomicU64,
}

impl Counts {
    pub(super) fn one(of: &AtomicU64) {
        of.fetch_add(1, Relaxed);
    }

    pub(crate) fn so_far(&self) -> PipeCounts {
        PipeCounts {
            opened: self.opened.load(Relaxed),
            failed: self.failed.load(Relaxed),
            strays: self.strays.load(Relaxed),
            unclaimed: self.unclaimed.load(Relaxed),
            crowded_out: self.crowded_out.load(Relaxed),
        }
    }
}
