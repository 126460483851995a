use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    retry::{Judge, Verdict},
};
use http::{request, response};

/// What is worth another attempt at a call for a model.
///
/// | what came, before the first content | verdict |
/// |---|---|
/// | 408, 424, 429, 500, 502, 503, 504, 529 | again |
/// | `Unavailable`, `Timeout`, `BadAnswer`, `Overloaded`, `RateLimited` of the upstream's origin | again |
/// | all else | that is the answer |
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LlmJudge;

impl LlmJudge {
    /// The table.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Judge for LlmJudge {
    fn answer(&self, _: &request::Parts, answer: &response::Parts) -> Verdict {
        if fails(answer) {
            Verdict::Again
        } else {
            Verdict::Keep
        }
    }

    fn error(&self, _: &request::Parts, error: &Error) -> Verdict {
        let again = matches!(
            error.kind(),
            ErrorKind::Unavailable
                | ErrorKind::Timeout
                | ErrorKind::BadAnswer
                | ErrorKind::Overloaded
                | ErrorKind::RateLimited
        );
        if again && error.origin() == Origin::Upstream {
            Verdict::Again
        } else {
            Verdict::Keep
        }
    }
}

/// Another target may do better.
pub(super) fn fails(answer: &response::Parts) -> bool {
    // 424 is Bedrock's for a model that failed.
    matches!(
        answer.status.as_u16(),
        408 | 424 | 429 | 500 | 502 | 503 | 504 | 529
    )
}
