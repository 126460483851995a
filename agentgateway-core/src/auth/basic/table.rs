use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::future::{Shared, WeakShared};
use tokio::time::Instant;

use super::{Htpasswd, method::Terms, verified::Verified};
use crate::auth::digest::Digest;

/// A check that all share who send the same. `None` when the executor has dropped it.
pub(super) type Check = Shared<Checking>;
pub(super) type Checking = Pin<Box<dyn Future<Output = Option<bool>> + Send>>;

/// The users of one time, and what is known of their passwords. With other users all of it goes.
pub(super) struct Table {
    pub(super) users: Htpasswd,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    verified: Verified,
    checks: HashMap<Digest, WeakShared<Checking>>,
}

/// What is to be done about a name and a password.
pub(super) enum Step {
    /// They were right a while ago.
    Right,
    /// They are being checked.
    Wait(Check),
    /// Too many are being checked.
    Full,
}

impl Table {
    pub(super) fn new(users: Htpasswd) -> Self {
        Self {
            users,
            known: Mutex::default(),
        }
    }

    /// Begins a check where there is none and there is room.
    pub(super) fn step(
        &self,
        digest: Digest,
        terms: &Terms,
        begin: impl FnOnce() -> Check,
    ) -> Step {
        let mut known = self.known();
        if known.verified.has(&digest, Instant::now()) {
            return Step::Right;
        }
        if let Some(check) = known.checks.get(&digest).and_then(WeakShared::upgrade) {
            return Step::Wait(check);
        }
        if known.checks.len() >= terms.max_waiting {
            // Those that nobody waits for any more take no room.
            known.checks.retain(|_, check| check.upgrade().is_some());
        }
        if known.checks.len() >= terms.max_waiting {
            return Step::Full;
        }
        let check = begin();
        if let Some(weak) = check.downgrade() {
            known.checks.insert(digest, weak);
        }
        Step::Wait(check)
    }

    /// A check has come to its end.
    pub(super) fn checked(&self, digest: Digest, right: Option<bool>, terms: &Terms) {
        let mut known = self.known();
        known.checks.remove(&digest);
        if right == Some(true) {
            let (limit, bound) = (terms.remembered_for, terms.max_remembered);
            known
                .verified
                .remember(digest, Instant::now(), limit, bound);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
