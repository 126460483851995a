use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// For how many callers failures are remembered; the one that was let wait the shortest is forgotten first.
const MAX_CALLERS: usize = 1024;

/// Who must wait before a pipe is opened for them again.
///
/// Each caller waits for itself: one whose requests end their process does not keep others from theirs.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: HashMap<String, Failures>,
}

#[derive(Debug)]
struct Failures {
    in_a_row: u32,
    until: Instant,
}

impl Backoff {
    /// How long this caller must still wait.
    pub(super) fn wait(&self, caller: &str) -> Option<Duration> {
        let until = self.failures.get(caller)?.until;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// A pipe of this caller's has failed, after this long.
    pub(super) fn failed(
        &mut self,
        caller: &str,
        lived: Duration,
        first: Duration,
        most: Duration,
    ) {
        let before = self.failures.get(caller).filter(|_| lived < most);
        let in_a_row = before
            .map_or(0, |failures| failures.in_a_row)
            .saturating_add(1);
        let doubled = first.saturating_mul(2_u32.saturating_pow(in_a_row - 1));
        let until = Instant::now() + doubled.min(most);
        if self.failures.len() >= MAX_CALLERS && !self.failures.contains_key(caller) {
            self.forget_one();
        }
        let failures = Failures { in_a_row, until };
        self.failures.insert(caller.to_owned(), failures);
    }

    /// A pipe of this caller's has ended well.
    pub(super) fn ended_well(&mut self, caller: &str) {
        self.failures.remove(caller);
    }

    fn forget_one(&mut self) {
        let soonest = self
            .failures
            .iter()
            .min_by_key(|(_, failures)| failures.until);
        if let Some(caller) = soonest.map(|(caller, _)| caller.clone()) {
            self.failures.remove(&caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const MOST: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_failure_doubles_the_wait_up_to_the_most() {
        let mut backoff = Backoff::default();
        for expected in [100, 200, 400, 800, 1000, 1000] {
            backoff.failed("a", Duration::ZERO, FIRST, MOST);
            assert_eq!(backoff.wait("a"), Some(Duration::from_millis(expected)));
            assert_eq!(backoff.wait("b"), None);
        }
        backoff.failed("a", MOST, FIRST, MOST);
        assert_eq!(
            backoff.wait("a"),
            Some(FIRST),
            "one that had lived is the first"
        );
        tokio::time::advance(FIRST).await;
        assert_eq!(backoff.wait("a"), None);
        backoff.failed("a", Duration::ZERO, FIRST, MOST);
        assert_eq!(backoff.wait("a"), Some(2 * FIRST));
        backoff.ended_well("a");
        assert_eq!(backoff.wait("a"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn remembers_so_many_callers_and_no_more() {
        let mut backoff = Backoff::default();
        for caller in 0..2 * MAX_CALLERS {
            backoff.failed(&caller.to_string(), Duration::ZERO, FIRST, MOST);
        }
        assert_eq!(backoff.failures.len(), MAX_CALLERS);
    }
}
