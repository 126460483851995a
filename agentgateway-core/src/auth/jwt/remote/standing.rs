use std::time::Duration;

use super::KeysFailure;

/// How it stands with remote keys: for status pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeysStanding {
    /// How many keys are used.
    pub keys: usize,
    /// How long ago they were fetched; `None` before the first time.
    pub age: Option<Duration>,
    /// Whether they are due to be fetched anew, or too old to be used.
    pub stale: bool,
    /// Why they could not be fetched the last time; `None` when they could.
    pub failure: Option<KeysFailure>,
}
