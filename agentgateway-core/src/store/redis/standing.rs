use std::time::Duration;

/// How things are with a Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisStanding {
    /// It is asked; otherwise every question is answered at once, with
    /// [`StoreError::Away`](crate::store::StoreError::Away).
    pub is_present: bool,
    /// For how long it has been so.
    pub since: Duration,
    /// What is still to be written: charges and settlements.
    pub owed: usize,
    /// How many of these were lost since the process began.
    pub lost: u64,
}
