//! What the handles of a connection and its driver know of each other.

use std::{
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU8, AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed, Release},
        },
    },
    time::Duration,
};

use atomic_waker::AtomicWaker;
use tokio::time::Instant;

/// In `room`: no stream is opened any more.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// What the service's first bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Greeting {
    Awaited,
    /// Its SETTINGS.
    Settings,
    /// Something that is not HTTP/2.
    Foreign,
}

/// Called when a stream has ended.
pub(super) type Freed = Box<dyn Fn() + Send + Sync>;

/// One connection's counters.
pub(super) struct Shared {
    freed: Freed,
    born: Instant,
    /// Streams that are open, and [`CLOSED`].
    room: AtomicUsize,
    /// How many there may be.
    limit: AtomicUsize,
    /// When the last stream ended, in milliseconds since `born`.
    unused_since: AtomicU64,
    greeting: AtomicU8,
}

impl Shared {
    pub(super) fn new(freed: Freed) -> Self {
        Self {
            freed,
            born: Instant::now(),
            room: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
            unused_since: AtomicU64::new(0),
            greeting: AtomicU8::new(Greeting::Awaited as u8),
        }
    }

    pub(super) fn greeting(&self) -> Greeting {
        match self.greeting.load(Acquire) {
            greeting if greeting == Greeting::Settings as u8 => Greeting::Settings,
            greeting if greeting == Greeting::Foreign as u8 => Greeting::Foreign,
            _ => Greeting::Awaited,
        }
    }

    pub(super) fn greeted(&self, greeting: Greeting) {
        self.greeting.store(greeting as u8, Release);
    }

    pub(super) fn set_limit(&self, streams: usize) {
        self.limit.store(streams, Relaxed);
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.load(Relaxed)
    }

    pub(super) fn streams(&self) -> usize {
        self.room.load(Relaxed) & !CLOSED
    }

    pub(super) fn is_closed(&self) -> bool {
        self.room.load(Acquire) & CLOSED != 0
    }

    #[cfg(test)]
    pub(super) fn has_room(&self) -> bool {
        // Closed is more than any limit.
        self.room.load(Acquire) < self.limit()
    }

    /// A stream below the limit, which no other can take.
    pub(super) fn join(self: &Arc<Self>) -> Option<Arc<Slot>> {
        self.enter(self.limit())
    }

    /// A stream beyond the limit, which then waits for one that ends.
    pub(super) fn join_behind(self: &Arc<Self>) -> Option<Arc<Slot>> {
        self.enter(CLOSED)
    }

    fn enter(self: &Arc<Self>, limit: usize) -> Option<Arc<Slot>> {
        self.room
            .fetch_update(AcqRel, Acquire, |room| (room < limit).then(|| room + 1))
            .ok()?;
        Some(Arc::new(Slot {
            shared: Arc::clone(self),
            stopped: AtomicBool::new(false),
            uploader: AtomicWaker::new(),
        }))
    }

    pub(super) fn close(&self) {
        self.room.fetch_or(CLOSED, AcqRel);
    }

    /// Closes what was unused for so long, or says when to ask again.
    pub(super) fn retire(&self, idle_timeout: Duration) -> Result<(), Instant> {
        let now = Instant::now();
        let used = self.born + Duration::from_millis(self.unused_since.load(Relaxed));
        let since = if self.streams() == 0 { used } else { now };
        let due = since + idle_timeout;
        if now < due {
            return Err(due);
        }
        self.room
            .compare_exchange(0, CLOSED, AcqRel, Acquire)
            .map(drop)
            .map_err(|_| now + idle_timeout)
    }
}

/// One stream. Held by its request's body and by its answer, and given back by the last of them.
pub(super) struct Slot {
    shared: Arc<Shared>,
    stopped: AtomicBool,
    uploader: AtomicWaker,
}

impl Slot {
    /// Nobody wants the answer: the request's body ends too.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Release);
        self.uploader.wake();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Acquire)
    }

    pub(super) const fn uploader(&self) -> &AtomicWaker {
        &self.uploader
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let now = self.shared.born.elapsed().as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        self.shared.unused_since.store(now, Relaxed);
        self.shared.room.fetch_sub(1, AcqRel);
        (self.shared.freed)();
    }
}
