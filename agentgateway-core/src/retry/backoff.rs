use std::time::Duration;

/// How long is waited before an attempt: up to a bound that doubles, by chance.
///
/// Full jitter: anything between 0 and the bound, so that those who failed together do not come back
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    longest: Duration,
    least: Duration,
}

impl Backoff {
    /// Up to `base` before the second attempt, and twice as long before each that follows, up to
    /// `longest`. Default: 25 ms and 1 s. With a `base` of 0 nobody waits.
    #[must_use]
    pub const fn new(base: Duration, longest: Duration) -> Self {
        Self {
            base,
            longest,
            least: Duration::ZERO,
        }
    }

    /// Waits at least so long, and what chance adds behind it. Default: 0.
    #[must_use]
    pub const fn at_least(mut self, least: Duration) -> Self {
        self.least = least;
        self
    }

    /// The wait before the attempt behind so many: the least, and by chance, out of 64 random bits.
    pub(super) fn wait(self, attempts: u32, bits: u64) -> (Duration, Duration) {
        let factor = 1_u32.checked_shl(attempts.saturating_sub(1));
        let bound = factor
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.longest, |bound| bound.min(self.longest));
        // 32 bits of chance are enough for a wait.
        let chance = bound.mul_f64((bits >> 32) as f64 / f64::from(u32::MAX));
        (self.least, chance)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(25), Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(backoff: Backoff, attempts: u32, bits: u64) -> Duration {
        backoff.wait(attempts, bits).1
    }

    #[test]
    fn doubles_up_to_the_longest_and_is_anything_below() {
        let backoff = Backoff::default();
        let longest =
            [1, 2, 3, 6, 7, 40, u32::MAX].map(|attempts| chance(backoff, attempts, u64::MAX));
        let millis = longest.map(|wait| wait.as_millis());
        assert_eq!(millis, [25, 50, 100, 800, 1_000, 1_000, 1_000]);
        assert_eq!(chance(backoff, 3, 0), Duration::ZERO);
        let half = chance(backoff, 3, u64::MAX / 2);
        assert!(half.abs_diff(Duration::from_millis(50)) < Duration::from_micros(1));
        let least = backoff.at_least(Duration::from_secs(2));
        let wait = (Duration::from_secs(2), Duration::from_millis(25));
        assert_eq!(least.wait(1, u64::MAX), wait);
        let none = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(chance(none, 9, u64::MAX), Duration::ZERO);
        let huge = Backoff::new(Duration::MAX, Duration::from_secs(1));
        assert_eq!(chance(huge, 9, u64::MAX), Duration::from_secs(1));
    }
}
