use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, Error};

pin_project_lite::pin_project! {
    /// The future of [`McpUpstream`](super::McpUpstream).
    ///
    /// # Cancel safety
    /// Dropping it drops the client's future.
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F> {
        Failed { error: Option<Error> },
        Called { #[pin] future: F },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn failed(error: Error) -> Self {
        Self {
            state: State::Failed { error: Some(error) },
        }
    }

    pub(super) const fn called(future: F) -> Self {
        Self {
            state: State::Called { future },
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
            // Polled again after it was ready, which a future's contract forbids.
            StateProj::Failed { error } => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            StateProj::Called { future } => future
                .poll(cx)
                .map_err(|error| Error::from_boxed(error.into())),
        }
    }
}
