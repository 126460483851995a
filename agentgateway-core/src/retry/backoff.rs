use std::time::Duration;

/// How long is waited before an attempt: up to a bound that doubles, by chance.
///
/// Full jitter: anything between 0 and the bound, so that those who failed together do not come back
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    longest: Duration,
}

impl Backoff {
    /// Up to `base` before the second attempt, and twice as long before each that follows, up to
    /// `longest`. Default: 25 ms and 1 s. With a `base` of 0 nobody waits.
    #[must_use]
    pub const fn new(base: Duration, longest: Duration) -> Self {
        Self { base, longest }
    }

    /// The wait before the attempt behind so many, out of 64 random bits.
    pub(super) fn wait(self, attempts: u32, bits: u64) -> Duration {
        let factor = 1_u32.checked_shl(attempts.saturating_sub(1));
        let bound = factor
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.longest, |bound| bound.min(self.longest));
        // 32 bits of chance are enough for a wait.
        bound.mul_f64((bits >> 32) as f64 / f64::from(u32::MAX))
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

    #[test]
    fn doubles_up_to_the_longest_and_is_anything_below() {
        let backoff = Backoff::default();
        let longest =
            [1, 2, 3, 6, 7, 40, u32::MAX].map(|attempts| backoff.wait(attempts, u64::MAX));
        let millis = longest.map(|wait| wait.as_millis());
        assert_eq!(millis, [25, 50, 100, 800, 1_000, 1_000, 1_000]);
        assert_eq!(backoff.wait(3, 0), Duration::ZERO);
        let half = backoff.wait(3, u64::MAX / 2);
        assert!(half.abs_diff(Duration::from_millis(50)) < Duration::from_micros(1));
        let none = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(none.wait(9, u64::MAX), Duration::ZERO);
        let huge = Backoff::new(Duration::MAX, Duration::from_secs(1));
        assert_eq!(huge.wait(9, u64::MAX), Duration::from_secs(1));
    }
}
