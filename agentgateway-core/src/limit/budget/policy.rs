use std::{fmt, sync::Arc};

use http::request;

use super::bill::{Debt, Owed};
use crate::{
    context::Used,
    error::{Error, ErrorKind},
    limit::{Key, estimate_tokens, failure, key::stored, metered::Metered},
    policy::{Decision, FailureMode, Policy, Resume},
    store::{Allowance, Later, Ledger, MemoryLedger, Reserved, StoreError},
};

/// How much a call may use, from its head.
type Estimate = Arc<dyn Fn(&request::Parts) -> u64 + Send + Sync>;
/// How much a call has used.
pub(super) type Measure = Arc<dyn Fn(&Used) -> Option<u64> + Send + Sync>;

/// Limits what each key spends in a window. Clones are one budget.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    name: Arc<str>,
    key: Key,
    allowance: Allowance,
    ledger: Arc<dyn Ledger>,
    failure_mode: FailureMode,
    estimate: Estimate,
    measure: Measure,
}

impl Budget {
    /// So much for each key. The name is that of the policy, and a part of the keys in the ledger:
    /// where policies share a ledger, each needs its own.
    pub fn new(name: impl Into<Arc<str>>, key: Key, allowance: Allowance) -> Self {
        Self(Arc::new(Inner {
            name: name.into(),
            key,
            allowance,
            ledger: Arc::new(MemoryLedger::new()),
            failure_mode: FailureMode::Closed,
            estimate: Arc::new(estimate_tokens),
            measure: Arc::new(Used::total),
        }))
    }

    /// Keeps what is spent there. Default: in this process, 65,536 keys.
    #[must_use]
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.change().ledger = ledger;
        self
    }

    /// What becomes of a request when the ledger gives no word. Default: it is refused.
    ///
    /// One that passes is counted when it has ended, if the ledger can be told by then.
    #[must_use]
    pub fn failure_mode(mut self, mode: FailureMode) -> Self {
        self.change().failure_mode = mode;
        self
    }

    /// How much is reserved for a call. Default: [`estimate_tokens`].
    ///
    /// Too little, and parallel calls exceed the limit together; too much, and they are refused while
    /// there is room. What is more than the limit is refused always.
    #[must_use]
    pub fn reserve(
        mut self,
        amount: impl Fn(&request::Parts) -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.change().estimate = Arc::new(amount);
        self
    }

    /// What of a call's usage counts; `None` where it does not say, then what was reserved counts.
    /// Default: all tokens, [`Used::total`].
    #[must_use]
    pub fn measure(
        mut self,
        amount: impl Fn(&Used) -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        self.change().measure = Arc::new(amount);
        self
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Policy for Budget {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let inner = &self.0;
        let Some(key) = inner.key.of(head) else {
            return Decision::Pass;
        };
        let key = stored(&inner.name, &key);
        let amount = (inner.estimate)(head).max(1);
        match inner.ledger.reserve(&key, amount, inner.allowance) {
            Later::Now(reserved) => inner.decide(reserved, key, amount),
            Later::Soon(reserved) => {
                let inner = Arc::clone(inner);
                Decision::ask(async move {
                    let reserved = reserved.await;
                    // The decision holds the reservation: it is given back when nobody takes it.
                    Resume::from(inner.decide(reserved, key, amount))
                })
            }
        }
    }
}

impl Inner {
    fn decide(&self, reserved: Result<Reserved, StoreError>, key: String, amount: u64) -> Decision {
        let debt = match reserved {
            Ok(Reserved::Granted(reservation)) => Debt::Reserved(reservation),
            Ok(Reserved::Exhausted { retry_after }) => {
                let words = "the budget of this caller is used up";
                let error = Error::new(ErrorKind::RateLimited, words);
                return Decision::Refuse(error.with_retry_after(retry_after));
            }
            Err(error) => match failure::judge(self.failure_mode, &self.name, error) {
                Ok(()) => Debt::Unreserved(key, self.allowance),
                Err(error) => return Decision::Refuse(error),
            },
        };
        let owed = Owed::new(&self.ledger, debt, amount, &self.measure);
        Decision::Follow(Box::new(Metered::new(owed)))
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("name", &self.0.name)
            .field("allowance", &self.0.allowance)
            .finish_non_exhaustive()
    }
}
