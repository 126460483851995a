use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What is in flight for each key. A key without anything in flight is not kept. Clones count together.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<HashMap<Arc<str>, usize>>>);

/// One place, given back when it is dropped.
pub(super) struct Place {
    of: InFlight,
    key: Arc<str>,
}

impl InFlight {
    /// A place for this key; `None` where it has `most` already.
    pub(super) fn enter(&self, key: &str, most: usize) -> Option<Place> {
        let mut counts = self.counts();
        let key = match counts.get_key_value(key) {
            Some((_, count)) if *count >= most => return None,
            Some((key, _)) => Arc::clone(key),
            None if most == 0 => return None,
            None => Arc::from(key),
        };
        *counts.entry(Arc::clone(&key)).or_default() += 1;
        drop(counts);
        Some(Place {
            of: self.clone(),
            key,
        })
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> usize {
        self.counts().len()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.counts();
        match counts.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.key);
            }
        }
    }
}

/// Without the keys: they may name persons.
impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").finish_non_exhaustive()
    }
}
