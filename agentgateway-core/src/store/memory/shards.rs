use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

/// As many as make it unlikely that two threads want the same one.
const SHARDS: usize = 64;
/// The fewest keys for which a part is worth its while.
pub(crate) const FEWEST_KEYS: usize = 64;

/// Parts of a map, each with a lock of its own that is held for one look.
#[derive(Debug)]
pub(crate) struct Shards<S> {
    first: Mutex<S>,
    more: Box<[Mutex<S>]>,
    hasher: RandomState,
}

impl<S> Shards<S> {
    /// As many as a bound allows, when none is to be smaller than `smallest`; each is made for its
    /// share of the bound.
    pub(crate) fn new(bound: usize, smallest: usize, part: impl Fn(usize) -> S) -> Self {
        let count = (bound / smallest.max(1)).clamp(1, SHARDS);
        let share = bound.div_ceil(count).max(1);
        Self {
            first: Mutex::new(part(share)),
            more: (1..count).map(|_| Mutex::new(part(share))).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Shows the part of this key.
    pub(crate) fn with<R>(&self, key: &str, look: impl FnOnce(&mut S) -> R) -> R {
        let count = self.more.len() as u64 + 1;
        let place = self.hasher.hash_one(key) % count;
        let part = usize::try_from(place)
            .ok()
            .and_then(|place| self.more.get(place))
            .unwrap_or(&self.first);
        look(&mut part.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows all parts, one after another.
    #[cfg(test)]
    pub(crate) fn sum(&self, count: impl Fn(&S) -> usize) -> usize {
        let parts = std::iter::once(&self.first).chain(&self.more);
        parts.map(|part| count(&part.lock().unwrap())).sum()
    }
}
