use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::FutureExt;
use tokio::time::{self, Instant};

use super::{
    Addresses, Resolve, Resolving,
    memory::{Asked, Flight, Memory},
};

const FRESH: Duration = Duration::from_secs(10);
const STALE: Duration = Duration::from_secs(5 * 60);
const RETRY: Duration = Duration::from_secs(5);
const NAMES: usize = 1024;

/// How long a lookup keeps one waiting who could have an old answer.
///
/// RFC 8767, section 5: the client response timer.
const PATIENCE: Duration = Duration::from_millis(1800);

/// Remembers what another resolver has said. Clones share what they know.
///
/// # Behaviour
///
/// * An answer is used as long as its TTL says, or [`fresh_for`](Self::fresh_for) without one; a week
///   at most.
/// * Those who ask for one name at once share one lookup. It is driven by whoever waits for it, in no
///   task of its own; who gives up leaves it to the others.
/// * When a lookup fails, or says nothing for 1.8 s, the last good answer serves, for as long as
///   [`stale_for`](Self::stale_for) says. "No such name" and an empty answer are no failure of the
///   resolver: then the old answer is forgotten.
/// * A failure is believed for [`retry_after`](Self::retry_after); nobody is asked in that time.
///
/// # Source
///
/// RFC 8767 (serving stale data), RFC 2308 (negative caching).
#[derive(Clone)]
pub struct CachedResolver {
    inner: Arc<dyn Resolve>,
    memory: Arc<Mutex<Memory>>,
    times: Times,
}

/// How long what is believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) fresh: Duration,
    pub(super) stale: Duration,
    pub(super) retry: Duration,
}

impl CachedResolver {
    /// Remembers what `inner` says, of up to 1024 names.
    #[must_use]
    pub fn new(inner: impl Resolve + 'static) -> Self {
        Self {
            inner: Arc::new(inner),
            memory: Arc::new(Mutex::new(Memory::new(NAMES))),
            times: Times {
                fresh: FRESH,
                stale: STALE,
                retry: RETRY,
            },
        }
    }

    /// How long an answer without a TTL is used. Default: 10 s.
    #[must_use]
    pub const fn fresh_for(mut self, limit: Duration) -> Self {
        self.times.fresh = limit;
        self
    }

    /// How long after its time an answer may still serve while the resolver fails. Default: 5 min.
    #[must_use]
    pub const fn stale_for(mut self, limit: Duration) -> Self {
        self.times.stale = limit;
        self
    }

    /// How long a failure is believed before the resolver is asked again. Default: 5 s.
    #[must_use]
    pub const fn retry_after(mut self, limit: Duration) -> Self {
        self.times.retry = limit;
        self
    }

    /// How many names are remembered. Default: 1024.
    ///
    /// Beyond it the name that was asked for the longest ago is forgotten. One is always remembered.
    #[must_use]
    pub fn names(self, limit: usize) -> Self {
        locked(&self.memory).keep(limit);
        self
    }

    /// The lookup that all who ask now share.
    fn fly(&self, host: &str, number: u64) -> Flight {
        let (inner, host, times) = (Arc::clone(&self.inner), host.to_owned(), self.times);
        // The memory holds the flight: a strong pointer back would keep both for ever.
        let memory = Arc::downgrade(&self.memory);
        let lookup = async move {
            let found = match inner.resolve(&host).await {
                Ok(answer) if answer.addresses().is_empty() => {
                    Err(io::Error::new(io::ErrorKind::NotFound, NoAddress))
                }
                found => found,
            };
            let found = found.map_err(Arc::new);
            if let Some(memory) = memory.upgrade() {
                locked(&memory).landed(&host, number, &found, times, Instant::now());
            }
            found
        };
        lookup.boxed().shared()
    }

    async fn ask(&self, host: &str) -> io::Result<Addresses> {
        let asked = locked(&self.memory).ask(host, Instant::now(), |number| self.fly(host, number));
        let (flight, old) = match asked {
            Asked::Known(found) => return found.map_err(again),
            Asked::Wait { flight, old } => (flight, old),
        };
        let Some(old) = old else {
            return flight.await.map_err(again);
        };
        match time::timeout(PATIENCE, flight).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if is_answer(&error) => Err(again(error)),
            Ok(Err(_)) => Ok(old),
            Err(_) => {
                locked(&self.memory).overdue(host, self.times, Instant::now());
                Ok(old)
            }
        }
    }
}

impl Resolve for CachedResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(self.ask(host))
    }
}

impl fmt::Debug for CachedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedResolver")
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// The resolver knows that there is no such name, so it has not failed.
pub(super) fn is_answer(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// The same error, for one more who asked.
fn again(error: Arc<io::Error>) -> io::Error {
    io::Error::new(error.kind(), error)
}

fn locked(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct NoAddress;

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address")
    }
}

impl std::error::Error for NoAddress {}
