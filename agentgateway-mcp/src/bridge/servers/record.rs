use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use agentgateway_core::{Error, error::Origin};

/// What an operator may want to know of a server: since when it is known what it speaks, and how it has failed last.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    found: Option<SystemTime>,
    failed: Option<(SystemTime, String)>,
}

impl Record {
    /// What it speaks was found out, or became unknown.
    pub(super) fn found(&self, is_known: bool) {
        self.noted().found = is_known.then(SystemTime::now);
    }

    /// Notes an error that is the server's, as the operator reads it, and gives it back.
    pub(super) fn failed(&self, error: Error) -> Error {
        if error.origin() == Origin::Upstream {
            let words = error.detail().unwrap_or(error.message());
            self.noted().failed = Some((SystemTime::now(), words.to_owned()));
        }
        error
    }

    #[cfg(feature = "federation")]
    pub(super) fn found_at(&self) -> Option<SystemTime> {
        self.noted().found
    }

    #[cfg(feature = "federation")]
    pub(super) fn last_failure(&self) -> Option<(SystemTime, String)> {
        self.noted().failed.clone()
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
