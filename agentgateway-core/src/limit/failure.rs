use std::time::Duration;

use crate::{
    error::{Error, ErrorKind},
    policy::FailureMode,
    store::StoreError,
};

/// When it is worth another try, where a store gives no word.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What becomes of a request when the store that keeps its limit gives no word: told, and an error
/// where the request is refused.
pub(super) fn judge(mode: FailureMode, policy: &str, error: StoreError) -> Result<(), Error> {
    tracing::debug!(
        policy,
        error = &error as &dyn std::error::Error,
        ?mode,
        "a limit was not asked"
    );
    match mode {
        FailureMode::Open => Ok(()),
        FailureMode::Closed => Err(Error::new(
            ErrorKind::Overloaded,
            "the limits cannot be checked now, try again later",
        )
        .with_retry_after(RETRY_AFTER)
        .with_source(error)),
    }
}
