use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::oneshot;

use super::link::{Link, Turn};
use crate::{
    body::Gather,
    error::Error,
    upstream::{failure::broken_body, trailers::strip_trailers},
};

/// How much of what is ready leaves as one frame, in bytes.
const FRAME_BYTES: usize = 16 * 1024;

/// How much of an answer that nobody wants is read to save its connection, in bytes.
const DRAIN_BYTES: usize = 64 * 1024;

/// The body of an answer, which polls its connection and gives it back with the last byte.
///
/// # Cancel safety
///
/// Dropped before its end it reads what lies ready, up to 64 KiB; when that is the rest, the
/// connection is used again. Otherwise it is closed at once, which tells the service.
pub(in crate::upstream) struct PooledBody {
    source: Source,
    incoming: Incoming,
    gathered: Gather,
    /// What follows the gathered bytes.
    held: Option<Result<Frame<Bytes>, Error>>,
}

enum Source {
    /// The connection is polled here.
    Inline(Box<Link>),
    /// The connection is a task, since its request is still being sent; it ends with the guard.
    Spawned {
        _guard: Option<oneshot::Sender<()>>,
    },
    Ended,
}

impl PooledBody {
    pub(in crate::upstream) fn new(incoming: Incoming, link: Box<Link>) -> Self {
        let mut body = Self {
            source: Source::Ended,
            incoming,
            gathered: Gather::default(),
            held: None,
        };
        if link.is_sending() {
            let guard = link.detach();
            body.source = Source::Spawned { _guard: guard };
        } else {
            body.source = Source::Inline(link);
            if body.incoming.is_end_stream() {
                body.end();
            }
        }
        body
    }

    /// A body that is short and here already, without the rest of this.
    pub(in crate::upstream) fn whole(&mut self, cx: &mut Context<'_>) -> Option<Bytes> {
        let short = |length| length <= FRAME_BYTES as u64;
        if self.incoming.size_hint().exact().is_some_and(short) {
            let _ = self.fill(cx);
        }
        let whole = matches!(self.source, Source::Ended) && self.held.is_none();
        whole.then(|| self.gathered.take())
    }

    /// Gathers what is ready. Pending when nothing was and more is to come.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            source,
            incoming,
            gathered,
            held,
        } = self;
        let step = |cx: &mut Context<'_>| step(incoming, gathered, held, cx);
        let polled = match source {
            Source::Inline(link) => link.drive(cx, step),
            Source::Spawned { .. } => alone(cx, step),
            Source::Ended => return Poll::Ready(()),
        };
        match polled {
            Poll::Ready(true) => self.end(),
            Poll::Ready(false) => {}
            Poll::Pending if self.gathered.len() == 0 => {
                return match &self.source {
                    // Nothing will come, and nobody has said why; a connection tells its body.
                    Source::Inline(link) if link.has_ended() => {
                        self.source = Source::Ended;
                        self.held = Some(Err(cut()));
                        Poll::Ready(())
                    }
                    _ => Poll::Pending,
                };
            }
            Poll::Pending => {}
        }
        Poll::Ready(())
    }

    /// The answer has ended: the connection goes where it belongs.
    fn end(&mut self) {
        if let Source::Inline(mut link) = std::mem::replace(&mut self.source, Source::Ended) {
            if link.settle() {
                if let Some(host) = link.place().map(|place| place.host().clone()) {
                    host.check_in(link);
                }
            }
        }
    }

    /// Bytes that came and have not gone out.
    fn here(&self) -> usize {
        let held = match &self.held {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        self.gathered.len() + held
    }

    fn drain(&mut self) {
        let mut left = DRAIN_BYTES;
        let cx = &mut Context::from_waker(Waker::noop());
        // What is held behind an open source is data; trailers and errors are ends.
        while matches!(self.source, Source::Inline(_)) {
            left = left.saturating_sub(self.here());
            self.gathered.take();
            self.held = None;
            if left == 0 || self.fill(cx).is_pending() {
                return;
            }
        }
    }
}

/// Takes what the connection has brought. True at the end, false when a frame is full.
fn step(
    incoming: &mut Incoming,
    gathered: &mut Gather,
    held: &mut Option<Result<Frame<Bytes>, Error>>,
    cx: &mut Context<'_>,
) -> Turn<bool> {
    let frame = match Pin::new(&mut *incoming).poll_frame(cx) {
        Poll::Pending => return Turn::Waiting,
        Poll::Ready(None) => return Turn::Done(true),
        Poll::Ready(Some(Err(error))) => {
            *held = Some(Err(broken_body(error)));
            return Turn::Done(true);
        }
        Poll::Ready(Some(Ok(frame))) => frame,
    };
    let data = match frame.into_data() {
        Ok(data) => data,
        Err(other) => {
            let trailers = other.into_trailers().unwrap_or_default();
            *held = Some(Ok(Frame::trailers(stripped(trailers))));
            return Turn::Done(true);
        }
    };
    let ended = incoming.is_end_stream();
    let fits = gathered.len() == 0 || gathered.len() + data.len() <= FRAME_BYTES;
    if fits {
        gathered.push(data, FRAME_BYTES / 4);
    } else {
        *held = Some(Ok(Frame::data(data)));
    }
    if ended {
        Turn::Done(true)
    } else if !fits || gathered.len() >= FRAME_BYTES {
        Turn::Done(false)
    } else {
        Turn::Progress
    }
}

fn stripped(mut trailers: HeaderMap) -> HeaderMap {
    strip_trailers(&mut trailers);
    trailers
}

/// The same where the connection is polled elsewhere.
fn alone(cx: &mut Context<'_>, mut step: impl FnMut(&mut Context<'_>) -> Turn<bool>) -> Poll<bool> {
    loop {
        match step(cx) {
            Turn::Done(ended) => return Poll::Ready(ended),
            Turn::Progress => {}
            Turn::Waiting => return Poll::Pending,
        }
    }
}

fn cut() -> Error {
    Error::new(
        crate::error::ErrorKind::Unavailable,
        "the service broke the connection",
    )
}

impl HttpBody for PooledBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        if this.gathered.len() == 0 && this.held.is_none() && this.fill(cx).is_pending() {
            return Poll::Pending;
        }
        if this.gathered.len() > 0 {
            return Poll::Ready(Some(Ok(Frame::data(this.gathered.take()))));
        }
        Poll::Ready(this.held.take())
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Ended) && self.held.is_none() && self.gathered.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        let here = self.here() as u64;
        let mut hint = self.incoming.size_hint();
        match hint.exact() {
            Some(rest) => hint.set_exact(rest.saturating_add(here)),
            None => hint.set_lower(here),
        }
        hint
    }
}

impl Drop for PooledBody {
    fn drop(&mut self) {
        self.drain();
    }
}
