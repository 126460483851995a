//! When a backend is asked again.

use agentgateway_core::{
    retry::{Backoff, RetryLayer, Transient},
    timeout::Clocks,
};
use http::{request, response};

use crate::config::snapshot::Retrying;
use crate::expression::{Expression, Facts};

/// The largest body that is kept, in bytes, to be sent again: of calls, which are in memory anyway,
pub(super) const MAX_CALL: usize = 1024 * 1024;
/// and of what no protocol layer reads.
pub(super) const MAX_PLAIN: usize = 64 * 1024;

/// Attempts of a stack: their layer, and the clocks of each.
#[derive(Clone, Debug)]
pub(super) struct Attempts {
    pub(super) layer: RetryLayer<Transient>,
    pub(super) clocks: Clocks,
}

impl Attempts {
    pub(super) fn new(asked: &Retrying, max_body: usize, clocks: Clocks) -> Self {
        let mut judge = Transient::new();
        if !asked.codes.is_empty() {
            judge = judge.statuses(asked.codes.iter().copied());
        }
        if let Some(precondition) = asked.precondition.clone() {
            let only = move |head: &request::Parts| holds(&precondition, &Facts::request(head));
            // Who says which requests may be sent twice has thought of their methods.
            judge = judge.only(only).any_method();
        }
        if let Some(condition) = asked.condition.clone() {
            judge = judge.or_when(move |head: &request::Parts, answer: &response::Parts| {
                holds(&condition, &Facts::request(head).response(answer.status))
            });
        }
        let mut layer = RetryLayer::new()
            .judge(judge)
            .retries(asked.retries)
            .body_limit(max_body);
        if let Some(least) = asked.backoff {
            layer = layer.backoff(Backoff::default().at_least(least));
        }
        Self { layer, clocks }
    }
}

fn holds(condition: &Expression, facts: &Facts<'_>) -> bool {
    condition.evaluate_bool(facts).unwrap_or(false)
}

/// A stack of these outer layers around an inner service, with its clock; where there may be several
/// attempts, with these and their own clock between.
macro_rules! clocked {
    ($stack:expr, $outer:expr, $how:expr, $timeout:expr, $inner:expr) => {{
        let (outer, how, timeout, inner) = ($outer, $how, $timeout, $inner);
        match &how.attempts {
            None => $stack(outer.layer(timeout(how.clocks)).service(inner)),
            Some(attempts) => $stack(
                outer
                    .layer(timeout(how.clocks))
                    .layer(attempts.layer.clone())
                    .layer(timeout(attempts.clocks))
                    .service(inner),
            ),
        }
    }};
}

pub(super) use clocked;
