use std::{fmt, sync::Arc};

use crate::{
    config::{snapshot::Snapshot, status::Bound},
    overview::Overview,
};

/// What a configuration has to say of itself while it runs.
#[derive(Clone)]
pub struct Account {
    overview: Arc<dyn Fn(&Bound) -> Overview + Send + Sync>,
    snapshot: Arc<Snapshot>,
}

impl Account {
    /// Says this of its objects under what is bound, and serves this.
    pub fn new(
        snapshot: Arc<Snapshot>,
        overview: impl Fn(&Bound) -> Overview + Send + Sync + 'static,
    ) -> Self {
        Self {
            overview: Arc::new(overview),
            snapshot,
        }
    }

    pub(super) fn overview(&self, bound: &Bound) -> Overview {
        (self.overview)(bound)
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}
