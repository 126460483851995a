use std::time::Duration;

use bytes::Bytes;

use super::expiring::Expiring;
use crate::store::{Later, MAX_SESSION_BYTES, SessionStore, StoreError};

/// Default of [`MemorySessions::with_max_bytes`].
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The smallest part: no session is heavier than half of it.
const FEWEST_BYTES: usize = 16 * MAX_SESSION_BYTES;
/// What an entry takes beside its key and its bytes, roughly.
const ENTRY_BYTES: usize = 128;

/// Sessions in the memory of this process.
///
/// It answers at once. Over its bound it forgets the sessions that were not asked for longest,
/// roughly: their clients begin anew.
#[derive(Debug)]
pub struct MemorySessions(Expiring<Bytes>);

impl MemorySessions {
    /// With room for 64 MiB.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_bytes(MAX_BYTES)
    }

    /// With room for so many bytes, roughly, names and what each session takes beside included.
    #[must_use]
    pub fn with_max_bytes(bytes: usize) -> Self {
        Self(Expiring::new(bytes, FEWEST_BYTES, |key, (_, sealed)| {
            ENTRY_BYTES + key.len() + sealed.len()
        }))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionStore for MemorySessions {
    fn put(
        &self,
        session: &str,
        sealed: Bytes,
        lifetime: Duration,
    ) -> Later<Result<(), StoreError>> {
        if sealed.len() > MAX_SESSION_BYTES {
            return Later::Now(Err(StoreError::TooLarge));
        }
        self.0.put(session, sealed, lifetime);
        Later::Now(Ok(()))
    }

    fn get(&self, session: &str) -> Later<Result<Option<Bytes>, StoreError>> {
        Later::Now(Ok(self.0.get(session)))
    }

    fn remove(&self, session: &str) -> Later<Result<(), StoreError>> {
        self.0.remove(session);
        Later::Now(Ok(()))
    }
}
