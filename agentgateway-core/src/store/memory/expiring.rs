use std::{fmt, time::Duration};

use super::{clock::Clock, generations::Generations, shards::Shards};

/// Values that are forgotten after their time, or earlier where there is no room.
pub(super) struct Expiring<V> {
    clock: Clock,
    values: Shards<Generations<(u64, V)>>,
}

impl<V: Clone> Expiring<V> {
    /// With room for such a weight, in parts of no less than `smallest`.
    pub(super) fn new(bound: usize, smallest: usize, weigh: fn(&str, &(u64, V)) -> usize) -> Self {
        Self {
            clock: Clock::start(),
            values: Shards::new(bound, smallest, |share| Generations::new(share, weigh)),
        }
    }

    pub(super) fn put(&self, key: &str, value: V, lifetime: Duration) {
        let expires = self.clock.after(lifetime);
        self.values
            .with(key, |values| values.insert(key, (expires, value)));
    }

    pub(super) fn get(&self, key: &str) -> Option<V> {
        let now = self.clock.now();
        self.values.with(key, |values| {
            let (expires, value) = values.get(key)?;
            if *expires > now {
                return Some(value.clone());
            }
            values.remove(key);
            None
        })
    }

    pub(super) fn remove(&self, key: &str) {
        self.values.with(key, |values| values.remove(key));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.values.sum(Generations::len)
    }
}

impl<V> fmt::Debug for Expiring<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expiring").finish_non_exhaustive()
    }
}
