use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Sleep, sleep};

pin_project_lite::pin_project! {
    /// A body whose chunks come from an iterator, the first at once and each next after a pause.
    ///
    /// The iterator is asked for a chunk when the chunk is due, so it may answer by what is true
    /// then. One whose `size_hint` says that nothing is left ends without a last pause.
    pub(super) struct Paced<I> {
        chunks: I,
        pause: Duration,
        #[pin]
        sleep: Option<Sleep>,
    }
}

// === impl Paced ===

impl<I> Paced<I> {
    /// A body of these chunks, with this pause between two of them.
    pub(super) fn new(chunks: I, pause: Duration) -> Self {
        Self {
            chunks,
            pause,
            sleep: None,
        }
    }
}

impl<I> Body for Paced<I>
where
    I: Iterator<Item = Bytes>,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut this = self.project();
        if this.chunks.size_hint().1 == Some(0) {
            return Poll::Ready(None);
        }
        if let Some(sleep) = this.sleep.as_mut().as_pin_mut() {
            ready!(sleep.poll(cx));
        }
        let chunk = this.chunks.next();
        this.sleep.set(chunk.is_some().then(|| sleep(*this.pause)));
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.size_hint().1 == Some(0)
    }
}
