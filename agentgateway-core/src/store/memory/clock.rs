use std::time::Duration;

use tokio::time::Instant;

/// Microseconds since a store was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> u64 {
        micros(self.0.elapsed())
    }

    /// The moment so far ahead.
    pub(super) fn after(self, time: Duration) -> u64 {
        self.now().saturating_add(micros(time))
    }
}

/// A time that nothing outlives is half a million years.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
