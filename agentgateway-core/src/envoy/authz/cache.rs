use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::request;
use tokio::time::Instant;

use super::verdict::Verdict;

const MAX_ENTRIES: usize = 10_000;

/// The largest key and the largest verdict that are kept, in bytes.
const MAX_KEY_BYTES: usize = 4 * 1024;
const MAX_VERDICT_BYTES: usize = 16 * 1024;

/// Verdicts that are used again for requests that are alike. Clones share them.
///
/// Two requests are alike when their keys are equal. **A key must hold everything by which the service
/// decides**: with the path alone in it, one caller has another's verdict. Yes and no are kept, a
/// failure never. What is above 4 KiB of key or 16 KiB of verdict is not kept.
#[derive(Clone)]
pub struct VerdictCache {
    key: Arc<dyn Fn(&request::Parts) -> Option<Key> + Send + Sync>,
    ttl: Arc<dyn Fn(&request::Parts) -> Option<Duration> + Send + Sync>,
    max_entries: usize,
    entries: Arc<Mutex<Entries>>,
}

/// The parts of a key, in order.
pub(super) type Key = Vec<Vec<u8>>;

#[derive(Default)]
struct Entries {
    kept: HashMap<Arc<Key>, Entry>,
    /// Keys in the order in which they came, with the numbers of their entries.
    order: VecDeque<(Arc<Key>, u64)>,
    next: u64,
}

struct Entry {
    verdict: Arc<Verdict>,
    expires: Instant,
    number: u64,
}

impl VerdictCache {
    /// Keeps verdicts so long, by the parts that this function makes of a request. One of which it
    /// makes none is not looked for and not kept.
    pub fn new(
        key: impl Fn(&request::Parts) -> Option<Vec<Vec<u8>>> + Send + Sync + 'static,
        ttl: Duration,
    ) -> Self {
        Self {
            key: Arc::new(key),
            ttl: Arc::new(move |_| Some(ttl)),
            max_entries: MAX_ENTRIES,
            entries: Arc::default(),
        }
    }

    /// Keeps a verdict as long as this function says of the request to which it has been applied; not
    /// at all where that is `None`.
    #[must_use]
    pub fn ttl(
        mut self,
        ttl: impl Fn(&request::Parts) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.ttl = Arc::new(ttl);
        self
    }

    /// How many verdicts are kept. Default: 10,000. At the limit the oldest one goes.
    #[must_use]
    pub const fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = if entries == 0 { 1 } else { entries };
        self
    }

    pub(super) fn key(&self, head: &request::Parts) -> Option<Key> {
        let bytes = |key: &Key| key.iter().map(Vec::len).sum::<usize>();
        (self.key)(head).filter(|key| !key.is_empty() && bytes(key) <= MAX_KEY_BYTES)
    }

    pub(super) fn find(&self, key: &Key) -> Option<Arc<Verdict>> {
        let entries = self.entries();
        let entry = entries.kept.get(key)?;
        (entry.expires > Instant::now()).then(|| Arc::clone(&entry.verdict))
    }

    pub(super) fn keep(&self, key: Key, verdict: &Arc<Verdict>, head: &request::Parts) {
        let now = Instant::now();
        let ttl = (self.ttl)(head).filter(|ttl| !ttl.is_zero());
        let Some(expires) = ttl.and_then(|ttl| now.checked_add(ttl)) else {
            return;
        };
        if verdict.weight() > MAX_VERDICT_BYTES {
            return;
        }
        let verdict = Arc::clone(verdict);
        self.entries()
            .keep(Arc::new(key), verdict, expires, now, self.max_entries);
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn keep(
        &mut self,
        key: Arc<Key>,
        verdict: Arc<Verdict>,
        expires: Instant,
        now: Instant,
        max_entries: usize,
    ) {
        self.next += 1;
        let number = self.next;
        let entry = Entry {
            verdict,
            expires,
            number,
        };
        self.kept.insert(Arc::clone(&key), entry);
        self.order.push_back((key, number));
        while let Some((oldest, number)) = self.order.front() {
            let entry = self.kept.get(oldest);
            let current = entry.filter(|entry| entry.number == *number);
            if current.is_some_and(|entry| entry.expires > now) && self.order.len() <= max_entries {
                break;
            }
            if current.is_some() {
                self.kept.remove(oldest);
            }
            self.order.pop_front();
        }
    }
}

impl fmt::Debug for VerdictCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerdictCache")
            .field("max_entries", &self.max_entries)
            .finish_non_exhaustive()
    }
}
