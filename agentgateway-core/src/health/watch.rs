use std::{collections::HashSet, pin::pin, sync::Arc, time::Duration};

use futures_util::{
    future::{Either, select},
    stream::{FuturesUnordered, StreamExt},
};
use tokio::time::{Instant, sleep, timeout};

use super::{Check, HealthChecks, tally::Tally};
use crate::balance::WeakBalancer;

/// How often new endpoints are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// The first check of an endpoint comes within this time, or within the interval.
const FIRST: Duration = Duration::from_secs(1);

/// A check that is over so much later than its limit tells of this process and not of the endpoint.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Watches whoever is in the set.
pub(super) async fn watch_all<C, T>(checks: Arc<HealthChecks<C>>, balancer: WeakBalancer<T>)
where
    C: Check<T> + Send + Sync,
    T: Clone + Send + Sync,
{
    let mut watched = HashSet::new();
    let mut watches = FuturesUnordered::new();
    loop {
        let Some(members) = balancer.upgrade().map(|balancer| balancer.members()) else {
            return;
        };
        for member in members {
            if watched.insert(Arc::clone(member.key())) {
                let key = Arc::clone(member.key());
                watches.push(watch(Arc::clone(&checks), balancer.clone(), key));
            }
        }
        let mut look = pin!(sleep(LOOK));
        loop {
            // A stream without a member is over, and says so at once.
            if watches.is_empty() {
                look.as_mut().await;
                break;
            }
            match select(look.as_mut(), watches.next()).await {
                Either::Left(_) => break,
                Either::Right((left, _)) => {
                    left.map(|key| watched.remove(&key));
                }
            }
        }
    }
}

/// Checks one endpoint until it has left; gives its key.
async fn watch<C, T>(
    checks: Arc<HealthChecks<C>>,
    balancer: WeakBalancer<T>,
    key: Arc<str>,
) -> Arc<str>
where
    C: Check<T> + Send + Sync,
    T: Clone + Send + Sync,
{
    // What it has taken out it takes back when it ends, in whichever way.
    let taken = Taken {
        balancer,
        key: Arc::clone(&key),
    };
    let mut tally = Tally::default();
    let mut wait = FIRST.min(checks.interval).mul_f64(checks.chance());
    loop {
        sleep(wait).await;
        let Some(endpoint) = taken.endpoint() else {
            return key;
        };
        if let Some(passed) = passed(&checks, &key, &endpoint).await {
            let out = tally.record(passed, checks.thresholds);
            taken.set_out(out);
        }
        wait = checks.interval.mul_f64(0.9 + 0.2 * checks.chance());
    }
}

/// Whether it can take requests; none when nobody knows.
async fn passed<C, T>(checks: &HealthChecks<C>, key: &str, endpoint: &T) -> Option<bool>
where
    C: Check<T>,
{
    let begun = Instant::now();
    match timeout(checks.timeout, checks.check.check(endpoint)).await {
        Ok(Ok(())) => Some(true),
        Ok(Err(error)) => {
            tracing::debug!(endpoint = key, %error, "health check failed");
            Some(false)
        }
        // This process stood still.
        Err(_) if begun.elapsed() > checks.timeout.saturating_add(TOLERANCE) => None,
        Err(_) => {
            tracing::debug!(endpoint = key, "health check took too long");
            Some(false)
        }
    }
}

/// An endpoint that may be out by the word of its checks.
struct Taken<T> {
    balancer: WeakBalancer<T>,
    key: Arc<str>,
}

impl<T> Taken<T> {
    fn endpoint(&self) -> Option<T>
    where
        T: Clone,
    {
        let member = self.balancer.upgrade()?.member(&self.key)?;
        Some(member.value().clone())
    }

    fn set_out(&self, out: bool) {
        if let Some(balancer) = self.balancer.upgrade() {
            balancer.set_out(&self.key, out);
        }
    }
}

impl<T> Drop for Taken<T> {
    fn drop(&mut self) {
        self.set_out(false);
    }
}
