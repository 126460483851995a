use std::{fmt, sync::Arc};

use http::{HeaderMap, request, response};

use super::{
    charge::Charge,
    fields::{self, Fields},
};
use crate::{
    body::End,
    error::{Error, ErrorKind},
    limit::{Key, estimate_tokens, failure, key::stored, metered::Metered},
    policy::{Decision, FailureMode, Follow, Policy, Resume},
    store::{Later, MemoryRates, Rate, RateStore, StoreError, Taken},
};

/// How many tokens a call will use, from its head.
pub(super) type Estimate = Arc<dyn Fn(&request::Parts) -> u64 + Send + Sync>;

/// Limits the rate of requests, or of tokens, for each key. Clones are one limit.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct RateLimit(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    name: Arc<str>,
    key: Key,
    rates: Arc<[Rate]>,
    /// Who decided, for each rate.
    deciders: Box<[Arc<str>]>,
    store: Arc<dyn RateStore>,
    failure_mode: FailureMode,
    fields: Option<Fields>,
    /// With one, tokens are limited.
    estimate: Option<Estimate>,
}

impl RateLimit {
    /// All these rates for each key. The name is that of the policy, and a part of the keys in the
    /// store: where policies share a store, each needs its own.
    pub fn new(name: impl Into<Arc<str>>, key: Key, rates: impl IntoIterator<Item = Rate>) -> Self {
        let (name, rates): (Arc<str>, Arc<[Rate]>) = (name.into(), rates.into_iter().collect());
        let decider = |place| format!("{name} rate[{place}]").into();
        Self(Arc::new(Inner {
            deciders: (0..rates.len()).map(decider).collect(),
            name,
            key,
            rates,
            store: Arc::new(MemoryRates::new()),
            failure_mode: FailureMode::Open,
            fields: None,
            estimate: None,
        }))
    }

    /// Keeps its buckets there. Default: in this process, 65,536 keys.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn RateStore>) -> Self {
        self.change().store = store;
        self
    }

    /// What becomes of a request when the store gives no word. Default: it passes.
    #[must_use]
    pub fn failure_mode(mut self, mode: FailureMode) -> Self {
        self.change().failure_mode = mode;
        self
    }

    /// Tells clients of the limit: `RateLimit-Policy` says the rates (quota and window; the window of
    /// a rate with another burst is the time in which that comes), `RateLimit` what is left of the
    /// one that is nearest its end, and when it is full. Default: no.
    ///
    /// # Source
    /// draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
    #[must_use]
    pub fn tell_clients(mut self, yes: bool) -> Self {
        let inner = self.change();
        inner.fields = yes.then(|| Fields::new(&inner.name, &inner.rates));
        self
    }

    /// Limits tokens in place of requests. Default: requests.
    ///
    /// What nobody reads of a call's usage counts as [`estimate_tokens`] says; see
    /// [`estimate`](Self::estimate).
    #[must_use]
    pub fn tokens(self) -> Self {
        self.estimate(estimate_tokens)
    }

    /// Limits tokens, and counts those of a call whose usage nobody reads as this function says.
    /// Nothing is counted where the answer is an error.
    #[must_use]
    pub fn estimate(
        mut self,
        tokens: impl Fn(&request::Parts) -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.change().estimate = Some(Arc::new(tokens));
        self
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Policy for RateLimit {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let inner = &self.0;
        let Some(key) = inner.key.of(head) else {
            return Decision::Pass;
        };
        let key = stored(&inner.name, &key);
        let permits = u64::from(inner.estimate.is_none());
        match inner.store.take(&key, &inner.rates, permits) {
            Later::Now(taken) => inner.decide(taken, key, head),
            Later::Soon(taken) => {
                let inner = Arc::clone(inner);
                Decision::ask(async move {
                    let taken = taken.await;
                    Resume::with(move |head| inner.decide(taken, key, head))
                })
            }
        }
    }
}

impl Inner {
    fn decide(
        &self,
        taken: Result<Taken, StoreError>,
        key: String,
        head: &request::Parts,
    ) -> Decision {
        let told = match taken {
            Ok(taken) if taken.allowed => self.fields.as_ref().map(|fields| fields.tell(&taken)),
            Ok(taken) => return Decision::Refuse(self.refusal(&taken)),
            Err(error) => match failure::judge(self.failure_mode, &self.name, error) {
                Ok(()) => None,
                Err(error) => return Decision::Refuse(error),
            },
        };
        let charge = self.estimate.as_ref().map(|estimate| {
            Metered::new(Charge {
                store: Arc::clone(&self.store),
                rates: Arc::clone(&self.rates),
                key,
                estimate: estimate(head),
            })
        });
        match (told, charge) {
            (None, None) => Decision::Pass,
            (told, charge) => Decision::Follow(Box::new(Following { told, charge })),
        }
    }

    fn refusal(&self, taken: &Taken) -> Error {
        let words = if self.estimate.is_some() {
            "too many tokens, try again later"
        } else {
            "too many requests, try again later"
        };
        let mut error =
            Error::new(ErrorKind::RateLimited, words).with_retry_after(taken.retry_after);
        if let Some(decider) = self.deciders.get(taken.rate) {
            error = error.with_decided_by(Arc::clone(decider));
        }
        match &self.fields {
            Some(fields) => error.with_headers(fields.tell(taken)),
            None => error,
        }
    }
}

/// What is left to do with an answer.
struct Following {
    told: Option<HeaderMap>,
    charge: Option<Metered<Charge>>,
}

impl Follow for Following {
    fn head(&mut self, head: &mut response::Parts) {
        if let Some(told) = self.told.take() {
            fields::append(&mut head.headers, told);
        }
        if let Some(charge) = &mut self.charge {
            charge.head(head);
        }
    }

    fn end(&mut self, end: End<'_>) {
        if let Some(charge) = &mut self.charge {
            charge.end(end);
        }
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("name", &self.0.name)
            .field("rates", &self.0.rates)
            .field("tokens", &self.0.estimate.is_some())
            .finish_non_exhaustive()
    }
}
