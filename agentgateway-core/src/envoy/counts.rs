use std::sync::atomic::{AtomicU64, Ordering};

use super::Failure;
use crate::policy::FailureMode;

/// How many calls failed, and why, since the policy was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureCounts {
    /// The service was not reached, or the connection broke.
    pub unreachable: u64,
    /// It did not answer in time.
    pub timeout: u64,
    /// It said that it has failed.
    pub status: u64,
    /// Its answer could not be used.
    pub invalid: u64,
    /// Of all these: requests that passed all the same ([`FailureMode::Open`]).
    pub passed: u64,
}

impl FailureCounts {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.unreachable + self.timeout + self.status + self.invalid
    }
}

/// A count that many threads add to.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(super) struct FailureCounters {
    unreachable: Counter,
    timeout: Counter,
    status: Counter,
    invalid: Counter,
    passed: Counter,
}

impl FailureCounters {
    pub(super) fn add(&self, failure: &Failure, mode: FailureMode) {
        let counter = match failure {
            Failure::Unreachable(_) => &self.unreachable,
            Failure::Timeout => &self.timeout,
            Failure::Status(_) => &self.status,
            Failure::Invalid(_) => &self.invalid,
        };
        counter.add();
        if mode == FailureMode::Open {
            self.passed.add();
        }
    }

    pub(super) fn read(&self) -> FailureCounts {
        FailureCounts {
            unreachable: self.unreachable.read(),
            timeout: self.timeout.read(),
            status: self.status.read(),
            invalid: self.invalid.read(),
            passed: self.passed.read(),
        }
    }
}
