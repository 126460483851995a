//! One timer per connection, for what hyper has no clock for: silence before the first byte,
//! idleness apart from slow heads (hyper's header timeout runs while a connection is idle), and a
//! client that does not read.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;

/// The timer must be able to wait.
const SHORTEST: Duration = Duration::from_millis(1);
/// What can be added to any present: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A limit that a timer can bear.
pub(super) fn bearable(limit: Duration) -> Duration {
    limit.clamp(SHORTEST, LONGEST)
}

/// What the connection waits for; the numbers tell one such wait from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Busy,
    Head(usize),
    Idle(usize, usize),
    Blocked(usize),
    Unread(usize),
    Lingering,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    /// A head came too slowly, or the connection did not close in time.
    Head,
    /// Nothing was asked for too long.
    Idle,
    /// The client does not read.
    Blocked,
    /// The client does not end a body that nobody wants.
    Unread,
}

/// The connection's timer. It is set anew only when it must fire earlier than it is set for.
pub(super) struct Clock {
    activity: Arc<Activity>,
    phase: Phase,
    closing: bool,
    due: Instant,
    set_for: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Clock {
    /// The first head may take the header timeout from here on.
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        let due = Instant::now() + bearable(activity.config().header_timeout);
        Self {
            activity,
            phase: Phase::Head(0),
            closing: false,
            due,
            set_for: due,
            sleep: Box::pin(sleep_until(due)),
        }
    }

    /// The connection was told to close: when it next lies still, it has the header timeout to go.
    pub(super) fn close(&mut self) {
        self.closing = true;
        self.due = Instant::now() + self.limit();
    }

    /// Must be polled after the connection in each turn of its task, so that it sees what changed.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Expired> {
        let phase = self.activity.phase();
        if phase != self.phase {
            self.phase = phase;
            self.due = Instant::now() + self.limit();
        }
        if self.due < self.set_for {
            self.set();
        }
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if Instant::now() >= self.due {
                match phase {
                    Phase::Busy => self.due = Instant::now() + self.limit(),
                    Phase::Idle(..) if !self.closing => return Poll::Ready(Expired::Idle),
                    Phase::Idle(..) | Phase::Head(_) | Phase::Lingering => {
                        return Poll::Ready(Expired::Head);
                    }
                    Phase::Blocked(_) => return Poll::Ready(Expired::Blocked),
                    Phase::Unread(_) => return Poll::Ready(Expired::Unread),
                }
            }
            self.set();
        }
    }

    fn limit(&self) -> Duration {
        let config = self.activity.config();
        bearable(match self.phase {
            Phase::Busy | Phase::Idle(..) if !self.closing => config.idle_timeout,
            Phase::Busy | Phase::Idle(..) | Phase::Head(_) => config.header_timeout,
            Phase::Blocked(_) => config.write_timeout,
            Phase::Unread(_) => config.unread_timeout,
            Phase::Lingering => config.lingering_timeout,
        })
    }

    fn set(&mut self) {
        self.set_for = self.due;
        self.sleep.as_mut().reset(self.due);
    }
}
