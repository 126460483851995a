use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use agentgateway_core::{Body, Error, sse::KEEP_ALIVE};
use bytes::Bytes;
use http_body::Frame;
use tokio::time::{Instant, Sleep};

use super::{Head, Stream, stream::Step};
use crate::bridge::clients::live::lock;

/// Who reads a stream. When it is dropped before the end, the work goes on for a while without one.
pub(in super::super) struct Reader {
    pub(super) stream: Arc<Stream>,
    pub(super) number: u64,
    pub(super) goes_on: bool,
}

// === impl Reader ===

impl Reader {
    pub(in super::super) const fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// Its work ends when it is dropped.
    pub(in super::super) fn ends_with_reader(mut self) -> Self {
        self.goes_on = false;
        self
    }

    /// How the answer begins.
    pub(in super::super) async fn head(&mut self) -> Head {
        poll_fn(|cx| {
            self.stream.poll(self.number, cx).map(|step| match step {
                Step::Head(head) => head,
                // A stream has its head before its events.
                Step::Event(_) | Step::End => Head::None,
            })
        })
        .await
    }

    /// The next event, as it stands on the wire; `None` at the end.
    pub(in super::super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match self.stream.poll(self.number, cx) {
                Poll::Ready(Step::Event(event)) => return Poll::Ready(Some(event)),
                Poll::Ready(Step::End) => return Poll::Ready(None),
                Poll::Ready(Step::Head(_)) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The body that the events are.
    pub(in super::super) fn into_body(self, keep_alive: Duration) -> Body {
        Body::new(EventBody {
            reader: self,
            silence: Box::pin(tokio::time::sleep(keep_alive)),
            keep_alive,
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let state = lock(&self.stream.state);
        let (is_mine, over) = (state.reader == self.number, state.over);
        let kept = state.open && !state.events.is_empty();
        drop(state);
        if !is_mine {
            return;
        }
        if over || !self.goes_on {
            if !over {
                self.stream.stop();
            }
            if kept {
                self.stream.streams.keep(&self.stream);
            }
        } else {
            self.stream.streams.go_on(&self.stream, self.number);
        }
    }
}

struct EventBody {
    reader: Reader,
    silence: Pin<Box<Sleep>>,
    keep_alive: Duration,
}

impl http_body::Body for EventBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let event = match self.reader.poll_event(cx) {
            Poll::Ready(Some(event)) => event,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {
                std::task::ready!(self.silence.as_mut().poll(cx));
                Bytes::from_static(KEEP_ALIVE)
            }
        };
        let next = Instant::now() + self.keep_alive;
        self.silence.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(event))))
    }
}
