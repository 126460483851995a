use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::random::hash;

/// What one request wants of the pick.
#[derive(Clone, Debug, Default)]
pub struct Criteria {
    pub(super) affinity: Option<Affinity>,
    pub(super) prefer: Option<Prefer>,
    pub(super) tried: Option<Tried>,
}

impl Criteria {
    /// Any endpoint will do.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The endpoint to which this key leads. Default: none, the less loaded of two.
    #[must_use]
    pub const fn affinity(mut self, affinity: Affinity) -> Self {
        self.affinity = Some(affinity);
        self
    }

    /// This endpoint, before any affinity, as long as it takes requests. Default: none.
    #[must_use]
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.prefer = Some(prefer);
        self
    }

    /// None of those that were tried already, as long as there is another. The pick is written down
    /// there. Default: none was tried.
    #[must_use]
    pub fn tried(mut self, tried: &Tried) -> Self {
        self.tried = Some(tried.clone());
        self
    }
}

// === impl Affinity ===

/// A key that leads to one endpoint: a conversation, a prompt's prefix, a tenant.
///
/// An extension of a request that [`Balance`](super::Balance) reads. The same key leads to the same
/// endpoint in every replica, as long as their sets are alike. It is a wish: an endpoint that is
/// ejected, tried or overloaded is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Affinity(pub(super) u64);

impl Affinity {
    /// The affinity of some bytes. It is no secret hash: who chooses the bytes can choose the
    /// endpoint.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(hash(bytes.as_ref()))
    }
}

/// A hash that the application has computed.
impl From<u64> for Affinity {
    fn from(hash: u64) -> Self {
        Self(hash)
    }
}

// === impl Prefer ===

/// The key of the one endpoint that knows what a request is about: a task, a session.
///
/// An extension of a request that [`Balance`](super::Balance) reads; the key is that of a
/// [`Member`](super::Member), as [`Chosen`] tells it. It stands above an [`Affinity`] and above the order
/// of priorities, and has no bound of load: no other endpoint knows the answer. It is a wish all the same:
/// an endpoint that has left the set, that is out or ejected and not due for a probe, or that was tried,
/// is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prefer(pub(super) Arc<str>);

impl Prefer {
    /// The endpoint of this key.
    pub fn new(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }

    /// The endpoint's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.0
    }
}

// === impl Tried ===

/// The endpoints that the attempts of one request have used.
///
/// An extension of a request that [`Balance`](super::Balance) reads and writes. Whoever retries
/// makes one for the request and puts a clone of it into each attempt; clones are one list. It
/// grows by one key with each attempt on another endpoint.
#[derive(Clone, Default)]
pub struct Tried(Arc<Mutex<Attempts>>);

#[derive(Default)]
struct Attempts {
    keys: Vec<Arc<str>>,
    left: usize,
}

impl Tried {
    /// No endpoint yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes an endpoint down, as if it had been picked.
    pub fn insert(&self, key: impl Into<Arc<str>>) {
        let key = key.into();
        let keys = &mut self.lock().keys;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }

    /// The keys so far, in the order of their first attempts.
    #[must_use]
    pub fn keys(&self) -> Vec<Arc<str>> {
        self.lock().keys.clone()
    }

    /// How many endpoints would take a request and were not tried, when the last attempt failed; 0
    /// before. [`Balance`](super::Balance) writes it down.
    ///
    /// A `Retry-After` of one endpoint says nothing of another: who knows that there is one need not
    /// wait.
    #[must_use]
    pub fn left(&self) -> usize {
        self.lock().left
    }

    pub(crate) fn set_left(&self, left: usize) {
        self.lock().left = left;
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tried").field(&self.keys()).finish()
    }
}

// === impl Chosen ===

/// The key of the endpoint that answered, in the extensions of a response of
/// [`Balance`](super::Balance).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chosen(pub(super) Arc<str>);

impl Chosen {
    /// The endpoint's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.0
    }
}
