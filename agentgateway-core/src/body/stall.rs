use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::{
    error::{BoxError, Error},
    timeout::WaitClock,
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
        clock: WaitClock,
        failed: bool,
    }
}

impl<B> StallTimeout<B> {
    /// Fails `body` when a reader has waited for `limit` without a frame; `Duration::MAX` is never.
    pub const fn new(body: B, limit: Duration) -> Self {
        Self {
            body,
            clock: WaitClock::new(limit),
            failed: false,
        }
    }
}

impl<B> fmt::Debug for StallTimeout<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StallTimeout")
            .field("limit", &self.clock.limit())
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
            this.clock.restart();
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|error| Error::from_boxed(error.into()))),
            );
        }
        ready!(this.clock.poll(cx));
        *this.failed = true;
        let seconds = this.clock.limit().as_secs_f64();
        let message = format!("the service sent nothing for {seconds} s");
        Poll::Ready(Some(Err(this.clock.late(message))))
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
