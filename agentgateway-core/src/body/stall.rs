use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    error::{BoxError, Error},
    timeout::missed,
};

pin_project_lite::pin_project! {
    /// Fails a body that sends nothing for too long.
    ///
    /// The clock runs while a reader waits, and from the moment at which it began to wait: a reader
    /// that takes its time stalls nothing. The error is a [`Timeout`](crate::ErrorKind::Timeout), behind
    /// which the body is over; of the gateway's origin where this process stood still when the time came.
    ///
    /// # Panics
    /// Waiting outside of a tokio runtime with a clock panics, as tokio's timers do.
    pub struct StallTimeout<B> {
        #[pin]
        body: B,
        limit: Duration,
        waits_since: Option<Instant>,
        // Made when a reader waits for the first time; set anew only when it fires.
        alarm: Option<Pin<Box<Sleep>>>,
        failed: bool,
    }
}

impl<B> StallTimeout<B> {
    /// Fails `body` when a reader has waited for `limit` without a frame; `Duration::MAX` is never.
    pub const fn new(body: B, limit: Duration) -> Self {
        Self {
            body,
            limit,
            waits_since: None,
            alarm: None,
            failed: false,
        }
    }
}

impl<B> fmt::Debug for StallTimeout<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StallTimeout")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// `cors` outside wants every answer's body to have a default: one without a limit to speak of.
impl<B> Default for StallTimeout<B>
where
    B: Default,
{
    fn default() -> Self {
        Self::new(B::default(), Duration::MAX)
    }
}

impl<B> HttpBody for StallTimeout<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.project();
        if *this.failed {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            *this.waits_since = None;
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|error| Error::from_boxed(error.into()))),
            );
        }
        if *this.limit == Duration::MAX {
            return Poll::Pending;
        }
        let since = *this.waits_since.get_or_insert_with(Instant::now);
        let Some(due) = since.checked_add(*this.limit) else {
            return Poll::Pending;
        };
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        // An alarm of an earlier wait may fire early; it is then set to this wait's end.
        while alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                *this.failed = true;
                let message = format!(
                    "the service sent nothing for {} s",
                    this.limit.as_secs_f64()
                );
                return Poll::Ready(Some(Err(missed(due, message))));
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
