//! One timer per connection, for what hyper has no clock for: silence before the first byte, and
//! idleness apart from slow heads (hyper's header timeout runs while a connection is idle).

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

/// The timer must be able to wait.
const SHORTEST: Duration = Duration::from_millis(1);
/// What can be added to any present: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What socket and service note for the clock.
///
/// All orderings are relaxed. HTTP/2 streams end in tasks of their own, perhaps after the last turn
/// of the connection's task: the timer runs while requests are in flight, too, and looks again.
#[derive(Debug, Default)]
pub(super) struct Activity {
    in_flight: AtomicUsize,
    started: AtomicUsize,
    writes: AtomicUsize,
    head_bytes: AtomicBool,
    http2: AtomicBool,
}

impl Activity {
    /// Bytes came. Between requests of HTTP/1.1 they are the next head; of HTTP/2 they may be pings.
    pub(super) fn received(&self, bytes: &[u8]) {
        if self.started.load(Relaxed) == 0 && bytes.starts_with(b"PRI * HTTP/2") {
            self.http2.store(true, Relaxed);
        }
        if self.in_flight.load(Relaxed) == 0 {
            self.head_bytes.store(true, Relaxed);
        }
    }

    /// Bytes left. hyper drops a body when it has taken its last frame, which may be long before a
    /// slow client has: an answer that is still read is not idleness.
    pub(super) fn sent(&self) {
        self.writes.fetch_add(1, Relaxed);
    }

    /// A request's head is whole. The request is in flight until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: http::Version) -> InFlight {
        if version == http::Version::HTTP_2 {
            self.http2.store(true, Relaxed);
        }
        self.head_bytes.store(false, Relaxed);
        self.started.fetch_add(1, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
        InFlight {
            activity: Arc::clone(self),
        }
    }

    fn phase(&self) -> Phase {
        let started = self.started.load(Relaxed);
        let http2 = self.http2.load(Relaxed);
        if self.in_flight.load(Relaxed) > 0 {
            Phase::Busy
        } else if !http2 && (started == 0 || self.head_bytes.load(Relaxed)) {
            Phase::Head(started)
        } else if http2 {
            // Its flow control bounds what is left to send, and its pings are no sign of use.
            Phase::Idle(started, 0)
        } else {
            Phase::Idle(started, self.writes.load(Relaxed))
        }
    }
}

/// A request between its head and the end of its answer.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.activity.in_flight.fetch_sub(1, Relaxed);
    }
}

/// What the connection waits for; the numbers tell one such wait from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Busy,
    Head(usize),
    Idle(usize, usize),
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    /// A head came too slowly, or the connection did not close in time.
    Head,
    /// Nothing was asked for too long.
    Idle,
}

// === impl Clock ===

pub(super) struct Clock {
    activity: Arc<Activity>,
    phase: Phase,
    closing: bool,
    header_timeout: Duration,
    idle_timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl Clock {
    pub(super) fn new(activity: Arc<Activity>, header: Duration, idle: Duration) -> Self {
        Self {
            activity,
            phase: Phase::Head(0),
            closing: false,
            header_timeout: header.clamp(SHORTEST, LONGEST),
            idle_timeout: idle.clamp(SHORTEST, LONGEST),
            sleep: Box::pin(sleep(header)),
        }
    }

    /// The connection was told to close: when it next lies still, it has the header timeout to go.
    pub(super) fn close(&mut self) {
        self.closing = true;
        self.restart();
    }

    /// Must be polled after the connection in each turn of its task, so that it sees what changed.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Expired> {
        let phase = self.activity.phase();
        if phase != self.phase {
            self.phase = phase;
            self.restart();
        }
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            match phase {
                Phase::Busy => self.restart(),
                Phase::Idle(..) if !self.closing => return Poll::Ready(Expired::Idle),
                Phase::Idle(..) | Phase::Head(_) => return Poll::Ready(Expired::Head),
            }
        }
    }

    fn restart(&mut self) {
        let limit = match self.phase {
            Phase::Busy | Phase::Idle(..) if !self.closing => self.idle_timeout,
            Phase::Busy | Phase::Idle(..) | Phase::Head(_) => self.header_timeout,
        };
        self.sleep.as_mut().reset(Instant::now() + limit);
    }
}
