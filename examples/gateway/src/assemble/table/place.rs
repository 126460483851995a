use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{Span, record_all};

/// How often the same reason is logged, at most.
const SELDOM: Duration = Duration::from_secs(10);

/// A listener, as spans name it; whose Gateway's it is they know from their beginning on.
#[derive(Clone, Debug)]
pub(in crate::assemble) struct Place {
    /// The listener's name.
    pub(in crate::assemble) listener: Arc<str>,
}

impl Place {
    /// Says on the server's span where a request has come to. A span that nobody records costs a
    /// branch.
    pub(super) fn record(&self, span: &Span) {
        if span.is_disabled() {
            return;
        }
        span.record("agentgateway.listener", &*self.listener);
    }
}

/// Why a share of requests is refused, for the operator alone.
#[derive(Debug)]
pub(in crate::assemble) struct Reason {
    words: String,
    logged: Mutex<Option<Instant>>,
}

impl Reason {
    pub(in crate::assemble) fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            logged: Mutex::new(None),
        }
    }

    /// Says it on the server's span and, from time to time, in the log: clients choose how often
    /// they are refused.
    pub(super) fn tell(&self, span: &Span, route: &str, rule: &str) {
        if !span.is_disabled() {
            record_all!(span, agentgateway.reason = self.words.as_str());
        }
        if self.is_due() {
            tracing::warn!(route, rule, reason = self.words, "requests are refused");
        }
    }

    fn is_due(&self) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let due = logged.is_none_or(|at| at.elapsed() >= SELDOM);
        if due {
            *logged = Some(Instant::now());
        }
        due
    }
}
