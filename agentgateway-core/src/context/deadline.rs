use std::time::Duration;

use http::Extensions;
use tokio::time::Instant;

/// The moment from which on nobody waits any more for the head of a request's answer.
///
/// Written by who limits the wait ([`TimeoutLayer`](crate::timeout::TimeoutLayer) and the retries);
/// read by who would wait longer for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(Instant);

impl Deadline {
    /// In so long from now. `None` where the clock does not reach so far.
    #[must_use]
    pub fn after(limit: Duration) -> Option<Self> {
        Instant::now().checked_add(limit).map(Self)
    }

    /// How long it is until then; zero when it is over.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Writes it into a request's extensions, unless an earlier one stands there.
    pub fn insert(self, extensions: &mut Extensions) {
        let earlier = extensions.get::<Self>().is_some_and(|other| *other <= self);
        if !earlier {
            extensions.insert(self);
        }
    }

    pub(crate) const fn at(moment: Instant) -> Self {
        Self(moment)
    }

    #[cfg(feature = "retry")]
    pub(crate) const fn moment(self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_earliest_holds() {
        let after = |seconds| Deadline::after(Duration::from_secs(seconds)).unwrap();
        let mut extensions = Extensions::new();
        for seconds in [20, 30, 10, 40] {
            after(seconds).insert(&mut extensions);
        }
        let held = *extensions.get::<Deadline>().unwrap();
        assert_eq!(held, after(10));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(held.left(), Duration::from_secs(6));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(held.left(), Duration::ZERO);
        assert_eq!(Deadline::after(Duration::MAX), None);
    }
}
