use std::time::Duration;

use crate::{
    error::{Error, ErrorKind},
    store::StoreError,
};

/// When it is worth another try, where a store gives no word.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What becomes of a request when the store that keeps its limit gives no word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureMode {
    /// It passes, as if it were below the limit.
    Open,
    /// It is refused with 503.
    Closed,
}

impl FailureMode {
    /// Tells of the failure; an error where the request is refused.
    pub(super) fn judge(self, policy: &str, error: StoreError) -> Result<(), Error> {
        tracing::debug!(
            policy,
            error = &error as &dyn std::error::Error,
            mode = ?self,
            "a limit was not asked"
        );
        match self {
            Self::Open => Ok(()),
            Self::Closed => Err(Error::new(
                ErrorKind::Overloaded,
                "the limits cannot be checked now, try again later",
            )
            .with_retry_after(RETRY_AFTER)
            .with_source(error)),
        }
    }
}
