use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Response;
use http_body::Body as HttpBody;

use super::{Chosen, Classify, Lease, LeaseEnd, Outcome, ResponseBody, Tried};
use crate::{
    body::WithEnd,
    error::{BoxError, Error},
    upstream::Endpoint,
};

pin_project_lite::pin_project! {
    /// The future of [`Balance`](super::Balance).
    ///
    /// # Cancel safety
    /// Dropping it drops the client's future and the [`Lease`], which then counts as canceled.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, C> {
        #[pin]
        state: State<F, C>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F, C> {
        Refused { error: Option<Error> },
        Sent { #[pin] future: F, held: Option<Held<C>> },
    }
}

/// What an exchange holds until its head has come.
pub(super) struct Held<C> {
    pub(super) lease: Lease<Endpoint>,
    pub(super) classify: C,
    pub(super) tried: Option<Tried>,
}

impl<F, C> ResponseFuture<F, C> {
    pub(super) const fn refused(error: Error) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
        }
    }

    pub(super) const fn sent(future: F, held: Held<C>) -> Self {
        Self {
            state: State::Sent {
                future,
                held: Some(held),
            },
        }
    }
}

impl<F, C, RB, E> Future for ResponseFuture<F, C>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
    C: Classify,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<RB, C>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            // Polled again after it was ready, which a future's contract forbids.
            StateProj::Refused { error } => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            StateProj::Sent { future, held } => {
                let result = ready!(future.poll(cx));
                let Some(held) = held.take() else {
                    return Poll::Pending;
                };
                Poll::Ready(match result {
                    Ok(response) => Ok(held.answered(response)),
                    Err(error) => Err(held.failed(error.into())),
                })
            }
        }
    }
}

impl<F, C> fmt::Debug for ResponseFuture<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<C: Classify> Held<C> {
    /// The head is here; the body holds the lease to its end.
    fn answered<RB>(mut self, response: Response<RB>) -> Response<ResponseBody<RB, C>>
    where
        RB: HttpBody<Data = Bytes>,
        RB::Error: Into<BoxError>,
    {
        let (mut head, body) = response.into_parts();
        match self.classify.head(&head) {
            Some(outcome) => self.settle(outcome),
            None => self.lease.answered(),
        }
        head.extensions.insert(Chosen(Arc::clone(self.lease.key())));
        let body = WithEnd::new(body, LeaseEnd::new(self.lease, self.classify));
        Response::from_parts(head, body)
    }

    fn failed(mut self, error: BoxError) -> Error {
        let error = Error::from_boxed(error);
        self.settle(self.classify.error(&error));
        error
    }

    fn settle(&mut self, outcome: Outcome) {
        self.lease.settle(outcome);
        if let Some(tried) = &self.tried {
            self.lease.note_left(tried);
        }
    }
}
