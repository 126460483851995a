use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use http::Extensions;

use crate::error::{Error, ErrorKind};

/// What clients are told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Told in a request's extensions: its body may be given up for want of memory, and whether it was. Who
/// reads the body sees an error of any type, and would take it for the client's fault.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    /// The body is given up, with this error.
    #[cfg(feature = "limit")]
    pub(crate) fn now(&self) -> Error {
        self.0.store(true, Relaxed);
        Self::error()
    }

    /// What to say of a request whose body was given up.
    pub(crate) fn of(extensions: &Extensions) -> Option<Error> {
        let told = extensions.get::<Self>()?;
        told.0.load(Relaxed).then(Self::error)
    }

    fn error() -> Error {
        let words = "the gateway has no memory for this request now, try again later";
        Error::new(ErrorKind::Overloaded, words).with_retry_after(RETRY_AFTER)
    }
}
