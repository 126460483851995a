use std::{fmt, sync::Arc, time::Duration};

use tower::retry::budget::{Budget as _, TpsBudget};

/// How long a request counts.
const WINDOW: Duration = Duration::from_secs(10);

/// How many retries there may be, for all requests that share it.
///
/// Retries are meant for faults of few; in a fault of all they would only add load. So there are no
/// more of them within 10 s than a share of the requests within 10 s, and a floor for quiet times.
///
/// A handle: clones are one budget, of a route, of a backend, or of a process.
#[derive(Clone)]
pub struct Budget(Arc<TpsBudget>);

impl Budget {
    /// One retry for each `1 / share` requests, and `per_second` more. Default: 0.2 and 10.
    ///
    /// The share is rounded up to one in a whole number: 0.2 is one for five, 0.3 one for three. With a
    /// share of 0 the floor alone counts, and with both 0 there are no retries. What the floor allows
    /// for 10 s may be used at once.
    #[must_use]
    pub fn new(share: f32, per_second: u32) -> Self {
        // What tower takes; not a number is none.
        let share = if share > 0.0 { share.min(1000.0) } else { 0.0 };
        let per_second = per_second.min(1_000_000);
        Self(Arc::new(TpsBudget::new(WINDOW, per_second, share)))
    }

    /// A request is made, whatever comes of it.
    pub fn deposit(&self) {
        self.0.deposit();
    }

    /// Takes a retry; false when none is left.
    #[must_use]
    pub fn withdraw(&self) -> bool {
        self.0.withdraw()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(0.2, 10)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn left(budget: &Budget) -> usize {
        std::iter::repeat_with(|| budget.withdraw())
            .take_while(|taken| *taken)
            .count()
    }

    #[tokio::test(start_paused = true)]
    async fn is_a_share_of_the_requests_and_a_floor() {
        let budget = Budget::default();
        assert_eq!(left(&budget), 100);
        for _ in 0..1_000 {
            budget.clone().deposit();
        }
        assert_eq!(left(&budget), 200);
        advance(Duration::from_secs(11)).await;
        assert_eq!(left(&budget), 100, "both are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn takes_any_numbers() {
        for (share, per_second, expected) in [
            (0.0, 0, 0),
            (-1.0, 0, 0),
            (f32::NAN, 0, 0),
            (0.5, 0, 5),
            (0.3, 0, 3),
            (1.0, 0, 10),
            (f32::INFINITY, 0, 10_000),
            (0.0, 1, 10),
        ] {
            let budget = Budget::new(share, per_second);
            for _ in 0..10 {
                budget.deposit();
            }
            assert_eq!(left(&budget), expected, "{share} {per_second}");
        }
        assert!(Budget::new(1.0, u32::MAX).withdraw());
    }
}
