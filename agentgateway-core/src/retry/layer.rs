use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_layer::Layer;

use super::{Backoff, Budget, Retry, Skip, Transient};
use crate::random::SplitMix;

/// Sends a request again where that may help and cannot harm.
///
/// See the [module](crate::retry) for when it does. Clones, and the services that it makes, share the
/// budget.
pub struct RetryLayer<J = Transient> {
    pub(super) settings: Arc<Settings<J>>,
}

pub(super) struct Settings<J> {
    pub(super) judge: J,
    pub(super) more: More,
}

/// All but the judge.
#[derive(Clone)]
pub(super) struct More {
    pub(super) retries: u32,
    pub(super) backoff: Backoff,
    pub(super) budget: Option<Budget>,
    pub(super) body_bytes: usize,
    pub(super) longest_wait: Duration,
    pub(super) attempt_limit: Option<Duration>,
    pub(super) limit: Option<Duration>,
    pub(super) on_retry: Arc<dyn Fn(u32) + Send + Sync>,
    pub(super) on_skip: Arc<dyn Fn(Skip) + Send + Sync>,
    pub(super) random: Arc<dyn Fn() -> u64 + Send + Sync>,
    pub(super) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl RetryLayer {
    /// One retry, of what is [`Transient`], within a [`Budget`] of its own.
    #[must_use]
    pub fn new() -> Self {
        let random = SplitMix::seeded();
        Self::with(
            Transient::new(),
            More {
                retries: 1,
                backoff: Backoff::default(),
                budget: Some(Budget::default()),
                body_bytes: 64 * 1024,
                longest_wait: Duration::from_secs(60),
                attempt_limit: None,
                limit: None,
                on_retry: Arc::new(|_| ()),
                on_skip: Arc::new(|_| ()),
                random: Arc::new(move || random.next()),
                clock: Arc::new(SystemTime::now),
            },
        )
    }
}

impl<J> RetryLayer<J> {
    fn with(judge: J, more: More) -> Self {
        Self {
            settings: Arc::new(Settings { judge, more }),
        }
    }

    /// Decides what is worth another attempt, and what may have one. Default: [`Transient`].
    #[must_use]
    pub fn judge<K>(self, judge: K) -> RetryLayer<K> {
        RetryLayer::with(judge, self.settings.more.clone())
    }
}

impl<J: Clone> RetryLayer<J> {
    fn set(self, set: impl FnOnce(&mut More)) -> Self {
        let mut more = self.settings.more.clone();
        set(&mut more);
        Self::with(self.settings.judge.clone(), more)
    }

    /// How often a request is sent again at most. Default: 1. With 0 it is sent once, and nothing of
    /// it is kept.
    #[must_use]
    pub fn retries(self, count: u32) -> Self {
        self.set(|more| more.retries = count)
    }

    /// How long is waited before an attempt. Default: [`Backoff::default`].
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        self.set(|more| more.backoff = backoff)
    }

    /// How many retries there may be of late, for all that share it; none is without a bound. Default:
    /// a budget of the layer's own, with 20 % of the requests and 10 in a second.
    #[must_use]
    pub fn budget(self, budget: impl Into<Option<Budget>>) -> Self {
        let budget = budget.into();
        self.set(|more| more.budget = budget)
    }

    /// How large a body may be that is kept to be sent again, in bytes. Default: 64 KiB.
    ///
    /// A request with a larger one is sent once ([`Skip::BodyTooLarge`]).
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        self.set(|more| more.body_bytes = bytes)
    }

    /// The longest `Retry-After` that is waited for. Default: 60 s.
    ///
    /// Who asks for more is not asked again, and its answer is handed on ([`Skip::RetryAfter`]).
    #[must_use]
    pub fn longest_wait(self, wait: Duration) -> Self {
        self.set(|more| more.longest_wait = wait)
    }

    /// How long an attempt may take until the head of its answer. Default: no limit.
    ///
    /// At the limit the attempt is dropped, and counts as a `Timeout` of the service. For a limit to the
    /// end of an answer mount [`TimeoutLayer`](crate::timeout::TimeoutLayer) inside.
    #[must_use]
    pub fn attempt_deadline(self, limit: impl Into<Option<Duration>>) -> Self {
        let limit = limit.into();
        self.set(|more| more.attempt_limit = limit)
    }

    /// How long all attempts and the waits between may take, until the head of the answer. Default: what
    /// a [`Deadline`](crate::context::Deadline) in the request's extensions says; of two the earlier.
    ///
    /// At the limit the call fails with a `Timeout`. No wait is begun that would last so long.
    #[must_use]
    pub fn deadline(self, limit: impl Into<Option<Duration>>) -> Self {
        let limit = limit.into();
        self.set(|more| more.limit = limit)
    }

    /// Is told of each retry: the number of the attempt that begins, from 2. Default: nobody.
    #[must_use]
    pub fn on_retry(self, told: impl Fn(u32) + Send + Sync + 'static) -> Self {
        self.set(|more| more.on_retry = Arc::new(told))
    }

    /// Is told of each request that failed and was not sent again though it would have been worth it:
    /// for a count by reason. Default: nobody.
    #[must_use]
    pub fn on_skip(self, told: impl Fn(Skip) + Send + Sync + 'static) -> Self {
        self.set(|more| more.on_skip = Arc::new(told))
    }

    /// 64 random bits, of which no secret depends. Default: SplitMix64, with a seed of its own.
    #[must_use]
    pub fn random(self, next: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.set(|more| more.random = Arc::new(next))
    }

    /// What time it is, for a `Retry-After` that is a date in a head without one. Default: the system's
    /// clock.
    #[must_use]
    pub fn clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.set(|more| more.clock = Arc::new(now))
    }
}

impl Default for RetryLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<J> Clone for RetryLayer<J> {
    fn clone(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
        }
    }
}

impl<J> fmt::Debug for RetryLayer<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = &self.settings.more;
        f.debug_struct("RetryLayer")
            .field("retries", &more.retries)
            .field("backoff", &more.backoff)
            .field("body_bytes", &more.body_bytes)
            .finish_non_exhaustive()
    }
}

impl<S, J> Layer<S> for RetryLayer<J> {
    type Service = Retry<S, J>;

    fn layer(&self, inner: S) -> Retry<S, J> {
        Retry::new(inner, Arc::clone(&self.settings))
    }
}
