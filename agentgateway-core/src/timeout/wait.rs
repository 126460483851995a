use std::{
    borrow::Cow,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::missed;
use crate::error::Error;

/// Counts how long a reader has waited, for whoever polls for it. It stands while nobody waits: a reader that takes
/// its time makes nobody late.
#[derive(Debug)]
pub struct WaitClock {
    limit: Duration,
    /// Before the wait that is under way.
    waited: Duration,
    since: Option<Instant>,
    // Made when a reader waits for the first time; set anew only when it rings, or would ring too late.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl WaitClock {
    /// Rings when a reader has waited for `limit` in all; `Duration::MAX` is never.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self {
            limit,
            waited: Duration::ZERO,
            since: None,
            alarm: None,
        }
    }

    /// What it was made with.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// A reader waits. Ready when it has waited for too long.
    ///
    /// # Panics
    /// Outside of a tokio runtime with a clock, as tokio's timers do.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.limit == Duration::MAX {
            return Poll::Pending;
        }
        self.since.get_or_insert_with(Instant::now);
        let Some(due) = self.due() else {
            return Poll::Pending;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if alarm.deadline() > due {
            alarm.as_mut().reset(due);
        }
        // An alarm of an earlier wait may ring early; it is then set to this wait's end.
        while alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }

    /// The reader waits no longer: what it has waited so far counts on.
    pub fn stop(&mut self) {
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(since.elapsed());
        }
    }

    /// What was waited for is here: nothing has been waited yet for what comes next.
    pub const fn restart(&mut self) {
        self.waited = Duration::ZERO;
        self.since = None;
    }

    /// The error of the reader for whom it has just rung: a [`Timeout`](crate::ErrorKind::Timeout), of the gateway's
    /// origin where this process stood still when the time came.
    #[must_use]
    pub fn late(&self, words: impl Into<Cow<'static, str>>) -> Error {
        missed(self.due().unwrap_or_else(Instant::now), words)
    }

    fn due(&self) -> Option<Instant> {
        let left = self.limit.saturating_sub(self.waited);
        self.since?.checked_add(left)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{advance, timeout};

    use super::*;
    use crate::error::Origin;

    const SECOND: Duration = Duration::from_secs(1);

    /// How long it rings after, if it does within a minute.
    async fn rings(clock: &mut WaitClock) -> Option<Duration> {
        let begun = Instant::now();
        let rings = timeout(60 * SECOND, poll_fn(|cx| clock.poll(cx))).await;
        rings.is_ok().then(|| begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn waits_are_summed_until_what_was_waited_for_is_here() {
        let mut clock = WaitClock::new(3 * SECOND);
        let waits = poll_fn(|cx| clock.poll(cx));
        assert!(timeout(2 * SECOND, waits).await.is_err());
        // Something else came, and the reader took its time with it.
        clock.stop();
        advance(30 * SECOND).await;
        assert_eq!(rings(&mut clock).await, Some(SECOND));
        assert_eq!(clock.late("late").origin(), Origin::Upstream);
        clock.restart();
        advance(30 * SECOND).await;
        assert_eq!(rings(&mut clock).await, Some(3 * SECOND));
        assert_eq!(rings(&mut WaitClock::new(Duration::MAX)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_stood_still_blames_nobody() {
        let mut clock = WaitClock::new(SECOND);
        let waits = poll_fn(|cx| clock.poll(cx));
        assert!(timeout(Duration::ZERO, waits).await.is_err());
        advance(30 * SECOND).await;
        assert!(rings(&mut clock).await.is_some());
        assert_eq!(clock.late("late").origin(), Origin::Gateway);
    }
}
