use std::{fmt, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    Balancer, Ejection, Member, Pulse, latency::Scale, random::SplitMix, select::Bound,
    shared::Settings,
};

/// Settings of a [`Balancer`].
pub struct BalancerBuilder {
    settings: Settings,
}

impl BalancerBuilder {
    pub(super) fn new() -> Self {
        let start = Instant::now();
        let random = SplitMix::seeded();
        Self {
            settings: Settings {
                scale: Scale {
                    decay: Duration::from_secs(10),
                    penalty: Duration::from_secs(1),
                },
                bound: Bound {
                    factor: 1.25,
                    floor: 8,
                },
                ejection: Ejection::new(),
                pulse: None,
                fails_fast: false,
                clock: Arc::new(move || start.elapsed()),
                random: Arc::new(move || random.next()),
            },
        }
    }

    /// In what time an old latency loses most of its weight: it falls to a third (1/e).
    /// Default: 10 s.
    ///
    /// With 0 the last answer alone counts.
    #[must_use]
    pub const fn decay(mut self, decay: Duration) -> Self {
        self.settings.scale.decay = decay;
        self
    }

    /// The latency that is supposed of an endpoint while its first request is under way, and the
    /// most that a failure makes of an estimate. Default: 1 s.
    #[must_use]
    pub const fn penalty(mut self, penalty: Duration) -> Self {
        self.settings.scale.penalty = penalty;
        self
    }

    /// How much one affinity may load an endpoint. Default: a factor of 1.25, and 8.
    ///
    /// An endpoint takes requests by affinity until it has `factor` times its fair share (by weight)
    /// of all that is in flight; the others go to the key's next endpoint. Below `floor` requests in
    /// flight it takes them in any case, so that quiet times keep their affinity. A factor below 1
    /// counts as 1.
    #[must_use]
    pub const fn affinity_bound(mut self, factor: f64, floor: usize) -> Self {
        self.settings.bound = Bound {
            factor: factor.max(1.0),
            floor,
        };
        self
    }

    /// When endpoints are ejected. Default: [`Ejection::new`].
    #[must_use]
    pub const fn ejection(mut self, ejection: Ejection) -> Self {
        self.settings.ejection = ejection;
        self
    }

    /// Blames no endpoint for what failed while this process stood still. Default: nobody knows of that.
    #[must_use]
    pub fn pulse(mut self, pulse: Pulse) -> Self {
        self.settings.pulse = Some(pulse);
        self
    }

    /// Picks none while every endpoint is out, instead of choosing among them as if none were: the
    /// request fails at once, and is told when the first may be asked again.
    ///
    /// Without it no outage of a health check makes an outage of the service; with it nobody who asked
    /// to be left alone is asked. Endpoints are still probed one request at a time. Default: off.
    #[must_use]
    pub const fn fail_fast(mut self) -> Self {
        self.settings.fails_fast = true;
        self
    }

    /// The time since a moment of one's own choice. Default: tokio's clock, since the builder was
    /// made; it needs no runtime.
    ///
    /// Called at each pick, head and end. It should not go back.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.settings.clock = Arc::new(now);
        self
    }

    /// 64 random bits, of which no secret depends. Default: SplitMix64, with a seed of its own.
    #[must_use]
    pub fn random(mut self, next: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.settings.random = Arc::new(next);
        self
    }

    /// A balancer over these endpoints. Of several with one key the last counts.
    pub fn build<T>(self, members: impl IntoIterator<Item = Member<T>>) -> Balancer<T> {
        Balancer::with(self.settings, members)
    }
}

impl fmt::Debug for BalancerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BalancerBuilder")
            .field("scale", &self.settings.scale)
            .field("bound", &self.settings.bound)
            .field("ejection", &self.settings.ejection)
            .finish_non_exhaustive()
    }
}
