use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::End;
use crate::error::{BoxError, Error};

/// Is told how a body ended, exactly once.
pub trait OnEnd {
    /// The body ended so. A body knows no end markers: [`End::Truncated`] does not occur here.
    fn on_end(self, end: End<'_>);
}

impl<F> OnEnd for F
where
    F: FnOnce(End<'_>),
{
    fn on_end(self, end: End<'_>) {
        self(end);
    }
}

pin_project_lite::pin_project! {
    /// Forwards a body and says how it ended, exactly once.
    ///
    /// The end is told with the last byte where the body knows it (`is_end_stream`): hyper never
    /// polls a body of known length to its `None`.
    pub struct WithEnd<B, F> where F: OnEnd {
        #[pin]
        body: B,
        guard: Guard<F>,
    }
}

impl<B, F> WithEnd<B, F>
where
    B: HttpBody,
    F: OnEnd,
{
    /// Watches `body`; `on_end` is called once, in `drop` at the latest.
    pub fn new(body: B, on_end: F) -> Self {
        let mut guard = Guard(Some(on_end));
        if body.is_end_stream() {
            guard.tell(End::Complete);
        }
        Self { body, guard }
    }
}

impl<B, F> fmt::Debug for WithEnd<B, F>
where
    F: OnEnd,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithEnd")
            .field("ended", &self.guard.0.is_none())
            .finish_non_exhaustive()
    }
}

struct Guard<F: OnEnd>(Option<F>);

impl<F: OnEnd> Guard<F> {
    fn tell(&mut self, end: End<'_>) {
        if let Some(on_end) = self.0.take() {
            on_end.on_end(end);
        }
    }
}

impl<F: OnEnd> Drop for Guard<F> {
    fn drop(&mut self) {
        self.tell(End::Dropped);
    }
}

/// `cors` outside wants every answer's body to have a default: one without a byte and without ears.
impl<B, F> Default for WithEnd<B, F>
where
    B: Default,
    F: OnEnd,
{
    fn default() -> Self {
        Self {
            body: B::default(),
            guard: Guard(None),
        }
    }
}

impl<B, F> HttpBody for WithEnd<B, F>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
    F: OnEnd,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(cx));
        Poll::Ready(match frame {
            None => {
                this.guard.tell(End::Complete);
                None
            }
            Some(Err(error)) => {
                let error = Error::from_boxed(error.into());
                this.guard.tell(End::Failed(&error));
                Some(Err(error))
            }
            Some(Ok(frame)) => {
                if this.body.is_end_stream() {
                    this.guard.tell(End::Complete);
                }
                Some(Ok(frame))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
