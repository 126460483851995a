use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::source::{self, MemoryUse};
use crate::limit::shed::Probe;

/// How far below its beginning a pressure ends.
const HYSTERESIS: f64 = 0.05;
/// How long a look at the memory is good.
const FRESH: Duration = Duration::from_millis(100);

type Source = Arc<dyn Fn() -> Option<MemoryUse> + Send + Sync>;

/// How near the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Pressure {
    /// There is room.
    Normal,
    /// New requests are to be refused.
    Shedding,
    /// Idle connections are to be closed, too.
    Closing,
}

/// Watches the memory. Clones share what they have seen.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct Heap {
    source: Source,
    shed_above: f64,
    close_above: f64,
    seen: Arc<Seen>,
}

struct Seen {
    begun: Instant,
    /// Milliseconds since `begun` at which the next look is due.
    due: AtomicU64,
    pressure: AtomicU8,
    /// How much was left below the second degree, less what uploads may have taken since.
    room_bytes: AtomicU64,
    used: Mutex<Option<MemoryUse>>,
}

impl Heap {
    /// The memory of the system; see the [module](super).
    #[must_use]
    pub fn new() -> Self {
        Self::with_source(source::system)
    }

    /// Memory as this says; `None` where nothing is known. It must not block for long.
    pub fn with_source(source: impl Fn() -> Option<MemoryUse> + Send + Sync + 'static) -> Self {
        Self {
            source: Arc::new(source),
            shed_above: 0.90,
            close_above: 0.95,
            seen: Arc::new(Seen {
                begun: Instant::now(),
                due: AtomicU64::new(0),
                pressure: AtomicU8::new(Pressure::Normal as u8),
                room_bytes: AtomicU64::new(u64::MAX),
                used: Mutex::new(None),
            }),
        }
    }

    /// Measures the process's own resident memory against this limit.
    #[must_use]
    pub fn limit_bytes(mut self, bytes: u64) -> Self {
        self.source = Arc::new(move || source::process(bytes));
        self
    }

    /// The share of the limit from which on new requests are refused. Default: 0.90.
    #[must_use]
    pub const fn shed_above(mut self, share: f64) -> Self {
        self.shed_above = share;
        self
    }

    /// The share of the limit from which on idle connections are closed. Default: 0.95.
    #[must_use]
    pub const fn close_above(mut self, share: f64) -> Self {
        self.close_above = share;
        self
    }

    /// How near the end is, as it was seen in the last 100 ms, or when it was last looked at for an
    /// [upload](Self::upload).
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        let now = u64::try_from(self.seen.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = self.seen.due.load(Relaxed);
        let next = now.saturating_add(FRESH.as_millis() as u64);
        // One of those who come at the same time looks; the others have what was seen before.
        let looks = now >= due
            && self
                .seen
                .due
                .compare_exchange(due, next, Relaxed, Relaxed)
                .is_ok();
        if looks {
            self.look()
        } else {
            self.seen.pressure()
        }
    }

    /// Whether there is room for another piece of an upload of which so many bytes have come with it.
    ///
    /// That piece may take as much as all of them: a buffer that grows is copied. So each piece claims as
    /// much of the room that was seen, and where nothing is left to claim the memory is looked at anew:
    /// uploads that grow at one time cannot take together what each of them was promised.
    pub(super) fn takes(&self, read: u64) -> bool {
        let _ = self.pressure();
        self.claim(read) || {
            self.look();
            self.claim(read)
        }
    }

    fn claim(&self, bytes: u64) -> bool {
        let less = |room: u64| room.checked_sub(bytes);
        self.seen
            .room_bytes
            .fetch_update(Relaxed, Relaxed, less)
            .is_ok()
    }

    /// The memory as it was seen last; `None` where nothing is known.
    #[must_use]
    pub fn last_seen(&self) -> Option<MemoryUse> {
        *self.seen.used()
    }

    /// Looks every so often, and asks for idle connections to be closed as often as there is
    /// [pressure](Pressure::Closing) for it. It runs until it is dropped.
    ///
    /// # Cancel safety
    /// It may be dropped at any time and called again.
    pub fn maintain<F>(
        &self,
        every: Duration,
        mut close_idle: F,
    ) -> impl Future<Output = ()> + Send + 'static + use<F>
    where
        F: FnMut() + Send + 'static,
    {
        let heap = self.clone();
        async move {
            let mut ticks = interval(every.max(FRESH));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if heap.pressure() == Pressure::Closing {
                    close_idle();
                }
            }
        }
    }

    fn look(&self) -> Pressure {
        // One at a time: what is seen later is stored later.
        let mut seen = self.seen.used();
        let used = (self.source)();
        let room = used.map_or(u64::MAX, |used| used.room(self.close_above));
        self.seen.room_bytes.store(room, Relaxed);
        *seen = used;
        drop(seen);
        let before = self.seen.pressure();
        let share = used.map_or(0.0, MemoryUse::share);
        let now = self.judge(before, share);
        self.seen.pressure.store(now as u8, Relaxed);
        match now.cmp(&before) {
            std::cmp::Ordering::Greater => {
                tracing::warn!(pressure = ?now, share, "memory runs out")
            }
            std::cmp::Ordering::Less => tracing::info!(pressure = ?now, share, "memory recovers"),
            std::cmp::Ordering::Equal => {}
        }
        now
    }

    fn judge(&self, before: Pressure, share: f64) -> Pressure {
        let is = |pressure, above: f64| {
            share >= above || (before >= pressure && share >= above - HYSTERESIS)
        };
        if is(Pressure::Closing, self.close_above) {
            Pressure::Closing
        } else if is(Pressure::Shedding, self.shed_above) {
            Pressure::Shedding
        } else {
            Pressure::Normal
        }
    }
}

impl Seen {
    fn pressure(&self) -> Pressure {
        match self.pressure.load(Relaxed) {
            0 => Pressure::Normal,
            1 => Pressure::Shedding,
            _ => Pressure::Closing,
        }
    }

    fn used(&self) -> MutexGuard<'_, Option<MemoryUse>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

impl Probe for Heap {
    fn is_overloaded(&self) -> bool {
        self.pressure() >= Pressure::Shedding
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("shed_above", &self.shed_above)
            .field("close_above", &self.close_above)
            .field("pressure", &self.seen.pressure())
            .finish_non_exhaustive()
    }
}
