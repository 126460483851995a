use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{ResponseBody, alarm::missed, body::Limits};
use crate::{
    context::{Awaited, Cutoff},
    error::{BoxError, Error},
};

pin_project_lite::pin_project! {
    /// The future of [`Timeout`](super::Timeout).
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call.
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        #[pin]
        alarm: Option<Sleep>,
        limits: Limits,
        cutoff: Option<Awaited>,
    }
}

impl<F> ResponseFuture<F> {
    /// The head is awaited until `head`; what comes behind it keeps the limits.
    pub(super) fn new(
        inner: F,
        head: Option<Instant>,
        limits: Limits,
        cutoff: Option<Cutoff>,
    ) -> Self {
        Self {
            inner,
            alarm: head.map(sleep_until),
            limits,
            cutoff: cutoff.map(Cutoff::awaited),
        }
    }
}

impl<F, RB, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<RB>>, Error>;

    /// The answer first: one that is here is not too late.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(answer) = this.inner.poll(cx) {
            let (limits, cutoff) = (*this.limits, this.cutoff.take());
            return Poll::Ready(match answer {
                Ok(response) => Ok(response.map(|body| ResponseBody::new(body, limits, cutoff))),
                Err(error) => Err(Error::from_boxed(error.into())),
            });
        }
        if let Some(Poll::Ready(error)) = this.cutoff.as_mut().map(|cutoff| cutoff.poll(cx)) {
            return Poll::Ready(Err(error));
        }
        let Some(mut alarm) = this.alarm.as_pin_mut() else {
            return Poll::Pending;
        };
        ready!(alarm.as_mut().poll(cx));
        let words = "the service did not answer in time";
        Poll::Ready(Err(missed(alarm.deadline(), words)))
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
