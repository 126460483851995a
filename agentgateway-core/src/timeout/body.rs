use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use super::alarm::Alarm;
use crate::{
    body::StallTimeout,
    context::Awaited,
    error::{BoxError, Error},
};

/// What a body has to keep.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// When its first byte is to be there.
    pub(super) first: Option<Instant>,
    /// When it is to be over.
    pub(super) end: Option<Instant>,
    /// Between two pieces.
    pub(super) gap: Option<Duration>,
}

pin_project_lite::pin_project! {
    /// The body that fails at its limits, and is over behind the failure.
    pub struct ResponseBody<B> {
        #[pin]
        body: StallTimeout<B>,
        first: Option<Alarm>,
        end: Option<Alarm>,
        cutoff: Option<Awaited>,
        over: bool,
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn new(body: B, limits: Limits, cutoff: Option<Awaited>) -> Self {
        Self {
            body: StallTimeout::new(body, limits.gap.unwrap_or(Duration::MAX)),
            first: limits.first.map(Alarm::at),
            end: limits.end.map(Alarm::at),
            cutoff,
            over: false,
        }
    }
}

/// `cors` outside wants every answer's body to have a default: one without a limit.
impl<B> Default for ResponseBody<B>
where
    B: Default,
{
    fn default() -> Self {
        Self::new(B::default(), Limits::default(), None)
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}

impl<B> HttpBody for ResponseBody<B>
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
        if *this.over {
            return Poll::Ready(None);
        }
        // Before the body: a service that always has a frame keeps nobody longer than is allowed.
        let words = "the answer takes longer than it may";
        if let Some(Poll::Ready(error)) = this.end.as_mut().map(|alarm| alarm.poll(cx, words)) {
            *this.over = true;
            return Poll::Ready(Some(Err(error)));
        }
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            *this.first = None;
            return Poll::Ready(frame);
        }
        // Behind the body: a byte that is here is not too late.
        let words = "the service did not begin its answer in time";
        if let Some(Poll::Ready(error)) = this.first.as_mut().map(|alarm| alarm.poll(cx, words)) {
            *this.over = true;
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(Poll::Ready(error)) = this.cutoff.as_mut().map(|cutoff| cutoff.poll(cx)) {
            *this.over = true;
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
