use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, Error};

pin_project_lite::pin_project! {
    /// The future of [`A2aAgent`](super::A2aAgent).
    ///
    /// # Cancel safety
    /// Dropping it drops the call inside.
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F> {
        Refused { error: Option<Error> },
        Calling { #[pin] future: F },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn refused(error: Error) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
        }
    }

    pub(super) const fn calling(future: F) -> Self {
        Self {
            state: State::Calling { future },
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<R, E>>,
    E: Into<BoxError>,
{
    type Output = Result<R, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Refused { error } => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                // Polled again after it was ready, which a future's contract forbids.
                None => Poll::Pending,
            },
            StateProj::Calling { future } => future
                .poll(cx)
                .map_err(|error| Error::from_boxed(error.into())),
        }
    }
}
