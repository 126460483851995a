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

use super::{Chosen, Classify, Lease, LeaseEnd, ResponseBody};
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
        Sent { #[pin] future: F, held: Option<(Lease<Endpoint>, C)> },
    }
}

impl<F, C> ResponseFuture<F, C> {
    pub(super) const fn refused(error: Error) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
        }
    }

    pub(super) const fn sent(future: F, lease: Lease<Endpoint>, classify: C) -> Self {
        Self {
            state: State::Sent {
                future,
                held: Some((lease, classify)),
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
                let Some((lease, classify)) = held.take() else {
                    return Poll::Pending;
                };
                Poll::Ready(match result {
                    Ok(response) => Ok(hold(response, lease, classify)),
                    Err(error) => Err(fail(error.into(), lease, &classify)),
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

/// The head is here; the body holds the lease to its end.
fn hold<RB, C>(
    response: Response<RB>,
    mut lease: Lease<Endpoint>,
    classify: C,
) -> Response<ResponseBody<RB, C>>
where
    C: Classify,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    let (mut head, body) = response.into_parts();
    match classify.head(&head) {
        Some(outcome) => lease.settle(outcome),
        None => lease.answered(),
    }
    head.extensions.insert(Chosen(Arc::clone(lease.key())));
    let body = WithEnd::new(body, LeaseEnd::new(lease, classify));
    Response::from_parts(head, body)
}

fn fail<C: Classify>(error: BoxError, mut lease: Lease<Endpoint>, classify: &C) -> Error {
    let error = Error::from_boxed(error);
    lease.settle(classify.error(&error));
    error
}
