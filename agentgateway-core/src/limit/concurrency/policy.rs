use std::{fmt, sync::Arc, time::Duration};

use http::request;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    keys::{Full, Keys, Place},
    total::Total,
};
use crate::{
    error::{Error, ErrorKind},
    limit::Key,
    policy::{Decision, Follow, Policy, Resume},
};

/// Default of [`ConcurrencyLimit::retry_after`].
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Limits what is in flight. Clones are one limit.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct ConcurrencyLimit {
    name: Arc<str>,
    /// Who decided that the caller has enough.
    key_decider: Arc<str>,
    total: Total,
    keys: Option<Arc<Keys>>,
    retry_after: Duration,
}

impl ConcurrencyLimit {
    /// One that counts, and limits nothing yet. The name is that of the policy.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        Self {
            key_decider: format!("{name} each").into(),
            name,
            total: Total::new(Semaphore::MAX_PERMITS),
            keys: None,
            retry_after: RETRY_AFTER,
        }
    }

    /// So many at once in all; above it 503. Default: no limit.
    #[must_use]
    pub fn total(mut self, requests: usize) -> Self {
        self.total = Total::new(requests).with_queue_of(&self.total);
        self
    }

    /// So many at once for each key; above it 429. Default: no limit.
    #[must_use]
    pub fn each(mut self, key: Key, requests: usize) -> Self {
        self.keys = Some(Arc::new(Keys::new(key, requests)));
        self
    }

    /// Lets so many above the total wait for a place, in order and no longer than this. Default: none
    /// waits.
    ///
    /// What waits holds its connection and its place under the limit of its key, and leaves with its
    /// client. It must be short: what has waited as long as its client is served for nobody.
    #[must_use]
    pub const fn queue(mut self, requests: usize, longest: Duration) -> Self {
        self.total.queue(requests, longest);
        self
    }

    /// What clients are told to wait. Default: 1 s.
    #[must_use]
    pub const fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = delay;
        self
    }

    /// How many are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.total.in_flight()
    }

    fn full(&self) -> Error {
        Error::new(
            ErrorKind::Overloaded,
            "the gateway is at its limit, try again later",
        )
        .with_retry_after(self.retry_after)
    }

    fn key_full(&self) -> Error {
        Error::new(
            ErrorKind::RateLimited,
            "too many requests at once, try again when one has ended",
        )
        .with_retry_after(self.retry_after)
        .with_decided_by(Arc::clone(&self.key_decider))
    }

    #[cfg(test)]
    pub(in crate::limit) fn keys_in_flight(&self) -> usize {
        self.keys.as_ref().map_or(0, |keys| keys.len())
    }
}

impl Policy for ConcurrencyLimit {
    fn name(&self) -> &str {
        &self.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let place = match self.keys.as_ref().map(|keys| keys.enter(head)) {
            Some(Err(Full)) => return Decision::Refuse(self.key_full()),
            Some(Ok(place)) => place,
            None => None,
        };
        if let Some(permit) = self.total.enter() {
            return InFlight::follow(permit, place);
        }
        let Some(permit) = self.total.wait() else {
            return Decision::Refuse(self.full());
        };
        let limit = self.clone();
        Decision::ask(async move {
            Resume::from(match permit.await {
                Some(permit) => InFlight::follow(permit, place),
                None => Decision::Refuse(limit.full()),
            })
        })
    }
}

/// One request in flight. Its places are given back when it is dropped.
struct InFlight {
    _permit: OwnedSemaphorePermit,
    _place: Option<Place>,
}

impl InFlight {
    fn follow(permit: OwnedSemaphorePermit, place: Option<Place>) -> Decision {
        Decision::Follow(Box::new(Self {
            _permit: permit,
            _place: place,
        }))
    }
}

impl Follow for InFlight {}

impl fmt::Debug for ConcurrencyLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrencyLimit")
            .field("name", &self.name)
            .field("total", &self.total)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
