use std::{fmt, sync::Arc};

use crate::random::SplitMix;

/// A choice among values by their weights.
///
/// A value of weight 0 is never chosen. A clone shares the values and the source of random bits.
///
/// ```
/// use agentgateway_core::route::Weighted;
///
/// let backends = Weighted::new([("stable", 9), ("canary", 1), ("off", 0)]);
/// let picked = (0..1000).filter(|_| backends.pick() == Some(&"canary")).count();
/// assert!((20..300).contains(&picked));
/// assert_eq!(Weighted::new([("off", 0)]).pick(), None);
/// ```
///
/// # Source
/// Gateway API v1, `BackendRef.weight`.
pub struct Weighted<T> {
    /// Values with a weight, each with the sum of the weights up to it.
    values: Arc<[(u64, T)]>,
    random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl<T> Weighted<T> {
    /// Of values with their weights.
    ///
    /// Random bits come from SplitMix64 with a seed of its own.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = (T, u32)>) -> Self {
        let weighted = values.into_iter().filter(|(_, weight)| *weight > 0);
        let summed = weighted.scan(0_u64, |sum, (value, weight)| {
            *sum = sum.saturating_add(weight.into());
            Some((*sum, value))
        });
        let random = SplitMix::seeded();
        Self {
            values: summed.collect(),
            random: Arc::new(move || random.next()),
        }
    }

    /// Where 64 random bits come from, of which no secret depends. Default: SplitMix64.
    #[must_use]
    pub fn random(mut self, next: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(next);
        self
    }

    /// One of the values; `None` when none has a weight.
    #[must_use]
    pub fn pick(&self) -> Option<&T> {
        // Most rules have one backend: it needs no random bits.
        if let [(_, only)] = &*self.values {
            return Some(only);
        }
        let (sum, _) = self.values.last()?;
        let point = scaled((self.random)(), *sum);
        let at = self.values.partition_point(|(sum, _)| *sum <= point);
        self.values.get(at).map(|(_, value)| value)
    }

    /// The values that have a weight.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().map(|(_, value)| value)
    }
}

/// A number below `end` out of 64 random bits.
pub(super) fn scaled(bits: u64, end: u64) -> u64 {
    // INVARIANT: the product's upper half is below `end`.
    u64::try_from((u128::from(bits) * u128::from(end)) >> 64).unwrap_or(0)
}

impl<T> Clone for Weighted<T> {
    fn clone(&self) -> Self {
        Self {
            values: Arc::clone(&self.values),
            random: Arc::clone(&self.random),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Weighted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Each of `count` equal parts of the range of random bits once, in order.
    fn sweep(count: u64) -> impl Fn() -> u64 + Send + Sync {
        let next = AtomicU64::new(0);
        move || next.fetch_add(1, Ordering::Relaxed) * (u64::MAX / count)
    }

    #[test]
    fn each_value_gets_its_share_exactly() {
        let values = [("a", 1), ("none", 0), ("b", 2), ("c", 7)];
        let weighted = Weighted::new(values).random(sweep(1000));
        let picked: Vec<_> = (0..1000).filter_map(|_| weighted.pick()).collect();
        for (name, share) in [("a", 100), ("b", 200), ("c", 700), ("none", 0)] {
            let count = picked.iter().filter(|picked| **picked == &name).count();
            assert!(count.abs_diff(share) <= 1, "{name} {count}");
        }
    }

    #[test]
    fn the_ends_of_the_random_bits_choose_the_ends_of_the_list() {
        let first = Weighted::new([(1, 1), (2, u32::MAX)]).random(|| 0);
        let last = Weighted::new([(1, 1), (2, 1)]).random(|| u64::MAX);
        assert_eq!((first.pick(), last.pick()), (Some(&1), Some(&2)));
    }

    #[test]
    fn nothing_is_chosen_where_nothing_has_a_weight() {
        assert_eq!(Weighted::new([(1, 0), (2, 0)]).pick(), None);
        assert_eq!(Weighted::<u8>::new([]).pick(), None);
        let one = Weighted::new([(1, 0), (2, 3)]).random(|| panic!("needs no random bits"));
        assert_eq!(one.pick(), Some(&2));
    }
}
