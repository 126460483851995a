use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::server::Config;

/// The clock of a body that is waited for.
///
/// It counts the time in which the service waits, and no other: a service that takes its time
/// slows no client down. Within the limit there must come as many bytes as the rate demands; then
/// it begins anew.
#[derive(Debug)]
pub(super) struct Progress {
    waited: Duration,
    since: Option<Instant>,
    received: u64,
    alarm: Pin<Box<Sleep>>,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waited: Duration::ZERO,
            since: None,
            received: 0,
            alarm: Box::pin(sleep_until(now)),
        }
    }

    pub(super) fn received(&mut self, bytes: u64, config: &Config) {
        self.received = self.received.saturating_add(bytes);
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        if self.received >= demanded(config) {
            (self.received, self.waited) = (0, Duration::ZERO);
        }
    }

    /// Ready when the limit is reached.
    pub(super) fn poll_late(&mut self, cx: &mut Context<'_>, config: &Config) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let left = config.body_timeout.saturating_sub(self.waited);
        let Some(due) = since.checked_add(left) else {
            return Poll::Pending;
        };
        if self.alarm.deadline() > due {
            self.alarm.as_mut().reset(due);
        }
        // An alarm of an earlier wait may fire early; it is then set to this one's end.
        while self.alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(due);
        }
        Poll::Pending
    }
}

/// How many bytes must come within the limit; at least one.
fn demanded(config: &Config) -> u64 {
    let seconds = config.body_timeout.as_secs().max(1);
    seconds.saturating_mul(config.min_body_rate.into()).max(1)
}
