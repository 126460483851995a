use std::time::Duration;

/// What came of one exchange, for the health of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The endpoint did its work.
    Success,
    /// The endpoint failed: not reached, too late, broken off, or an answer that says so.
    Failure,
    /// The endpoint is alive and has no capacity: 429 and 503.
    ///
    /// Counts in the rate of successes and not among the failures in a row.
    Overloaded {
        /// How long the endpoint wants to be left alone: an ejection lasts at least so long.
        retry_after: Option<Duration>,
    },
    /// Says nothing of the endpoint: the client went away, or sent something wrong.
    Canceled,
}
