use std::{pin::Pin, sync::Arc, time::Duration};

use super::super::KeySet;
use crate::{
    auth::Verdict,
    error::{Error, ErrorKind},
};

/// What comes of looking for the key of a token.
pub(in crate::auth::jwt) enum Look {
    /// These are the keys.
    Found(Arc<KeySet>),
    /// There will be keys.
    Wait(Waiting),
    /// There are none, and none will be fetched before this time is over.
    Failed(Duration),
}

/// The keys, or how long it is before they are asked for again.
pub(in crate::auth::jwt) type Waiting =
    Pin<Box<dyn Future<Output = Result<Arc<KeySet>, Duration>> + Send>>;

/// A token that may be good cannot be judged.
pub(in crate::auth::jwt) fn unavailable(retry: Duration) -> Verdict {
    let message = "the issuer's keys cannot be had now";
    let error = Error::new(ErrorKind::Overloaded, message);
    Verdict::Unavailable(error.with_retry_after(retry))
}
