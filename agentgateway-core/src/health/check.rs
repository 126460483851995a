use std::future::Future;

use crate::error::Error;

/// Asks one endpoint whether it can take requests.
///
/// A closure that gives a future is one.
pub trait Check<T> {
    /// Asks. It knows no deadline: who drives it keeps one.
    ///
    /// # Errors
    /// Why it cannot.
    ///
    /// # Cancel safety
    /// It is dropped at the deadline.
    fn check(&self, endpoint: &T) -> impl Future<Output = Result<(), Error>> + Send;
}

impl<T, F, Fut> Check<T> for F
where
    F: Fn(&T) -> Fut,
    Fut: Future<Output = Result<(), Error>> + Send,
{
    fn check(&self, endpoint: &T) -> impl Future<Output = Result<(), Error>> + Send {
        self(endpoint)
    }
}
