use super::Unrepeatable;

/// Why a request that failed was not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skip {
    /// It has had all its attempts.
    Attempts,
    /// It may have been acted on, and is not safe to repeat.
    NotSafe,
    /// Its body is over the limit of what is kept.
    BodyTooLarge,
    /// Its body is not in memory.
    BodyStreamed,
    /// The service wants to be left alone for longer than is waited.
    RetryAfter,
    /// The wait would last to the deadline.
    Deadline,
    /// There were too many retries of late.
    Budget,
}

impl Skip {
    /// A short stable name, for metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attempts => "attempts",
            Self::NotSafe => "not_safe",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyStreamed => "body_streamed",
            Self::RetryAfter => "retry_after",
            Self::Deadline => "deadline",
            Self::Budget => "budget",
        }
    }
}

impl From<Unrepeatable> for Skip {
    fn from(why: Unrepeatable) -> Self {
        match why {
            Unrepeatable::TooLarge => Self::BodyTooLarge,
            Unrepeatable::Streamed => Self::BodyStreamed,
        }
    }
}
