use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::runtime::Handle;

use super::{descriptor::common_cost, policy::Counters};
use crate::{
    envoy::{
        Trail,
        counts::Counter,
        grpc::Method,
        wire::ratelimit::{RateLimitRequest, RateLimitResponse},
    },
    upstream::Spawn,
};

/// The most reports that are on their way.
pub(super) const MAX_IN_FLIGHT: usize = 1024;

/// How long a report may take: nobody waits for it.
const DEADLINE: Duration = Duration::from_secs(5);

/// How used tokens reach the service, beside the exchanges that used them.
#[derive(Clone)]
pub(super) struct Reports {
    pub(super) spawn: Spawn,
    in_flight: Arc<AtomicUsize>,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            // An answer may be dropped where no runtime is, as when it ends.
            spawn: Spawn::new(|task| {
                if let Ok(runtime) = Handle::try_current() {
                    runtime.spawn(task);
                }
            }),
            in_flight: Arc::default(),
        }
    }
}

impl Reports {
    /// A place for one more.
    fn place(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.in_flight));
        let others = self.in_flight.fetch_add(1, Ordering::Relaxed);
        (others < MAX_IN_FLIGHT).then_some(place)
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}

/// One of those in flight, until it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A report that lacks only its number.
pub(super) struct Report {
    pub(super) policy: Arc<str>,
    pub(super) method: Method,
    pub(super) request: RateLimitRequest,
    pub(super) trail: Trail,
    pub(super) reports: Reports,
    pub(super) counters: Arc<Counters>,
}

impl Report {
    pub(super) fn send(mut self, used_tokens: u64) {
        // What was added before the call is added already.
        self.request.descriptors.retain_mut(|descriptor| {
            let before = descriptor.hits_addend.unwrap_or_default();
            let more = used_tokens.saturating_sub(before);
            descriptor.hits_addend = Some(more);
            more > 0
        });
        if self.request.descriptors.is_empty() {
            return;
        }
        let Some(place) = self.reports.place() else {
            self.counters.unreported.add();
            return;
        };
        self.request.hits_addend = common_cost(&self.request.descriptors);
        self.method.deadline = DEADLINE;
        let unreported = Unreported(Some(Arc::clone(&self.counters)));
        self.reports.spawn.clone().spawn(async move {
            self.run(unreported).await;
            drop(place);
        });
    }

    /// Whatever the service says of it is no matter of this exchange any more.
    async fn run(self, mut unreported: Unreported) {
        let call = self
            .method
            .call::<RateLimitResponse>(&self.request, self.trail);
        match call.await {
            Ok(_) => unreported.0 = None,
            Err(failure) => tracing::warn!(
                target: "agentgateway_core::envoy",
                policy = &*self.policy,
                reason = failure.as_str(),
                error = &failure as &dyn std::error::Error,
                "used tokens were not reported"
            ),
        }
    }
}

/// Counts a report that does not arrive, for whatever reason.
struct Unreported(Option<Arc<Counters>>);

impl Drop for Unreported {
    fn drop(&mut self) {
        if let Some(counters) = &self.0 {
            Counter::add(&counters.unreported);
        }
    }
}
