use std::{fmt, future::Future, sync::Arc, time::Duration};

use super::{Check, tally::Thresholds, watch::watch_all};
use crate::{
    balance::{Balancer, WeakBalancer},
    random::SplitMix,
};

/// Checks the endpoints of a balancer, each in turns of its own.
///
/// See the [module](crate::health) for what it does.
#[must_use = "checks do nothing until they are run"]
pub struct HealthChecks<C> {
    pub(super) check: C,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) thresholds: Thresholds,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl<C> HealthChecks<C> {
    /// Asks by this check, with the defaults of the setters.
    pub fn new(check: C) -> Self {
        let random = SplitMix::seeded();
        Self {
            check,
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(3),
            thresholds: Thresholds {
                failures: 3,
                passes: 1,
            },
            random: Arc::new(move || random.next()),
        }
    }

    /// How long it is from the end of a check to the next of the same endpoint, give or take a tenth by
    /// chance. Default: 10 s. Less than 10 ms counts as 10 ms.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_millis(10));
        self
    }

    /// How long an endpoint may take to answer. Default: 3 s. Then the check has failed.
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// So many failures in a row take an endpoint out. Default: 3. 0 counts as 1.
    pub fn unhealthy_after(mut self, failures: u32) -> Self {
        self.thresholds.failures = failures.max(1);
        self
    }

    /// So many successes in a row take it back. Default: 1. 0 counts as 1.
    pub fn healthy_after(mut self, successes: u32) -> Self {
        self.thresholds.passes = successes.max(1);
        self
    }

    /// 64 random bits, of which no secret depends. Default: SplitMix64, with a seed of its own.
    pub fn random(mut self, next: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(next);
        self
    }

    /// Checks until the balancer and its clones are gone. The application spawns it, once for each
    /// balancer.
    ///
    /// # Cancel safety
    /// It may be dropped at any time: what its checks have taken out is taken back.
    pub fn run<T>(
        self,
        balancer: &Balancer<T>,
    ) -> impl Future<Output = ()> + Send + 'static + use<C, T>
    where
        C: Check<T> + Send + Sync + 'static,
        T: Clone + Send + Sync + 'static,
    {
        watch_all(Arc::new(self), WeakBalancer::of(balancer))
    }

    /// Between 0 and 1.
    pub(super) fn chance(&self) -> f64 {
        ((self.random)() >> 32) as f64 / f64::from(u32::MAX)
    }
}

impl<C> fmt::Debug for HealthChecks<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthChecks")
            .field("interval", &self.interval)
            .field("timeout", &self.timeout)
            .field("thresholds", &self.thresholds)
            .finish_non_exhaustive()
    }
}
