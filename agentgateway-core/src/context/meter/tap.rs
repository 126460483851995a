use std::{fmt, sync::Arc};

use super::shared::Shared;
use crate::body::End;

/// What a policy keeps of a meter until the body has ended. From [`Meter::tap`](super::Meter::tap).
///
/// Dropped without an end, it ends as one whose client went away.
#[must_use = "dropped, it ends"]
pub struct MeterTap {
    shared: Option<Arc<Shared>>,
    place: usize,
}

impl MeterTap {
    pub(super) const fn new(shared: Arc<Shared>, place: usize) -> Self {
        Self {
            shared: Some(shared),
            place,
        }
    }

    /// The body has ended: where nobody has claimed the meter, nobody will tell what was used.
    pub fn end(mut self, end: End<'_>) {
        if let Some(shared) = self.shared.take() {
            shared.tell(self.place, end);
        }
    }
}

impl Drop for MeterTap {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.tell(self.place, End::Dropped);
        }
    }
}

impl fmt::Debug for MeterTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterTap").finish_non_exhaustive()
    }
}
