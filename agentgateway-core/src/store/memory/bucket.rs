use std::time::Duration;

use crate::store::{Rate, Taken, rate::whole};

/// What counts as nothing: a millionth of a permit. Fractions of permits are sums of floating point.
const NOTHING: f64 = 1e-6;

/// The permits of one rate, as they were at a moment in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    level: f64,
    at: u64,
}

impl Bucket {
    fn full(rate: Rate, now: u64) -> Self {
        Self {
            level: rate.capacity() as f64,
            at: now,
        }
    }

    fn level(self, rate: Rate, now: u64) -> f64 {
        let elapsed = now.saturating_sub(self.at) as f64;
        let filled = elapsed * rate.permits() as f64 / micros(rate.period());
        (self.level + filled).min(rate.capacity() as f64)
    }
}

/// The buckets of one key.
#[derive(Debug, Default)]
pub(super) struct Buckets(Vec<(Rate, Bucket)>);

impl Buckets {
    /// From all of them, or from none.
    pub(super) fn take(&mut self, rates: &[Rate], permits: u64, now: u64) -> Taken {
        self.align(rates, now);
        let asked = permits as f64;
        let lacks = |level: f64| match permits {
            0 => level <= NOTHING,
            _ => level + NOTHING < asked,
        };
        let allowed = !self
            .0
            .iter()
            .any(|(rate, bucket)| lacks(bucket.level(*rate, now)));
        if allowed && permits > 0 {
            self.lower(asked, now);
        }
        let mut told = Taken::new(allowed, 0, u64::MAX, Duration::ZERO, Duration::ZERO);
        let mut worst = f64::NEG_INFINITY;
        for (place, (rate, bucket)) in self.0.iter().enumerate() {
            let level = bucket.level(*rate, now);
            let wait = if lacks(level) && !allowed {
                filling(*rate, asked.max(1.0) - level)
            } else {
                Duration::ZERO
            };
            let weight = if allowed {
                -level / (rate.capacity() as f64).max(1.0)
            } else {
                wait.as_secs_f64()
            };
            if weight > worst {
                worst = weight;
                let full_after = filling(*rate, rate.capacity() as f64 - level);
                told = Taken::new(allowed, place, whole(level + NOTHING), full_after, wait);
            }
        }
        told
    }

    /// From all of them, into debt if need be.
    pub(super) fn charge(&mut self, rates: &[Rate], permits: u64, now: u64) {
        self.align(rates, now);
        self.lower(permits as f64, now);
    }

    fn lower(&mut self, permits: f64, now: u64) {
        for (rate, bucket) in &mut self.0 {
            let deepest = -(rate.deepest_debt() as f64);
            let level = (bucket.level(*rate, now) - permits).max(deepest);
            *bucket = Bucket { level, at: now };
        }
    }

    /// Makes the buckets those of these rates; what is known of one stays.
    fn align(&mut self, rates: &[Rate], now: u64) {
        if self.0.iter().map(|(rate, _)| rate).eq(rates) {
            return;
        }
        let known = std::mem::take(&mut self.0);
        let bucket = |rate: &Rate| {
            let found = known.iter().find(|(known, _)| known == rate);
            found.map_or_else(|| Bucket::full(*rate, now), |(_, bucket)| *bucket)
        };
        self.0 = rates.iter().map(|rate| (*rate, bucket(rate))).collect();
    }
}

/// How long so many permits take to come.
fn filling(rate: Rate, permits: f64) -> Duration {
    if rate.permits() == 0 {
        return rate.period();
    }
    let seconds = permits.max(0.0) * rate.period().as_secs_f64() / rate.permits() as f64;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
