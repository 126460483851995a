use std::{fmt, sync::Arc, time::Duration};

use super::{
    Outcome, Pulse, Tried,
    breaker::{Change, Ticket},
    node::Node,
    pulse::Missed,
    shared::Core,
};

/// One request's hold on the endpoint that was picked for it.
///
/// The endpoint's load counts it until it is dropped: hold it to the end of the answer's body. Tell
/// it when the head has come, and once what came of the exchange.
///
/// # Cancel safety
///
/// Dropped before it was told an outcome, it counts as [`Outcome::Canceled`]. Dropped before the
/// head came, the time it waited raises the endpoint's latency, and never lowers it: an endpoint
/// that everybody gives up on is known as slow. A probe that is dropped makes place for the next.
///
/// Where this process [stood still](Pulse) meanwhile, a failure counts as canceled, and no time is
/// taken.
pub struct Lease<T> {
    core: Arc<Core<T>>,
    node: Arc<Node<T>>,
    ticket: Ticket,
    picked: Duration,
    /// How often the pulse had been missed then.
    missed: Option<Missed>,
    answered: bool,
    settled: bool,
}

impl<T> Lease<T> {
    pub(super) fn new(
        core: Arc<Core<T>>,
        node: Arc<Node<T>>,
        ticket: Ticket,
        picked: Duration,
    ) -> Self {
        node.state.begin();
        Self {
            missed: core.settings.pulse.as_ref().map(Pulse::missed),
            core,
            node,
            ticket,
            picked,
            answered: false,
            settled: false,
        }
    }

    /// The endpoint's key.
    #[must_use]
    pub fn key(&self) -> &Arc<str> {
        &self.node.member.key
    }

    /// The endpoint's value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.node.member.value
    }

    /// Tells who tries endpoints in turn how many are left: once an attempt has failed.
    pub fn note_left(&self, tried: &Tried) {
        tried.set_left(self.core.left(&tried.keys()));
    }

    /// Whether this request probes an ejected endpoint, which waits for what comes of it.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        self.ticket.probe
    }

    /// The head of an answer has come that is no failure. Calls after the first do nothing.
    ///
    /// Records the latency, and readmits an endpoint that was probed: the body may be a stream that
    /// never ends. The first failure after that ejects it again, for longer.
    pub fn answered(&mut self) {
        if std::mem::replace(&mut self.answered, true) {
            return;
        }
        let now = self.now();
        let state = &self.node.state;
        if self.ticket.probe && !self.settled {
            let ejection = &self.core.settings.ejection;
            let change = state.breaker.answered(self.ticket, now, ejection);
            self.changed(change, now);
        }
        if self.stood_still() {
            return;
        }
        let waited = now.saturating_sub(self.picked);
        state.latency.observe(waited, now, self.core.settings.scale);
    }

    /// What came of the exchange. The first outcome counts; calls after it do nothing.
    ///
    /// A success implies that the head has come.
    pub fn settle(&mut self, outcome: Outcome) {
        if self.settled {
            return;
        }
        if outcome == Outcome::Success {
            self.answered();
        }
        self.settled = true;
        let now = self.now();
        let outcome = match outcome {
            Outcome::Failure if self.stood_still() => Outcome::Canceled,
            told => told,
        };
        self.weigh(outcome, now);
        let core = &self.core;
        let change = self.node.state.breaker.settle(
            outcome,
            self.ticket,
            now,
            &core.settings.ejection,
            |open| core.admit(self.key(), open),
        );
        self.changed(change, now);
    }

    /// What a failure, or the lack of an answer, says of the latency.
    fn weigh(&mut self, outcome: Outcome, now: Duration) {
        if self.stood_still() {
            self.answered = true;
            return;
        }
        let (latency, scale) = (&self.node.state.latency, self.core.settings.scale);
        let waited = match std::mem::replace(&mut self.answered, true) {
            true => Duration::ZERO,
            false => now.saturating_sub(self.picked),
        };
        match outcome {
            Outcome::Success => {}
            Outcome::Failure | Outcome::Overloaded { .. } => latency.fail(waited, now, scale),
            Outcome::Canceled => latency.raise(waited, now, scale),
        }
    }

    fn changed(&self, change: Change, now: Duration) {
        if change == Change::Closed {
            // What it did before its fault says little of it now; the probe's own time follows.
            self.node.state.latency.reset();
        }
        self.core.changed(&self.node.member.key, change, now);
    }

    /// This process did, since the endpoint was picked: neither a failure nor a time says anything of
    /// the endpoint.
    fn stood_still(&self) -> bool {
        let pulse = self.core.settings.pulse.as_ref();
        let since = pulse.zip(self.missed);
        since.is_some_and(|(pulse, missed)| pulse.stood_still_since(missed))
    }

    fn now(&self) -> Duration {
        (self.core.settings.clock)()
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        self.settle(Outcome::Canceled);
        self.node.state.end();
    }
}

impl<T> fmt::Debug for Lease<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("key", &self.node.member.key)
            .field("settled", &self.settled)
            .finish_non_exhaustive()
    }
}
