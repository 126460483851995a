use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::error::{BoxError, Error};

pin_project_lite::pin_project! {
    /// The future of a service that makes a request fit for an upstream, and sends or refuses it.
    ///
    /// # Cancel safety
    /// Dropping it drops the client's future.
    pub struct AttemptFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F> {
        Refused { error: Option<Error> },
        Sent { #[pin] future: F },
    }
}

impl<F> AttemptFuture<F> {
    /// The request does not go out.
    #[must_use]
    pub const fn refused(error: Error) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
        }
    }

    /// The request is the client's now.
    pub const fn sent(future: F) -> Self {
        Self {
            state: State::Sent { future },
        }
    }
}

impl<F> fmt::Debug for AttemptFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for AttemptFuture<F>
where
    F: Future<Output = Result<R, E>>,
    E: Into<BoxError>,
{
    type Output = Result<R, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            // Polled again after it was ready, which a future's contract forbids.
            StateProj::Refused { error } => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            StateProj::Sent { future } => future
                .poll(cx)
                .map_err(|error| Error::from_boxed(error.into())),
        }
    }
}
