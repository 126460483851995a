use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::{
    limit::rate::RateLimit,
    store::{
        Allowance, Later, Ledger, MemoryLedger, Rate, RateStore, Reservation, Reserved, StoreError,
        Taken,
    },
};
use tokio::time::Instant;

/// Where local limits of rates and budgets count: each in this process, or all in a store that
/// processes share.
#[derive(Clone, Default)]
pub(super) struct Counters {
    shared: Option<Shared>,
    own: Ledgers,
}

/// The two ports of one store.
#[derive(Clone)]
struct Shared {
    rates: Arc<dyn RateStore>,
    ledger: Arc<dyn Ledger>,
}

/// The ledgers of this process by their budgets' names.
type Ledgers = Arc<Mutex<HashMap<String, Account>>>;

/// What is spent of one budget. A policy that was gone for a while finds it as it was.
struct Account {
    ledger: Arc<MemoryLedger>,
    window: Duration,
    /// When nobody was found to have it any more.
    left: Option<Instant>,
}

impl Account {
    /// Whether somebody has it, or what was spent of it would still count.
    fn counts(&mut self, now: Instant) -> bool {
        if Arc::strong_count(&self.ledger) > 1 {
            self.left = None;
            return true;
        }
        let left = *self.left.get_or_insert(now);
        now.duration_since(left) < self.window
    }
}

impl Counters {
    pub(super) fn shared(store: Arc<impl RateStore + Ledger>) -> Self {
        let shared = Shared {
            rates: Arc::clone(&store) as _,
            ledger: store,
        };
        Self {
            shared: Some(shared),
            ..Self::default()
        }
    }

    /// Those of copies for mirrors: in the same store, apart from those of requests.
    pub(super) fn of_copies(&self) -> Self {
        let shared = self.shared.as_ref().map(|store| Shared {
            rates: Arc::new(OfCopies(Arc::clone(&store.rates))),
            ledger: Arc::new(OfCopies(Arc::clone(&store.ledger))),
        });
        Self {
            shared,
            ..Self::default()
        }
    }

    /// The limit that counts here. Its name is its key, the same in all processes.
    pub(super) fn keep(&self, limit: RateLimit) -> RateLimit {
        match &self.shared {
            Some(store) => limit.store(Arc::clone(&store.rates)),
            None => limit,
        }
    }

    /// The ledger of the budget of this name and window. One that follows another of its name, over a
    /// reload or after a while without it, has the same, so that nobody may spend anew.
    pub(super) fn ledger(&self, name: &str, window: Duration) -> Arc<dyn Ledger> {
        if let Some(store) = &self.shared {
            return Arc::clone(&store.ledger);
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        own.retain(|_, account| account.counts(now));
        let new = || Account {
            ledger: Arc::default(),
            window,
            left: None,
        };
        let account = own.entry(name.to_owned()).or_insert_with(new);
        Arc::clone(&account.ledger) as _
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.shared.is_some();
        f.debug_struct("Counters").field("shared", &shared).finish()
    }
}

/// A store that keeps apart what copies take.
struct OfCopies<S: ?Sized>(Arc<S>);

/// No name of a policy begins so.
fn of_copies(key: &str) -> String {
    ["copies of ", key].concat()
}

impl RateStore for OfCopies<dyn RateStore> {
    fn take(&self, key: &str, rates: &[Rate], permits: u64) -> Later<Result<Taken, StoreError>> {
        self.0.take(&of_copies(key), rates, permits)
    }

    fn charge(&self, key: &str, rates: &[Rate], permits: u64) {
        self.0.charge(&of_copies(key), rates, permits);
    }
}

impl Ledger for OfCopies<dyn Ledger> {
    fn reserve(
        &self,
        key: &str,
        amount: u64,
        allowance: Allowance,
    ) -> Later<Result<Reserved, StoreError>> {
        self.0.reserve(&of_copies(key), amount, allowance)
    }

    /// The reservation knows its key.
    fn settle(&self, reservation: Reservation, spent: u64) {
        self.0.settle(reservation, spent);
    }

    fn charge(&self, key: &str, spent: u64, allowance: Allowance) {
        self.0.charge(&of_copies(key), spent, allowance);
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::{
        limit::Key,
        policy::{Decision, Policy},
        store::MemoryRates,
    };
    use http::Request;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// Both ports in one, as Redis is.
    #[derive(Default)]
    struct Both(MemoryRates, MemoryLedger);

    impl RateStore for Both {
        fn take(&self, key: &str, rates: &[Rate], n: u64) -> Later<Result<Taken, StoreError>> {
            self.0.take(key, rates, n)
        }

        fn charge(&self, key: &str, rates: &[Rate], permits: u64) {
            RateStore::charge(&self.0, key, rates, permits);
        }
    }

    impl Ledger for Both {
        fn reserve(&self, key: &str, n: u64, a: Allowance) -> Later<Result<Reserved, StoreError>> {
            self.1.reserve(key, n, a)
        }

        fn settle(&self, reservation: Reservation, spent: u64) {
            self.1.settle(reservation, spent);
        }

        fn charge(&self, key: &str, spent: u64, allowance: Allowance) {
            Ledger::charge(&self.1, key, spent, allowance);
        }
    }

    /// Whether a limit of one request in an hour lets one pass.
    fn passes(counters: &Counters, name: &str) -> bool {
        let limit = RateLimit::new(name, Key::everybody(), [Rate::per_hour(1)]);
        let mut head = Request::new(()).into_parts().0;
        matches!(counters.keep(limit).decide(&mut head), Decision::Pass)
    }

    /// Whether one more may be spent, of one in an hour.
    fn spends(counters: &Counters, name: &str) -> bool {
        let hour = Allowance::new(1, HOUR);
        let reserved = counters.ledger(name, HOUR).reserve(name, 1, hour);
        matches!(reserved, Later::Now(Ok(Reserved::Granted(_))))
    }

    #[test]
    fn limits_of_one_name_count_together_in_a_shared_store() {
        let shared = Counters::shared(Arc::new(Both::default()));
        assert!(passes(&shared, "ns/a") && passes(&shared, "ns/b"));
        assert!(!passes(&shared, "ns/a"));
        assert!(spends(&shared, "ns/a") && !spends(&shared, "ns/a"));
        let own = Counters::default();
        assert!(passes(&own, "ns/a") && passes(&own, "ns/a"));
    }

    #[test]
    fn copies_take_nothing_of_what_requests_may() {
        let shared = Counters::shared(Arc::new(Both::default()));
        let copies = shared.of_copies();
        assert!(passes(&copies, "ns/a") && passes(&shared, "ns/a"));
        assert!(!passes(&copies, "ns/a") && !passes(&shared, "ns/a"));
        assert!(spends(&copies, "ns/b") && spends(&shared, "ns/b"));
        assert!(!spends(&copies, "ns/b") && !spends(&shared, "ns/b"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_budget_keeps_its_account_until_what_was_spent_counts_no_more() {
        let own = Counters::default();
        let held = own.ledger("ns/a", HOUR);
        assert!(spends(&own, "ns/a") && !spends(&own, "ns/a"));
        assert!(spends(&own.of_copies(), "ns/a"));
        drop(held);
        // Its policy is gone, and back.
        assert!(!spends(&own, "ns/a"));
        let has_account = || {
            drop(own.ledger("ns/b", HOUR));
            own.own.lock().unwrap().contains_key("ns/a")
        };
        assert!(has_account());
        tokio::time::advance(HOUR - Duration::from_secs(1)).await;
        assert!(has_account());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!has_account());
    }
}
