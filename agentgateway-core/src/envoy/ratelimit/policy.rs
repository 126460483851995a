use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use http::request;

use super::{
    Descriptor,
    descriptor::{Questions, questions},
    report::Reports,
};
use crate::{
    envoy::{
        FailureCounts, Trail,
        counts::{Counter, FailureCounters},
        grpc::Method,
        wire::ratelimit::SHOULD_RATE_LIMIT,
    },
    error::ErrorKind,
    policy::{Decision, FailureMode, Policy, Resume},
    upstream::{Endpoint, Spawn, Upstream},
};

const DEADLINE: Duration = Duration::from_millis(200);
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Asks a rate limit service about each request. Clones are one policy.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct GlobalRateLimit(Arc<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) name: Arc<str>,
    pub(super) domain: Arc<str>,
    pub(super) method: Method,
    pub(super) descriptors: Vec<Descriptor>,
    pub(super) failure_mode: FailureMode,
    pub(super) failure_kind: ErrorKind,
    pub(super) tells_clients: bool,
    pub(super) reports: Reports,
    pub(super) counters: Arc<Counters>,
}

/// What a [`GlobalRateLimit`] has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests that the service has let pass.
    pub passed: u64,
    /// Requests that were over a limit.
    pub over_limit: u64,
    /// Requests about which the service gave no word.
    pub failures: FailureCounts,
    /// Exchanges whose tokens the service was not told of.
    pub unreported: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) passed: Counter,
    pub(super) over_limit: Counter,
    pub(super) failures: FailureCounters,
    pub(super) unreported: Counter,
}

impl GlobalRateLimit {
    /// Asks this service, in this domain of its configuration. Without a
    /// [descriptor](Self::descriptor) every request passes.
    pub fn new(
        domain: impl Into<Arc<str>>,
        endpoint: Endpoint,
        client: impl Into<Upstream>,
    ) -> Self {
        Self(Arc::new(Inner {
            name: "global_rate_limit".into(),
            domain: domain.into(),
            method: Method::new(
                client.into(),
                endpoint,
                SHOULD_RATE_LIMIT,
                DEADLINE,
                MAX_ANSWER_BYTES,
            ),
            descriptors: Vec::new(),
            failure_mode: FailureMode::Closed,
            failure_kind: ErrorKind::Overloaded,
            tells_clients: false,
            reports: Reports::default(),
            counters: Arc::default(),
        }))
    }

    /// Asks about this too: the request passes when none of them is over its limit.
    #[must_use]
    pub fn descriptor(mut self, descriptor: Descriptor) -> Self {
        self.change().descriptors.push(descriptor);
        self
    }

    /// What errors and logs call the policy. Default: `global_rate_limit`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.change().name = name.into();
        self
    }

    /// How long the service has for its answer, connecting included. Default: 200 ms. At the limit
    /// the call is cancelled, and the [failure mode](Self::failure_mode) decides.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.change().method.deadline = deadline;
        self
    }

    /// The longest answer of the service, in bytes. Default: 64 KiB. A longer one is a failure.
    #[must_use]
    pub fn max_answer_bytes(mut self, limit: usize) -> Self {
        self.change().method.max_answer_bytes = limit;
        self
    }

    /// What becomes of a request when the service gives no word. Default: it is refused.
    #[must_use]
    pub fn failure_mode(mut self, mode: FailureMode) -> Self {
        self.change().failure_mode = mode;
        self
    }

    /// What a client is told that is refused so. Default: `Overloaded` (503), with `Retry-After`.
    #[must_use]
    pub fn failure_kind(mut self, kind: ErrorKind) -> Self {
        self.change().failure_kind = kind;
        self
    }

    /// Tells clients of the limit that is nearest its end, where the service does: `X-RateLimit-Limit`,
    /// `-Remaining` and `-Reset`. Default: no.
    ///
    /// # Source
    /// draft-polli-ratelimit-headers-03
    #[must_use]
    pub fn tell_clients(mut self, yes: bool) -> Self {
        self.change().tells_clients = yes;
        self
    }

    /// Who runs the calls that tell the service of used tokens. Default: the tokio runtime in which
    /// an exchange ends; where there is none, the service is not told.
    ///
    /// At most 1,024 are on their way, 5 s each; what is above is counted as
    /// [unreported](Counts::unreported).
    #[must_use]
    pub fn executor(
        mut self,
        run: impl Fn(Pin<Box<dyn Future<Output = ()> + Send>>) + Send + Sync + 'static,
    ) -> Self {
        self.change().reports.spawn = Spawn::new(run);
        self
    }

    /// What it has done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counters = &self.0.counters;
        Counts {
            passed: counters.passed.read(),
            over_limit: counters.over_limit.read(),
            failures: counters.failures.read(),
            unreported: counters.unreported.read(),
        }
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Policy for GlobalRateLimit {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let inner = &self.0;
        let Some(questions) = questions(&inner.domain, &inner.descriptors, head) else {
            return Decision::Pass;
        };
        let Questions { before, after } = questions;
        let (inner, trail) = (Arc::clone(inner), Trail::of(head));
        Decision::ask(async move {
            let answer = inner.method.call(&before, trail.clone()).await;
            let report = after.map(|after| inner.report(after, trail));
            Resume::with(move |head| inner.conclude(answer, report, head))
        })
    }
}

impl fmt::Debug for GlobalRateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalRateLimit")
            .field("name", &self.0.name)
            .field("domain", &self.0.domain)
            .field("method", &self.0.method)
            .field("descriptors", &self.0.descriptors)
            .finish_non_exhaustive()
    }
}
