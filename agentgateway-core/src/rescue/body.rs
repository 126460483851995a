use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use super::{
    Handling, Watch,
    events::Events,
    messages::Messages,
    stream::{Guard, Stream},
    units::Units,
};
use crate::{
    body::{End, Gather},
    error::{BoxError, Error},
};

/// How many frames in sequence may bring nothing to be sent before other tasks have their turn.
const FRAMES_PER_TURN: usize = 128;

pin_project_lite::pin_project! {
    /// The body of a rescued answer.
    ///
    /// Its error occurs only where nothing can be told in the stream: it aborts the answer.
    pub struct ResponseBody<B, W> where W: Watch {
        #[pin]
        inner: Option<B>,
        queue: VecDeque<Bytes>,
        trailers: Option<Box<HeaderMap>>,
        abort: Option<Error>,
        look: Look,
        watch: Guard<W>,
        // Runs from the last word of a stream that its service leaves open.
        closing: Option<Pin<Box<Sleep>>>,
    }

    impl<B, W> PinnedDrop for ResponseBody<B, W> where W: Watch {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.left(this.queue.is_empty());
        }
    }
}

enum Look {
    /// Nothing is looked at.
    Pass,
    /// Each frame is shown as it passes.
    Frames,
    /// What passed, to be shown when all has passed.
    Whole {
        seen: Gather,
        left_bytes: usize,
    },
    Stream(Units),
    /// Everything was said; the inner body is not polled again.
    Over,
}

impl<B, W> ResponseBody<B, W>
where
    W: Watch,
{
    /// Forwards `inner`, handled as the watch said when it saw the head.
    ///
    /// [`Handling::Rewrite`] wants the whole body before the head goes out, which is the
    /// [`protocol`](crate::protocol) layer's work; here it passes.
    pub fn new(inner: B, watch: W, handling: Handling) -> Self
    where
        B: HttpBody<Data = Bytes>,
    {
        let look = match handling {
            Handling::Events => {
                let events = Events::new(watch.max_event_bytes());
                Look::Stream(Units::Events(Box::new(events)))
            }
            Handling::Messages => Look::Stream(Units::Messages(Box::<Messages>::default())),
            Handling::Whole { limit_bytes } => Look::Whole {
                seen: Gather::default(),
                left_bytes: limit_bytes,
            },
            Handling::Frames => Look::Frames,
            Handling::Pass | Handling::Rewrite { .. } => Look::Pass,
        };
        let streams = matches!(look, Look::Stream(_));
        let mut watch = Guard::new(watch, streams);
        let mut look = look;
        if inner.is_end_stream() && !streams {
            look.show(&mut watch);
            watch.tell(End::Complete);
        }
        Self {
            inner: Some(inner),
            queue: VecDeque::new(),
            trailers: None,
            abort: None,
            look,
            watch,
            closing: None,
        }
    }

    /// An answer of the layer's own; its end has been told.
    pub fn own(bytes: Bytes) -> Self {
        let queue = if bytes.is_empty() {
            VecDeque::new()
        } else {
            VecDeque::from([bytes])
        };
        Self {
            inner: None,
            queue,
            trailers: None,
            abort: None,
            look: Look::Over,
            watch: Guard::told(),
            closing: None,
        }
    }
}

impl Look {
    /// A frame of data passes. It is cloned; what is copied is the small change of many chunks.
    fn keep(&mut self, data: &Bytes) {
        if let Self::Whole { seen, left_bytes } = self {
            match left_bytes.checked_sub(data.len()) {
                Some(left) => {
                    *left_bytes = left;
                    seen.push(data.clone(), 0);
                }
                None => *self = Self::Pass,
            }
        }
    }

    /// All data has passed.
    fn show<W: Watch>(&mut self, guard: &mut Guard<W>) {
        if let Self::Whole { mut seen, .. } = std::mem::replace(self, Self::Over) {
            guard.whole(&seen.take());
        }
    }
}

impl<B, W> ResponseBody<B, W>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
    W: Watch,
{
    /// An answer that is no event stream is forwarded frame by frame.
    fn poll_plain(
        mut inner: Pin<&mut B>,
        look: &mut Look,
        watch: &mut Guard<W>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = match ready!(inner.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => Some(frame),
            Some(Err(error)) => {
                *look = Look::Over;
                let error = Error::from_boxed(error.into());
                watch.tell(End::Failed(&error));
                return Poll::Ready(Some(Err(error)));
            }
            None => None,
        };
        if let Some(frame) = &frame {
            match (&look, frame.data_ref()) {
                (Look::Frames, _) => watch.frame(frame),
                (_, Some(data)) => look.keep(data),
                (_, None) => {}
            }
        }
        if frame.is_none() || inner.is_end_stream() {
            look.show(watch);
            watch.tell(End::Complete);
        }
        Poll::Ready(frame.map(Ok))
    }
}

impl<B, W> Default for ResponseBody<B, W>
where
    W: Watch,
{
    fn default() -> Self {
        Self::own(Bytes::new())
    }
}

impl<B, W> fmt::Debug for ResponseBody<B, W>
where
    W: Watch,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("ended", &self.watch.is_told())
            .finish_non_exhaustive()
    }
}

impl<B, W> HttpBody for ResponseBody<B, W>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
    W: Watch,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut this = self.project();
        for _ in 0..FRAMES_PER_TURN {
            if let Some(bytes) = this.queue.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if matches!(this.look, Look::Over) {
                if let Some(error) = this.abort.take() {
                    return Poll::Ready(Some(Err(error)));
                }
                return Poll::Ready(this.trailers.take().map(|t| Ok(Frame::trailers(*t))));
            }
            let Some(inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Ready(None);
            };
            let Look::Stream(units) = this.look else {
                return Self::poll_plain(inner, this.look, this.watch, cx);
            };
            let mut stream = Stream {
                units,
                watch: this.watch,
                queue: this.queue,
                trailers: this.trailers,
                abort: this.abort,
            };
            let goes_on = if stream.units.is_read() {
                match inner.poll_frame(cx) {
                    Poll::Ready(frame) => stream.step(frame),
                    Poll::Pending if stream.watch.poll_closed(this.closing, cx).is_ready() => {
                        stream.step::<B::Error>(None)
                    }
                    Poll::Pending => ready!(stream.poll_silent(cx)),
                }
            } else if stream.units.rests() {
                break;
            } else {
                stream.turn()
            };
            let is_idle = !stream.units.is_read() && stream.queue.is_empty();
            if !goes_on {
                *this.look = Look::Over;
                this.inner.set(None);
            } else if is_idle {
                break;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.queue.is_empty()
            && self.trailers.is_none()
            && self.abort.is_none()
            && match &self.look {
                Look::Over => true,
                Look::Stream(_) => false,
                Look::Pass | Look::Frames | Look::Whole { .. } => {
                    self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
                }
            }
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.look, &self.inner) {
            // An event may be added or left out.
            (Look::Stream(_), _) => SizeHint::default(),
            (Look::Pass | Look::Frames | Look::Whole { .. }, Some(inner)) => inner.size_hint(),
            _ => SizeHint::with_exact(self.queue.iter().map(|bytes| bytes.len() as u64).sum()),
        }
    }
}
