use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{Ending, Handling, Watch, events::Events};
use crate::{
    body::End,
    error::{BoxError, Error, ErrorKind},
    sse::SseMessage,
};

pin_project_lite::pin_project! {
    /// The body of a rescued answer.
    ///
    /// Its error occurs only where nothing can be told in the stream: it aborts the answer.
    pub struct ResponseBody<B, W> where W: Watch {
        #[pin]
        inner: Option<B>,
        queue: VecDeque<Bytes>,
        trailers: Option<HeaderMap>,
        abort: Option<Error>,
        look: Look,
        watch: Guard<W>,
    }
}

enum Look {
    /// Nothing is looked at.
    Pass,
    /// Clones of what passed, to be shown when all has passed.
    Whole {
        seen: Vec<Bytes>,
        left_bytes: usize,
    },
    Events(Box<Events>),
    /// Everything was said; the inner body is not polled again.
    Over,
}

/// Tells the end once, in `drop` at the latest.
struct Guard<W: Watch> {
    watch: Option<W>,
    streams: bool,
}

impl<W: Watch> Guard<W> {
    fn tell(&mut self, end: End<'_>) {
        if let Some(mut watch) = self.watch.take() {
            watch.end(end);
        }
    }
}

impl<W: Watch> Drop for Guard<W> {
    fn drop(&mut self) {
        // A client that leaves behind the end marker has had the whole answer.
        let whole = self.streams
            && self
                .watch
                .as_ref()
                .is_some_and(|watch| watch.ending() == Ending::Complete);
        self.tell(if whole { End::Complete } else { End::Dropped });
    }
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
            Handling::Events => Look::Events(Box::default()),
            Handling::Whole { limit_bytes } => Look::Whole {
                seen: Vec::new(),
                left_bytes: limit_bytes,
            },
            Handling::Pass | Handling::Rewrite { .. } => Look::Pass,
        };
        let mut watch = Guard {
            watch: Some(watch),
            streams: matches!(look, Look::Events(_)),
        };
        let mut look = look;
        if inner.is_end_stream() && !watch.streams {
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
        }
    }

    /// An answer of the layer's own; its end has been told.
    pub fn own(bytes: Bytes) -> Self {
        let queue = if bytes.is_empty() {
            VecDeque::new()
        } else {
            VecDeque::from([bytes])
        };
        let watch = Guard {
            watch: None,
            streams: false,
        };
        Self {
            inner: None,
            queue,
            trailers: None,
            abort: None,
            look: Look::Over,
            watch,
        }
    }
}

impl Look {
    /// A frame of data passes. Clones of `Bytes` are kept, not copies of bytes.
    fn keep(&mut self, data: &Bytes) {
        if let Self::Whole { seen, left_bytes } = self {
            match left_bytes.checked_sub(data.len()) {
                Some(left) => {
                    *left_bytes = left;
                    seen.push(data.clone());
                }
                None => *self = Self::Pass,
            }
        }
    }

    /// All data has passed.
    fn show<W: Watch>(&mut self, guard: &mut Guard<W>) {
        let (Self::Whole { seen, .. }, Some(watch)) =
            (std::mem::replace(self, Self::Over), &mut guard.watch)
        else {
            return;
        };
        match seen.as_slice() {
            [one] => watch.whole(one),
            pieces => watch.whole(&pieces.concat()),
        }
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
            .field("ended", &self.watch.watch.is_none())
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
        loop {
            if let Some(bytes) = this.queue.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if matches!(this.look, Look::Over) {
                if let Some(error) = this.abort.take() {
                    return Poll::Ready(Some(Err(error)));
                }
                return Poll::Ready(this.trailers.take().map(|t| Ok(Frame::trailers(t))));
            }
            let Some(mut inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Ready(None);
            };
            let frame = ready!(inner.as_mut().poll_frame(cx));
            if let Look::Events(events) = this.look {
                let mut stream = Stream {
                    events,
                    watch: this.watch,
                    queue: this.queue,
                    trailers: this.trailers,
                    abort: this.abort,
                };
                if !stream.step(frame) {
                    *this.look = Look::Over;
                }
                continue;
            }
            if let Some(Ok(frame)) = &frame {
                if let Some(data) = frame.data_ref() {
                    this.look.keep(data);
                }
            }
            let ended = match &frame {
                None => true,
                Some(Ok(_)) => inner.is_end_stream(),
                Some(Err(_)) => false,
            };
            if ended {
                this.look.show(this.watch);
                this.watch.tell(End::Complete);
            }
            return Poll::Ready(match frame {
                Some(Err(error)) => {
                    *this.look = Look::Over;
                    let error = Error::from_boxed(error.into());
                    this.watch.tell(End::Failed(&error));
                    Some(Err(error))
                }
                Some(Ok(frame)) => Some(Ok(frame)),
                None => None,
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        self.queue.is_empty()
            && self.trailers.is_none()
            && self.abort.is_none()
            && match &self.look {
                Look::Over => true,
                Look::Events(_) => false,
                Look::Pass | Look::Whole { .. } => {
                    self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
                }
            }
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.look, &self.inner) {
            // An event may be added or left out.
            (Look::Events(_), _) => SizeHint::default(),
            (Look::Pass | Look::Whole { .. }, Some(inner)) => inner.size_hint(),
            _ => SizeHint::with_exact(self.queue.iter().map(|bytes| bytes.len() as u64).sum()),
        }
    }
}

/// One step of an event stream. Each step answers whether the inner body is to be polled again.
struct Stream<'a, W: Watch> {
    events: &'a mut Events,
    watch: &'a mut Guard<W>,
    queue: &'a mut VecDeque<Bytes>,
    trailers: &'a mut Option<HeaderMap>,
    abort: &'a mut Option<Error>,
}

impl<W: Watch> Stream<'_, W> {
    fn step<E: Into<BoxError>>(&mut self, frame: Option<Result<Frame<Bytes>, E>>) -> bool {
        match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => self.data(&data),
                Err(frame) => {
                    *self.trailers = frame.into_trailers().ok();
                    true
                }
            },
            Some(Err(error)) => {
                self.failed(Error::from_boxed(error.into()));
                false
            }
            None => {
                self.ended();
                false
            }
        }
    }

    fn data(&mut self, data: &Bytes) -> bool {
        let Some(watch) = &mut self.watch.watch else {
            return false;
        };
        let fed = self.events.feed(data, watch, self.queue);
        if let Err(error) = fed {
            self.failed(error.into());
            return false;
        }
        true
    }

    /// A failure behind the end marker takes nothing from the client.
    fn failed(&mut self, error: Error) {
        self.events.give_up();
        if self
            .watch
            .watch
            .as_ref()
            .is_some_and(|watch| watch.ending() == Ending::Complete)
        {
            self.watch.tell(End::Complete);
            return;
        }
        let event = self
            .watch
            .watch
            .as_ref()
            .and_then(|watch| watch.error_event(&error));
        self.watch.tell(End::Failed(&error));
        self.say(event, error);
    }

    fn ended(&mut self) {
        let Some(watch) = &mut self.watch.watch else {
            return;
        };
        let rest = self.events.finish(watch);
        let end = match watch.ending() {
            Ending::Complete | Ending::Endless => End::Complete,
            Ending::Resumable => End::Truncated,
            Ending::Truncated => {
                let error = Error::new(
                    ErrorKind::BadAnswer,
                    "the stream ended without its end marker: the answer is not complete",
                );
                let event = watch.error_event(&error);
                self.watch.tell(End::Truncated);
                self.say(event, error);
                return;
            }
        };
        self.queue.extend(rest);
        self.watch.tell(end);
    }

    /// A stream that cannot tell its error is aborted: a clean end would be a lie.
    fn say(&mut self, event: Option<SseMessage>, error: Error) {
        match event {
            Some(event) => self.queue.push_back(event.encode()),
            None => *self.abort = Some(error),
        }
    }
}
