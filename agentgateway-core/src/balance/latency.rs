use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// No estimate is below this, so that requests in flight always count.
const FLOOR: f64 = 1e-6;

/// How long an endpoint lets wait: a moving average that rises at once and falls slowly.
///
/// The average is geometric: latencies lie orders of magnitude apart, and a fault of seconds must not
/// be felt for minutes after.
///
/// One word holds estimate (seconds, the upper half) and time of the last change (milliseconds, the
/// lower half), so that nobody waits for anybody. The time wraps after 49 days: an endpoint of which
/// nothing was heard for just so long has its old estimate once more, until the next answer.
#[derive(Debug, Default)]
pub(super) struct Latency(AtomicU64);

/// How samples are weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// In what time an old estimate loses most of its weight: all but a third (1/e).
    pub(super) decay: Duration,
    /// What an endpoint costs that has not answered yet, and at most what a failure costs.
    pub(super) penalty: Duration,
}

impl Latency {
    /// The estimate as the last change left it; none before the first sample.
    pub(super) fn estimate(&self) -> Option<Duration> {
        let seconds = stored(self.0.load(Ordering::Relaxed))?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// What a request would meet, with so much in flight already.
    ///
    /// Before the first answer a free endpoint seems the fastest of all, so that it gets one
    /// request, and a busy one has the penalty.
    pub(super) fn expect(&self, load: f64, now: Duration, scale: Scale) -> Expected {
        let word = self.0.load(Ordering::Relaxed);
        let (seconds, trust) = match stored(word) {
            Some(seconds) => (seconds, weight(word, now, scale)),
            None if load > 0.0 => (scale.penalty.as_secs_f64().max(FLOOR), 1.0),
            None => (FLOOR, 1.0),
        };
        Expected {
            seconds,
            trust,
            load,
        }
    }

    /// An answer came after `sample`.
    pub(super) fn observe(&self, sample: Duration, now: Duration, scale: Scale) {
        let sample = sample.as_secs_f64().max(FLOOR);
        self.change(now, |word| {
            let Some(old) = stored(word) else {
                return Some(sample);
            };
            let kept = weight(word, now, scale);
            Some(if sample > old {
                sample
            } else {
                old.powf(kept) * sample.powf(1.0 - kept)
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
            let failed = stored(word).map_or(penalty, |old| {
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

// === impl Expected ===

/// What a request would meet at an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    seconds: f64,
    /// 1 for news; towards 0 with their age.
    trust: f64,
    load: f64,
}

impl Expected {
    /// How many times as much this costs as the other: latency, for each request that is in flight
    /// and for the new one.
    ///
    /// What is known of latencies fades with its age towards "alike", and not towards "fast": else
    /// of two equal endpoints the one that is asked less would seem the faster, and undo its weight.
    pub(super) fn against(self, other: Self) -> f64 {
        let latency = (self.seconds / other.seconds).powf(self.trust.min(other.trust));
        latency * (self.load + 1.0) / (other.load + 1.0)
    }
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
    fn assert_near(latency: &Latency, expected: f64) {
        let found = latency.estimate().unwrap().as_secs_f64();
        assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
    }

    fn expect(latency: &Latency, load: f64, now: Duration) -> Expected {
        latency.expect(load, now, SCALE)
    }

    #[test]
    fn rises_at_once_and_falls_with_the_decay() {
        let latency = Latency::default();
        assert_eq!(latency.estimate(), None);
        latency.observe(ms(100), ms(5), SCALE);
        assert_near(&latency, 0.1);
        latency.observe(ms(400), ms(5), SCALE);
        assert_near(&latency, 0.4);
        latency.observe(ms(100), ms(10_005), SCALE);
        let kept = (-1.0_f64).exp();
        assert_near(&latency, 0.4_f64.powf(kept) * 0.1_f64.powf(1.0 - kept));
    }

    #[test]
    fn failures_only_raise() {
        let latency = Latency::default();
        latency.fail(ms(1), ms(0), SCALE);
        assert_near(&latency, 1.0);
        latency.reset();
        latency.observe(ms(100), ms(0), SCALE);
        latency.fail(ms(1), ms(60_000), SCALE);
        assert_near(&latency, 0.2);
        latency.raise(ms(150), ms(60_000), SCALE);
        assert_near(&latency, 0.2);
        latency.raise(ms(300), ms(60_000), SCALE);
        assert_near(&latency, 0.3);
        latency.fail(ms(30_000), ms(60_000), SCALE);
        latency.fail(ms(1), ms(60_000), SCALE);
        assert_near(&latency, 30.0);
    }

    #[test]
    fn weighs_latency_and_load() {
        let (fast, slow) = (Latency::default(), Latency::default());
        let (free, busy) = (expect(&fast, 0.0, ms(0)), expect(&fast, 1.0, ms(0)));
        slow.observe(ms(100), ms(0), SCALE);
        assert!(free.against(expect(&slow, 0.0, ms(0))) < 0.1);
        assert!(busy.against(expect(&slow, 10.0, ms(0))) > 1.5);
        fast.observe(ms(10), ms(0), SCALE);
        let ratio = expect(&slow, 3.0, ms(0)).against(expect(&fast, 1.0, ms(0)));
        assert!((ratio - 20.0).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn old_news_fade_towards_alike() {
        let (fast, slow) = (Latency::default(), Latency::default());
        slow.observe(ms(100), ms(0), SCALE);
        fast.observe(ms(10), ms(10_000), SCALE);
        let now = ms(10_000);
        let ratio = expect(&slow, 0.0, now).against(expect(&fast, 0.0, now));
        assert!(
            (ratio - 10.0_f64.powf((-1.0_f64).exp())).abs() < 1e-3,
            "{ratio}"
        );
        let now = ms(100_000);
        let ratio = expect(&slow, 0.0, now).against(expect(&fast, 0.0, now));
        assert!((ratio - 1.0).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn a_clock_that_wraps_or_steps_back_does_no_harm() {
        let latency = Latency::default();
        let end = Duration::from_millis(u64::from(u32::MAX));
        latency.observe(ms(100), end, SCALE);
        for (now, trust) in [(end - ms(3), 1.0), (end + ms(1), (-1e-4_f64).exp())] {
            let found = expect(&latency, 0.0, now).trust;
            assert!((found - trust).abs() < 1e-9, "{found}");
        }
        latency.observe(Duration::MAX, end, SCALE);
        assert!(expect(&latency, 0.0, end).seconds.is_finite());
    }
}
