use std::{error::Error, fmt};

/// Why a store gave no word.
///
/// What follows from it is the choice of who asked: to let a request pass, or to refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached.
    Away,
    /// It did not answer in time. What was asked may have been done.
    Late,
    /// It has no room for another key, and none that may be forgotten.
    Full,
    /// The value is over the store's limit.
    TooLarge,
    /// It answered with something that is no answer.
    BadAnswer,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "the store cannot be reached",
            Self::Late => "the store did not answer in time",
            Self::Full => "the store has no room for another key",
            Self::TooLarge => "the value is over the store's limit",
            Self::BadAnswer => "the store's answer cannot be read",
        })
    }
}

impl Error for StoreError {}
