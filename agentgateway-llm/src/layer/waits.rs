use std::{
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{rescue::Silence, timeout::WaitClock};
use bytes::Bytes;

use crate::patience::{FIRST_TOKEN_TIMEOUT, Patience, TOKEN_GAP_TIMEOUT};

/// What a client waits for while its stream passes: that the model says something, and that anything comes at all.
#[derive(Debug, Default)]
pub(super) struct Waits {
    first: Option<WaitClock>,
    gap: Option<WaitClock>,
    /// The model has said something.
    has_begun: bool,
    keep_alive: Option<(WaitClock, Bytes)>,
}

impl Waits {
    pub(super) fn listen(&mut self, patience: Patience) {
        self.first = patience.first.map(WaitClock::new);
        self.gap = patience.gap.map(WaitClock::new);
    }

    /// Breaks a silence that has lasted so long with these bytes.
    pub(super) fn keep_alive(&mut self, every: Duration, bytes: Bytes) {
        self.keep_alive = Some((WaitClock::new(every), bytes));
    }

    /// An event goes to the client.
    pub(super) fn event(&mut self, is_content: impl FnOnce() -> bool) {
        if let Some((clock, _)) = &mut self.keep_alive {
            clock.restart();
        }
        if self.first.is_none() && self.gap.is_none() {
            return;
        }
        if is_content() {
            self.said();
        } else if let Some(clock) = self.content() {
            clock.stop();
        }
    }

    /// The model has said something, whether it goes to the client or waits.
    pub(super) fn said(&mut self) {
        self.has_begun = true;
        if let Some(clock) = self.content() {
            clock.restart();
        }
    }

    /// Nothing comes.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Silence> {
        let has_begun = self.has_begun;
        if let Some(clock) = self.content() {
            if clock.poll(cx).is_ready() {
                let seconds = clock.limit().as_secs_f64();
                let error = if has_begun {
                    let words = format!("the model said nothing more for {seconds} s");
                    clock.late(words).with_type_name(TOKEN_GAP_TIMEOUT)
                } else {
                    let words = "the model did not begin in time";
                    clock.late(words).with_type_name(FIRST_TOKEN_TIMEOUT)
                };
                return Poll::Ready(Silence::Fail(error));
            }
        }
        let Some((clock, bytes)) = &mut self.keep_alive else {
            return Poll::Pending;
        };
        ready!(clock.poll(cx));
        clock.restart();
        let bytes = bytes.clone();
        if let Some(clock) = self.content() {
            clock.stop();
        }
        Poll::Ready(Silence::Break(bytes))
    }

    /// Until the model says something.
    const fn content(&mut self) -> Option<&mut WaitClock> {
        if self.has_begun {
            self.gap.as_mut()
        } else {
            self.first.as_mut()
        }
    }
}
