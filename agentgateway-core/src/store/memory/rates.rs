use std::fmt;

use super::{
    bucket::Buckets,
    clock::Clock,
    generations::Generations,
    shards::{FEWEST_KEYS, Shards},
};
use crate::store::{Later, Rate, RateStore, StoreError, Taken};

/// Default of [`MemoryRates::with_max_keys`].
const MAX_KEYS: usize = 65_536;

/// Buckets in the memory of this process.
///
/// It answers at once and never fails. Over its bound of keys it forgets those that were not asked
/// for longest, roughly: a bucket that is forgotten is full. Who can choose a new key for each
/// request has a full bucket each time anyway, so a key must be one that a caller cannot choose.
///
/// A key takes about 150 bytes and its own length.
pub struct MemoryRates {
    clock: Clock,
    keys: Shards<Generations<Buckets>>,
}

impl MemoryRates {
    /// With room for 65,536 keys.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_keys(MAX_KEYS)
    }

    /// With room for so many keys, roughly, and for one at least.
    #[must_use]
    pub fn with_max_keys(keys: usize) -> Self {
        Self {
            clock: Clock::start(),
            keys: Shards::new(keys, FEWEST_KEYS, |share| Generations::new(share, |_, _| 1)),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.keys.sum(Generations::len)
    }
}

impl Default for MemoryRates {
    fn default() -> Self {
        Self::new()
    }
}

impl RateStore for MemoryRates {
    fn take(&self, key: &str, rates: &[Rate], permits: u64) -> Later<Result<Taken, StoreError>> {
        let now = self.clock.now();
        let taken = self.keys.with(key, |keys| {
            keys.with(key, Buckets::default, |buckets| {
                buckets.take(rates, permits, now)
            })
        });
        Later::Now(Ok(taken))
    }

    fn charge(&self, key: &str, rates: &[Rate], permits: u64) {
        let now = self.clock.now();
        self.keys.with(key, |keys| {
            keys.with(key, Buckets::default, |buckets| {
                buckets.charge(rates, permits, now);
            });
        });
    }
}

impl fmt::Debug for MemoryRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRates").finish_non_exhaustive()
    }
}
