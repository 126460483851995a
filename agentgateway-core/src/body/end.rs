use crate::error::Error;

/// How an answer ended. Usage, budgets, metrics, breakers and logs all read this one value.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a stream ends in these four ways and no other"
)]
pub enum End<'a> {
    /// The answer is whole: a stream's end marker was seen, a body had all its bytes.
    Complete,
    /// A stream ended without its end marker.
    Truncated,
    /// The service or its body failed.
    Failed(&'a Error),
    /// The client went away first.
    Dropped,
}

impl End<'_> {
    /// A short stable name, for spans, metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Truncated => "truncated",
            Self::Failed(_) => "failed",
            Self::Dropped => "dropped",
        }
    }

    /// True only when the answer is whole.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Complete)
    }
}
