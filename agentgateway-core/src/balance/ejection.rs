use std::time::Duration;

/// When an endpoint is ejected, for how long, and how many at once.
///
/// Signals that eject: failures in a row, the share of successes within a window, a score of health,
/// and an endpoint's own word that it wants to be left alone. Whichever comes first ejects. See the
/// [module](crate::balance) for the life of an ejected endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ejection {
    pub(super) consecutive: u32,
    pub(super) rate: f64,
    pub(super) requests: u32,
    pub(super) window: Duration,
    pub(super) threshold: f64,
    pub(super) restored: Option<f64>,
    pub(super) cooldown: Option<Duration>,
    pub(super) base: Duration,
    pub(super) longest: Duration,
    pub(super) linear: bool,
    pub(super) share: f64,
}

impl Ejection {
    /// The defaults of the setters.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            consecutive: 5,
            rate: 0.5,
            requests: 10,
            window: Duration::from_secs(10),
            threshold: 0.0,
            restored: None,
            cooldown: None,
            base: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            linear: false,
            share: 0.5,
        }
    }

    /// Ejects nobody.
    #[must_use]
    pub const fn off() -> Self {
        let mut ejection = Self::new();
        ejection.share = 0.0;
        ejection
    }

    /// So many failures without a success between them eject. Default: 5. With 0 this signal is off.
    #[must_use]
    pub const fn consecutive_failures(mut self, count: u32) -> Self {
        self.consecutive = count;
        self
    }

    /// A share of successes below this ejects, from 0 to 1. Default: 0.5. With 0 this signal is off.
    #[must_use]
    pub const fn success_rate(mut self, rate: f64) -> Self {
        self.rate = rate.clamp(0.0, 1.0);
        self
    }

    /// The share of successes is that of the last `window`, and says nothing below `requests`
    /// outcomes. Default: 10 s and 10.
    ///
    /// The window moves in tenths of its length; less than 10 ms counts as 10 ms.
    #[must_use]
    pub fn window(mut self, window: Duration, requests: u32) -> Self {
        self.window = window.max(Duration::from_millis(10));
        self.requests = requests.max(1);
        self
    }

    /// A score of health below this, from 0 to 1, ejects when an exchange was no success. Default: 0,
    /// which is off.
    ///
    /// The score is a moving average of outcomes, 1 for a success and 0 for all others that count, of
    /// which the last weighs 0.3; it begins with 1. One success can put an ejection off.
    #[must_use]
    pub const fn health_threshold(mut self, score: f64) -> Self {
        self.threshold = score.clamp(0.0, 1.0);
        self
    }

    /// The score of health with which an endpoint comes back, from 0 to 1. Default: none, the score
    /// that it was ejected with.
    #[must_use]
    pub const fn restored_health(mut self, score: f64) -> Self {
        self.restored = Some(score.clamp(0.0, 1.0));
        self
    }

    /// One answer that says [`Overloaded`](super::Outcome::Overloaded) ejects at once: for as long as
    /// its `Retry-After` asks, or `usual` where it asks for nothing. Default: off, such an answer
    /// counts in the rate.
    ///
    /// Meant for services that share out a capacity, such as models: who was told to wait waits, and
    /// others take the requests meanwhile. Such an ejection does not lengthen those that follow.
    #[must_use]
    pub const fn cooldown(mut self, usual: Duration) -> Self {
        self.cooldown = Some(usual);
        self
    }

    /// The first ejection lasts `base`; each that follows lasts twice as long as the one before, up
    /// to `longest`. Default: 1 s and 60 s.
    ///
    /// `longest` also bounds what a `Retry-After` can ask for, and how long a probe is waited for.
    /// Less than 1 ms counts as 1 ms, and a `longest` below `base` as `base`.
    #[must_use]
    pub fn time(mut self, base: Duration, longest: Duration) -> Self {
        self.base = base.max(Duration::from_millis(1));
        self.longest = longest.max(self.base);
        self.linear = false;
        self
    }

    /// Like [`time`](Self::time), but each ejection that follows lasts `base` longer than the one
    /// before.
    #[must_use]
    pub fn linear_time(mut self, base: Duration, longest: Duration) -> Self {
        self = self.time(base, longest);
        self.linear = true;
        self
    }

    /// The largest share of a group that is ejected at once, from 0 to 1. Default: 0.5.
    ///
    /// Rounded down, but one endpoint may always be ejected, unless the share is 0, which turns
    /// ejection off. It protects those that are left from the whole load; so a group with another
    /// [behind it](super::Member::priority) may be ejected whole.
    #[must_use]
    pub const fn max_share(mut self, share: f64) -> Self {
        self.share = share.clamp(0.0, 1.0);
        self
    }

    /// How many of a group's `members` may be ejected at once.
    pub(super) fn limit(&self, members: usize, is_last: bool) -> usize {
        if self.share > 0.0 && is_last {
            ((members as f64 * self.share) as usize).max(1)
        } else if self.share > 0.0 {
            members
        } else {
            0
        }
    }

    /// How long the ejection with this number, from 1, lasts.
    pub(super) fn open_time(&self, number: u32) -> Duration {
        let factor = if self.linear {
            Some(number.max(1))
        } else {
            1_u32.checked_shl(number.saturating_sub(1))
        };
        factor
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.longest, |time| time.min(self.longest))
    }
}

impl Default for Ejection {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_doubles_up_to_the_longest() {
        let ejection = Ejection::new();
        let times = [0, 1, 2, 6, 7, 32, 33, u32::MAX].map(|number| ejection.open_time(number));
        assert_eq!(
            times.map(|time| time.as_secs()),
            [1, 1, 2, 32, 60, 60, 60, 60]
        );
    }

    #[test]
    fn time_may_grow_by_its_base() {
        let base = Duration::from_secs(3);
        let ejection = Ejection::new().linear_time(base, Duration::MAX);
        let times = [0, 1, 2, 3, 1_000].map(|number| ejection.open_time(number));
        assert_eq!(times.map(|time| time.as_secs()), [3, 3, 6, 9, 3_000]);
        let bounded = ejection.linear_time(base, Duration::from_secs(7));
        assert_eq!(bounded.open_time(3), Duration::from_secs(7));
    }

    #[test]
    fn one_may_always_be_ejected_unless_it_is_off() {
        let limits = [1, 2, 3, 4, 9].map(|members| Ejection::new().limit(members, true));
        assert_eq!(limits, [1, 1, 1, 2, 4]);
        assert_eq!(Ejection::new().limit(9, false), 9);
        for is_last in [false, true] {
            assert_eq!(Ejection::off().limit(100, is_last), 0);
            let wrong = Ejection::new().max_share(f64::NAN);
            assert_eq!(wrong.limit(100, is_last), 0);
        }
    }
}
