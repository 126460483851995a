use std::{fmt, sync::Arc};

use super::{Used, shared::Shared};
use crate::body::End;

/// A promise to tell what a call used. From [`Meter::claim`](super::Meter::claim).
///
/// Dropped without a word, it tells that nothing is known, and that the exchange was dropped.
#[must_use = "dropped, it tells that nothing is known"]
pub struct MeterClaim(Option<Arc<Shared>>);

impl MeterClaim {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self(Some(shared))
    }

    /// The answer has ended so, and the call has used this.
    pub fn settle(mut self, used: &Used, end: End<'_>) {
        if let Some(shared) = self.0.take() {
            shared.tell_all(Some(used), end);
        }
    }
}

impl Drop for MeterClaim {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            shared.tell_all(None, End::Dropped);
        }
    }
}

impl fmt::Debug for MeterClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterClaim").finish_non_exhaustive()
    }
}
