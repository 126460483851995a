use std::{fmt, sync::Arc};

use agentgateway_core::{
    limit::rate::RateLimit,
    store::{Later, Rate, RateStore, StoreError, Taken},
};

/// Where local limits of rates count: each in this process, or all in a store that processes share.
#[derive(Clone, Default)]
pub(super) struct Counters(Option<Arc<dyn RateStore>>);

impl Counters {
    pub(super) fn shared(store: Arc<dyn RateStore>) -> Self {
        Self(Some(store))
    }

    /// Those of copies for mirrors: in the same store, apart from those of requests.
    pub(super) fn of_copies(&self) -> Self {
        let apart = |store: &Arc<dyn RateStore>| Arc::new(OfCopies(Arc::clone(store))) as _;
        Self(self.0.as_ref().map(apart))
    }

    /// The limit that counts here. Its name is its key, the same in all processes.
    pub(super) fn keep(&self, limit: RateLimit) -> RateLimit {
        match &self.0 {
            Some(store) => limit.store(Arc::clone(store)),
            None => limit,
        }
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.0.is_some();
        f.debug_struct("Counters").field("shared", &shared).finish()
    }
}

struct OfCopies(Arc<dyn RateStore>);

impl OfCopies {
    /// No name of a policy begins so.
    fn key(key: &str) -> String {
        ["copies of ", key].concat()
    }
}

impl RateStore for OfCopies {
    fn take(&self, key: &str, rates: &[Rate], permits: u64) -> Later<Result<Taken, StoreError>> {
        self.0.take(&Self::key(key), rates, permits)
    }

    fn charge(&self, key: &str, rates: &[Rate], permits: u64) {
        self.0.charge(&Self::key(key), rates, permits);
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::{limit::Key, policy::Decision, policy::Policy, store::MemoryRates};
    use http::Request;

    use super::*;

    /// Whether a limit of one request in an hour lets one pass.
    fn passes(counters: &Counters, name: &str) -> bool {
        let limit = RateLimit::new(name, Key::everybody(), [Rate::per_hour(1)]);
        let mut head = Request::new(()).into_parts().0;
        matches!(counters.keep(limit).decide(&mut head), Decision::Pass)
    }

    #[test]
    fn limits_of_one_name_count_together_in_a_shared_store() {
        let shared = Counters::shared(Arc::new(MemoryRates::new()));
        assert!(passes(&shared, "ns/a") && passes(&shared, "ns/b"));
        assert!(!passes(&shared, "ns/a"));
        let own = Counters::default();
        assert!(passes(&own, "ns/a") && passes(&own, "ns/a"));
    }

    #[test]
    fn copies_take_nothing_of_what_requests_may() {
        let shared = Counters::shared(Arc::new(MemoryRates::new()));
        let copies = shared.of_copies();
        assert!(passes(&copies, "ns/a") && passes(&shared, "ns/a"));
        assert!(!passes(&copies, "ns/a") && !passes(&shared, "ns/a"));
    }
}
