use std::time::Duration;

use super::{Later, StoreError};

/// The shortest period of a [`Rate`].
const SHORTEST: Duration = Duration::from_millis(1);
/// The longest debt, as the time that it takes to be paid.
const LONGEST_DEBT: Duration = Duration::from_secs(24 * 60 * 60);

/// So many permits in such a period, and so many at once.
///
/// A bucket that holds [`burst`](Self::burst) permits, and that fills steadily: over a long time as
/// many are given as the rate says, at any moment no more than the burst.
///
/// # Example
/// ```
/// use agentgateway_core::store::Rate;
///
/// let rate = Rate::per_minute(600).burst(20);
/// assert_eq!((rate.permits(), rate.period().as_secs(), rate.capacity()), (600, 60, 20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    permits: u64,
    period: Duration,
    burst: u64,
}

impl Rate {
    /// So many in a period of at least 1 ms; at once as many as in a period. With 0 permits nothing
    /// is ever given.
    #[must_use]
    pub fn new(permits: u64, period: Duration) -> Self {
        Self {
            permits,
            period: period.max(SHORTEST),
            burst: permits,
        }
    }

    /// So many in a second.
    #[must_use]
    pub fn per_second(permits: u64) -> Self {
        Self::new(permits, Duration::from_secs(1))
    }

    /// So many in a minute.
    #[must_use]
    pub fn per_minute(permits: u64) -> Self {
        Self::new(permits, Duration::from_secs(60))
    }

    /// So many in an hour.
    #[must_use]
    pub fn per_hour(permits: u64) -> Self {
        Self::new(permits, Duration::from_secs(60 * 60))
    }

    /// How many may be taken at once after a pause. Default: as many as in a period; at least 1.
    #[must_use]
    pub fn burst(mut self, permits: u64) -> Self {
        self.burst = permits.max(1);
        self
    }

    /// How many are given in a period.
    #[must_use]
    pub const fn permits(self) -> u64 {
        self.permits
    }

    /// The period.
    #[must_use]
    pub const fn period(self) -> Duration {
        self.period
    }

    /// How many a full bucket holds.
    #[must_use]
    pub const fn capacity(self) -> u64 {
        self.burst
    }

    /// How deep a bucket may be in debt: what a day fills. So one absurd count does not shut a key
    /// out for ever.
    #[must_use]
    pub fn deepest_debt(self) -> u64 {
        let share = LONGEST_DEBT.as_secs_f64() / self.period.as_secs_f64();
        whole(self.permits as f64 * share).max(self.burst)
    }
}

/// A count as it is said: whole, not negative.
pub(super) fn whole(count: f64) -> u64 {
    // Saturates at both ends.
    count as u64
}

/// What came of [`RateStore::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// Every rate gave; otherwise nothing was taken from any.
    pub allowed: bool,
    /// The place of the rate that the other fields are about: the one that makes wait longest, or
    /// the one that has the smallest share left.
    pub rate: usize,
    /// What is left in its bucket.
    pub remaining: u64,
    /// When its bucket is full again.
    pub full_after: Duration,
    /// When the same would be given. Zero where it was.
    pub retry_after: Duration,
}

impl Taken {
    /// Everything that a store has to say; see the fields.
    #[must_use]
    pub const fn new(
        allowed: bool,
        rate: usize,
        remaining: u64,
        full_after: Duration,
        retry_after: Duration,
    ) -> Self {
        Self {
            allowed,
            rate,
            remaining,
            full_after,
            retry_after,
        }
    }
}

/// Keeps buckets of permits by key.
///
/// The buckets of one key are those of the rates that it is asked with: a rate that changes begins
/// with a full bucket.
pub trait RateStore: Send + Sync + 'static {
    /// Takes so many permits from the buckets of all these rates, or from none.
    ///
    /// With 0 permits nothing is taken, and it is allowed while each bucket holds something: for
    /// what is [charged](Self::charge) when it is known.
    fn take(&self, key: &str, rates: &[Rate], permits: u64) -> Later<Result<Taken, StoreError>>;

    /// Takes so many permits whether they are there or not. A bucket may fall into debt, to
    /// [a bound](Rate::deepest_debt).
    ///
    /// A store that is elsewhere is told soon, and may lose it; it says so.
    fn charge(&self, key: &str, rates: &[Rate], permits: u64);
}
