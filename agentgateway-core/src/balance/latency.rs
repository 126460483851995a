use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// No estimate is below this, so that requests in flight always count.
const FLOOR: f64 = 1e-6;

/// How long an endpoint lets wait: a moving average that rises at once and falls slowly.
///
/// One word holds estimate (seconds, the upper half) and time of the last change (milliseconds, the
/// lower half), so that nobody waits for anybody. The time wraps after 49 days: an endpoint of which
/// nothing was heard for just so long has its old estimate once more, until the next answer.
#[derive(Debug, Default)]
pub(super) struct Latency(AtomicU64);

/// How samples are weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// In how many nanoseconds an old estimate falls to a third (1/e).
    pub(super) decay: Duration,
    /// What an endpoint costs that has not answered yet, and at most what a failure costs.
    pub(super) penalty: Duration,
}

impl Latency {
    /// The estimate in seconds; none before the first sample.
    pub(super) fn estimate(&self, now: Duration, scale: Scale) -> Option<f64> {
        decayed(self.0.load(Ordering::Relaxed), now, scale)
    }

    /// An answer came after `sample`.
    pub(super) fn observe(&self, sample: Duration, now: Duration, scale: Scale) {
        let sample = sample.as_secs_f64();
        self.change(now, |word| {
            let Some(old) = stored(word) else {
                return Some(sample);
            };
            let kept = weight(word, now, scale);
            Some(if sample > old {
                sample
            } else {
                old * kept + sample * (1.0 - kept)
            })
        });
    }

    /// Nobody waits for the answer any more, and it had not come after `sample`: the estimate is
    /// at least that.
    pub(super) fn raise(&self, sample: Duration, now: Duration, scale: Scale) {
        let sample = sample.as_secs_f64();
        self.change(now, |word| {
            let old = decayed(word, now, scale).unwrap_or(FLOOR);
            (sample > old).then_some(sample)
        });
    }

    /// The endpoint failed after `sample`. The estimate doubles, up to the penalty: who fails fast
    /// must not look fast.
    pub(super) fn fail(&self, sample: Duration, now: Duration, scale: Scale) {
        let (sample, penalty) = (sample.as_secs_f64(), scale.penalty.as_secs_f64());
        self.change(now, |word| {
            let failed = decayed(word, now, scale).map_or(penalty, |old| {
                // Above the penalty already: it stays where it is.
                (old * 2.0).min(penalty).max(old)
            });
            Some(failed.max(sample))
        });
    }

    /// Forgets what was before.
    pub(super) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn change(&self, now: Duration, next: impl Fn(u64) -> Option<f64>) {
        // The closure decides that nothing changes; there is nothing else to fail.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
                next(word).map(|estimate| pack(estimate, now))
            });
    }
}

/// What one more request costs: the estimate for each that is in flight and for the new one.
///
/// Before the first answer a free endpoint costs nothing, so that it gets one request, and a busy
/// one the penalty.
pub(super) fn cost(estimate: Option<f64>, load: f64, scale: Scale) -> f64 {
    let latency = match estimate {
        Some(estimate) => estimate.max(FLOOR),
        None if load > 0.0 => scale.penalty.as_secs_f64(),
        None => FLOOR,
    };
    latency * (load + 1.0)
}

fn stored(word: u64) -> Option<f64> {
    let seconds = f32::from_bits((word >> 32) as u32);
    (seconds > 0.0).then_some(f64::from(seconds))
}

fn decayed(word: u64, now: Duration, scale: Scale) -> Option<f64> {
    Some(stored(word)? * weight(word, now, scale))
}

/// What is left of the estimate: 1 just after a sample, 1/e after the decay time.
fn weight(word: u64, now: Duration, scale: Scale) -> f64 {
    let elapsed = ticks(now).wrapping_sub(word as u32);
    // A clock that another thread read a little earlier: no time has gone by.
    if elapsed > u32::MAX / 2 {
        return 1.0;
    }
    let decay = scale.decay.as_secs_f64() * 1e3;
    if decay > 0.0 {
        (-f64::from(elapsed) / decay).exp()
    } else {
        0.0
    }
}

fn pack(seconds: f64, now: Duration) -> u64 {
    let bits = (seconds.clamp(FLOOR, 1e9) as f32).to_bits();
    (u64::from(bits) << 32) | u64::from(ticks(now))
}

const fn ticks(now: Duration) -> u32 {
    now.as_millis() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale {
        decay: Duration::from_secs(10),
        penalty: Duration::from_secs(1),
    };

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[track_caller]
    fn assert_near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn rises_at_once_and_falls_with_the_decay() {
        let latency = Latency::default();
        assert_eq!(latency.estimate(ms(5), SCALE), None);
        latency.observe(ms(100), ms(5), SCALE);
        assert_near(latency.estimate(ms(5), SCALE), 0.1);
        latency.observe(ms(400), ms(5), SCALE);
        assert_near(latency.estimate(ms(5), SCALE), 0.4);
        let kept = (-1.0_f64).exp();
        assert_near(latency.estimate(ms(10_005), SCALE), 0.4 * kept);
        latency.observe(ms(100), ms(10_005), SCALE);
        let expected = 0.4 * kept + 0.1 * (1.0 - kept);
        assert_near(latency.estimate(ms(10_005), SCALE), expected);
    }

    #[test]
    fn failures_only_raise() {
        let latency = Latency::default();
        latency.fail(ms(1), ms(0), SCALE);
        assert_near(latency.estimate(ms(0), SCALE), 1.0);
        latency.reset();
        latency.observe(ms(100), ms(0), SCALE);
        latency.fail(ms(1), ms(0), SCALE);
        assert_near(latency.estimate(ms(0), SCALE), 0.2);
        latency.raise(ms(150), ms(0), SCALE);
        assert_near(latency.estimate(ms(0), SCALE), 0.2);
        latency.raise(ms(300), ms(0), SCALE);
        assert_near(latency.estimate(ms(0), SCALE), 0.3);
        latency.fail(ms(30_000), ms(0), SCALE);
        latency.fail(ms(1), ms(0), SCALE);
        assert_near(latency.estimate(ms(0), SCALE), 30.0);
    }

    #[test]
    fn costs_the_penalty_until_the_first_answer() {
        assert!(cost(None, 0.0, SCALE) < cost(Some(0.001), 0.0, SCALE));
        assert!(cost(None, 1.0, SCALE) > cost(Some(0.1), 10.0, SCALE));
        assert!((cost(Some(0.1), 3.0, SCALE) - 0.4).abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_wraps_or_steps_back_does_no_harm() {
        let latency = Latency::default();
        let end = Duration::from_millis(u64::from(u32::MAX));
        latency.observe(ms(100), end, SCALE);
        assert_near(latency.estimate(end - ms(3), SCALE), 0.1);
        assert_near(
            latency.estimate(end + ms(1), SCALE),
            0.1 * (-1e-4_f64).exp(),
        );
        latency.observe(Duration::MAX, end, SCALE);
        assert!(latency.estimate(end, SCALE).unwrap().is_finite());
    }
}
