use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Ejection, Outcome,
    gate::{Gate, Seen, State},
    window::{SLOTS, Window},
};

/// How much the last outcome weighs in the score of health.
const NEWS: f64 = 0.3;

/// Whether one endpoint is ejected.
///
/// Picks read one word; the lock is taken at the head of a probe's answer and once at the end of
/// each exchange.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    gate: Gate,
    health: Mutex<Health>,
}

#[derive(Debug, Default)]
struct Health {
    failures: u32,
    window: Window,
    /// What is missing of its health's score.
    ill: f64,
    /// It was readmitted by the head of a probe's answer: the first failure ejects it again.
    on_trial: bool,
    /// How often the endpoint was ejected without a healthy time between.
    ejections: u32,
    /// Until when the last `Retry-After` wants it left alone.
    not_before: Duration,
    /// Since when it is healthy again; none while it is ejected, or never was.
    closed_at: Option<Duration>,
}

/// What an exchange knows of the breaker from when it was picked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    epoch: u16,
    pub(super) probe: bool,
}

/// What an outcome changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// Ejected, or ejected for longer, until this time.
    Opened(Duration),
    Closed,
}

impl Breaker {
    pub(super) fn see(&self) -> Seen {
        self.gate.see()
    }

    /// For a request that does not probe.
    pub(super) fn ticket(&self) -> Ticket {
        Ticket {
            epoch: self.see().epoch(),
            probe: false,
        }
    }

    /// Makes a request the one probe, if the endpoint is due for one.
    pub(super) fn probe(&self, now: Duration, ejection: &Ejection) -> Option<Ticket> {
        let seen = self.see();
        seen.state().due().filter(|due| *due <= now)?;
        let given_up = now.saturating_add(ejection.longest);
        let probed = self.gate.turn(seen, State::Probed(given_up))?;
        Some(Ticket {
            epoch: probed.epoch(),
            probe: true,
        })
    }

    /// A probe is answered: the endpoint takes requests again, until the first failure.
    pub(super) fn answered(&self, ticket: Ticket, now: Duration, ejection: &Ejection) -> Change {
        let mut health = self.health();
        let seen = self.see();
        if seen.epoch() != ticket.epoch || seen.is_closed() {
            return Change::None;
        }
        let change = self.close(seen, &mut health, now, ejection);
        health.on_trial = true;
        change
    }

    /// An exchange ended. `admit` is called when the endpoint is to be ejected; it calls what it is
    /// given if there is room for one more, and says whether it did.
    pub(super) fn settle(
        &self,
        outcome: Outcome,
        ticket: Ticket,
        now: Duration,
        ejection: &Ejection,
        admit: impl FnOnce(&dyn Fn() -> bool) -> bool,
    ) -> Change {
        let mut health = self.health();
        let seen = self.see();
        // What began before the last change says nothing of the endpoint as it is now.
        if seen.epoch() != ticket.epoch {
            return Change::None;
        }
        if let Outcome::Overloaded { retry_after } = outcome {
            health.leave_alone(retry_after.or(ejection.cooldown), now, ejection);
        }
        match (seen.is_closed(), outcome) {
            (true, Outcome::Canceled) => Change::None,
            (true, _) => {
                if !health.count(outcome, now, ejection) {
                    return Change::None;
                }
                let away = health.away(outcome, now, ejection);
                let open = || self.gate.turn(seen, State::Open(away.until)).is_some();
                health.opened(admit(&open), away)
            }
            (false, Outcome::Success) => self.close(seen, &mut health, now, ejection),
            // Picked for want of a better one while it was ejected: that it failed is no news.
            (false, _) if !ticket.probe => Change::None,
            (false, Outcome::Canceled) => {
                let open = self.gate.turn(seen, State::Open(now));
                open.map_or(Change::None, |_| Change::Opened(now))
            }
            (false, _) => {
                let away = health.away(outcome, now, ejection);
                let open = self.gate.turn(seen, State::Open(away.until));
                health.opened(open.is_some(), away)
            }
        }
    }

    fn close(&self, seen: Seen, health: &mut Health, now: Duration, ejection: &Ejection) -> Change {
        if self.gate.turn(seen, State::Closed).is_none() {
            return Change::None;
        }
        health.failures = 0;
        health.window = Window::default();
        health.on_trial = false;
        health.ill = ejection.restored.map_or(health.ill, |score| 1.0 - score);
        health.closed_at = Some(now);
        Change::Closed
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Health ===

impl Health {
    /// Counts the outcome of a healthy endpoint; true when it is now to be ejected.
    fn count(&mut self, outcome: Outcome, now: Duration, ejection: &Ejection) -> bool {
        let turn = turn(now, ejection);
        let good = outcome == Outcome::Success;
        self.window.record(turn, good);
        self.ill += NEWS * (f64::from(u8::from(!good)) - self.ill);
        let ejects = match outcome {
            Outcome::Success => {
                self.failures = 0;
                self.on_trial = false;
                return false;
            }
            Outcome::Failure => {
                self.failures = self.failures.saturating_add(1);
                let too_many = ejection.consecutive > 0 && self.failures >= ejection.consecutive;
                self.on_trial || too_many
            }
            Outcome::Overloaded { .. } => ejection.cooldown.is_some(),
            Outcome::Canceled => false,
        };
        let (all, successes) = self.window.totals(turn);
        let low =
            all >= u64::from(ejection.requests) && (successes as f64) < ejection.rate * all as f64;
        ejects || low || 1.0 - self.ill < ejection.threshold
    }

    fn leave_alone(&mut self, wanted: Option<Duration>, now: Duration, ejection: &Ejection) {
        let wanted = wanted.unwrap_or_default().min(ejection.longest);
        self.not_before = self.not_before.max(now.saturating_add(wanted));
    }

    /// The ejection that begins now. The times start over once the endpoint was healthy for longer
    /// than it had been out.
    fn away(&mut self, outcome: Outcome, now: Duration, ejection: &Ejection) -> Away {
        if ejection.cooldown.is_some() && matches!(outcome, Outcome::Overloaded { .. }) {
            return Away {
                until: self.not_before,
                counts: false,
            };
        }
        let last = ejection.open_time(self.ejections);
        if self
            .closed_at
            .is_some_and(|since| now.saturating_sub(since) > last)
        {
            self.ejections = 0;
        }
        let open = ejection.open_time(self.ejections.saturating_add(1));
        Away {
            until: now.saturating_add(open).max(self.not_before),
            counts: true,
        }
    }

    fn opened(&mut self, is_open: bool, away: Away) -> Change {
        if !is_open {
            return Change::None;
        }
        self.ejections = self.ejections.saturating_add(u32::from(away.counts));
        self.closed_at = None;
        Change::Opened(away.until)
    }
}

/// One ejection.
#[derive(Clone, Copy)]
struct Away {
    until: Duration,
    /// It lengthens those that follow.
    counts: bool,
}

/// The time in tenths of the window.
fn turn(now: Duration, ejection: &Ejection) -> u64 {
    let tenth = nanos(ejection.window) / SLOTS;
    nanos(now).checked_div(tenth).unwrap_or_default()
}

/// 584 years, and no more.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
