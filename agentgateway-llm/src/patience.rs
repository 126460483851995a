use std::time::Duration;

/// What `error.type` is when a model does not begin in time.
pub(crate) const FIRST_TOKEN_TIMEOUT: &str = "first_token_timeout";
/// What `error.type` is when a model stops for too long.
pub(crate) const TOKEN_GAP_TIMEOUT: &str = "token_gap_timeout";

/// How long a model may say nothing, in an answer's extensions: for the layer that reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// From here on, before it has said anything.
    pub(crate) first: Option<Duration>,
    /// Between two things that it says.
    pub(crate) gap: Option<Duration>,
}
