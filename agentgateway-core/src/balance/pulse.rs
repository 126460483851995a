use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Weak,
        atomic::{
            AtomicBool, AtomicU32, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// How far apart its beats are.
const BEAT: Duration = Duration::from_millis(500);

/// A beat that is so late was missed: the process was stopped or starved of its processor.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Knows whether this process stood still, so that no endpoint is blamed for it.
///
/// After a pause connections are found broken and clocks found over, through nobody's fault but the
/// process's own. A [`Balancer`](super::Balancer) that is [given](super::BalancerBuilder::pulse) a
/// pulse counts failures of exchanges that were under way then as canceled.
///
/// It beats while [`run`](Self::run) is driven, and says nothing while nobody drives it. A pause of a
/// second and less is not noticed. A handle: clones are one pulse.
///
/// # Example
/// ```
/// use agentgateway_core::balance::{Balancer, Member, Pulse};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let pulse = Pulse::new();
/// tokio::spawn(pulse.run());
/// let balancer = Balancer::builder().pulse(pulse).build([Member::new("a", ())]);
/// # drop(balancer);
/// # }
/// ```
#[derive(Clone)]
pub struct Pulse(Arc<Heart>);

struct Heart {
    born: Instant,
    is_beating: AtomicBool,
    /// In milliseconds since it was born.
    last: AtomicU64,
    missed: AtomicU32,
}

/// How often a pulse had been missed at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missed(u32);

impl Pulse {
    /// One that does not beat yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Heart {
            born: Instant::now(),
            is_beating: AtomicBool::new(false),
            last: AtomicU64::new(0),
            missed: AtomicU32::new(0),
        }))
    }

    /// Beats twice a second, until the handle and its clones are gone. The application spawns it, once.
    ///
    /// # Cancel safety
    /// It may be dropped at any time, and called again.
    pub fn run(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let heart = Arc::downgrade(&self.0);
        async move {
            let beating = Beating::begin(heart);
            loop {
                let due = Instant::now() + BEAT;
                sleep_until(due).await;
                match beating.0.upgrade() {
                    Some(heart) => heart.beat(due),
                    None => return,
                }
            }
        }
    }

    pub(super) fn missed(&self) -> Missed {
        Missed(self.0.missed.load(Acquire))
    }

    /// Whether the process stood still since then, or does until now and nobody has noticed yet.
    pub(super) fn stood_still_since(&self, then: Missed) -> bool {
        self.0.is_beating.load(Acquire) && (self.missed() != then || self.0.is_overdue())
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Pulse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pulse")
            .field("missed", &self.0.missed.load(Relaxed))
            .finish_non_exhaustive()
    }
}

// === impl Heart ===

impl Heart {
    fn beat(&self, due: Instant) {
        if due.elapsed() > TOLERANCE {
            let seconds = due.elapsed().as_secs_f64();
            tracing::warn!(seconds, "this process stood still");
            self.missed.fetch_add(1, Release);
        }
        self.last.store(self.age(), Release);
    }

    fn is_overdue(&self) -> bool {
        let since = self.age().saturating_sub(self.last.load(Acquire));
        u128::from(since) > (BEAT + TOLERANCE).as_millis()
    }

    fn age(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// As long as this lives, the pulse is listened to.
struct Beating(Weak<Heart>);

impl Beating {
    fn begin(heart: Weak<Heart>) -> Self {
        if let Some(heart) = heart.upgrade() {
            heart.last.store(heart.age(), Release);
            heart.is_beating.store(true, Release);
        }
        Self(heart)
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        if let Some(heart) = self.0.upgrade() {
            heart.is_beating.store(false, Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A second as it usually goes by: every timer rings in time.
    async fn live() {
        for _ in 0..10 {
            advance(SECOND / 10).await;
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_known_before_and_after_the_beat_that_notices_it() {
        let pulse = Pulse::new();
        let beating = tokio::spawn(pulse.run());
        live().await;
        let before = pulse.missed();
        live().await;
        assert!(!pulse.stood_still_since(before));
        advance(60 * SECOND).await;
        assert!(pulse.stood_still_since(before), "nobody was woken yet");
        live().await;
        assert!(pulse.stood_still_since(before));
        assert!(!pulse.stood_still_since(pulse.missed()));
        drop(pulse);
        live().await;
        assert!(beating.is_finished());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pulse_that_nobody_drives_says_nothing() {
        let pulse = Pulse::new();
        let then = pulse.missed();
        advance(60 * SECOND).await;
        assert!(!pulse.stood_still_since(then));
        let beating = tokio::spawn(pulse.run());
        live().await;
        beating.abort();
        live().await;
        advance(60 * SECOND).await;
        assert!(!pulse.stood_still_since(then));
    }
}
