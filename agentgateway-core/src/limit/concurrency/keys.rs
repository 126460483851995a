use std::{collections::HashMap, fmt, sync::Arc};

use http::request;

use crate::{
    limit::Key,
    store::{FEWEST_KEYS, Shards},
};

/// What is in flight for each key. A key without anything in flight is not kept.
pub(super) struct Keys {
    key: Key,
    most: usize,
    in_flight: Shards<HashMap<Arc<str>, usize>>,
}

/// A place under the limit of a key, given back when it is dropped.
pub(super) struct Place {
    keys: Arc<Keys>,
    key: Arc<str>,
}

/// The key has as many in flight as it may.
pub(super) struct Full;

impl Keys {
    pub(super) fn new(key: Key, most: usize) -> Self {
        Self {
            key,
            most,
            in_flight: Shards::new(usize::MAX, FEWEST_KEYS, |_| HashMap::new()),
        }
    }

    /// `None` where the request has no key.
    pub(super) fn enter(self: &Arc<Self>, head: &request::Parts) -> Result<Option<Place>, Full> {
        let Some(key) = self.key.of(head) else {
            return Ok(None);
        };
        let key: Arc<str> = key.into();
        self.in_flight.with(&key, |in_flight| {
            let count = in_flight.get(&key).copied().unwrap_or(0);
            if count >= self.most {
                return Err(Full);
            }
            in_flight.insert(Arc::clone(&key), count + 1);
            Ok(())
        })?;
        let keys = Arc::clone(self);
        Ok(Some(Place { keys, key }))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.in_flight.sum(HashMap::len)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.keys
            .in_flight
            .with(&self.key, |in_flight| match in_flight.get_mut(&self.key) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    in_flight.remove(&self.key);
                }
            });
    }
}

/// Without the keys: they may name persons.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}
