use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{Body, Gather};
use crate::error::BoxError;

/// How many frames are read before other tasks have their turn.
const FRAMES_PER_TURN: usize = 128;

/// The first allocation for a body in several chunks: a declared length is the peer's word only.
const MAX_FIRST_ALLOCATION_BYTES: usize = 64 * 1024;

/// A request body that a layer may have looked at, and that still yields every byte.
///
/// What was read stands in front of what was not; trailers and the error that was met while looking
/// are replayed in their order. A body that is not at its end is boxed once, so that `Peeked` is
/// `Unpin` whatever the body is.
pub struct Peeked<B>
where
    B: HttpBody,
{
    /// What was read: the first piece, which is empty only when there is none, and those behind it.
    read: Bytes,
    behind: VecDeque<Bytes>,
    error: Option<B::Error>,
    // Rare, and large for what is moved so often.
    trailers: Option<Box<HeaderMap>>,
    rest: Option<Pin<Box<B>>>,
}

impl<B> Peeked<B>
where
    B: HttpBody<Data = Bytes>,
{
    /// A body that nobody looked at.
    pub fn untouched(body: B) -> Self {
        let rest = if body.is_end_stream() {
            None
        } else {
            Some(Box::pin(body))
        };
        Self {
            read: Bytes::new(),
            behind: VecDeque::new(),
            error: None,
            trailers: None,
            rest,
        }
    }

    /// Reads the body up to its end, or until it is over `limit_bytes`.
    ///
    /// A body that declares more than the limit is not read at all.
    pub fn peek(body: B, limit_bytes: usize) -> Peek<B> {
        Peek {
            peeked: Some(Self::untouched(body)),
            buffer: Gather::default(),
            limit_bytes,
            beginning: false,
        }
    }

    /// Reads the beginning of the body: up to `limit_bytes`, whatever it declares.
    ///
    /// A body that is longer is [`OverLimit`](Look::OverLimit), and [`peek_more`](Self::peek_more) reads on.
    pub fn peek_beginning(body: B, limit_bytes: usize) -> Peek<B> {
        Peek {
            beginning: true,
            ..Self::peek(body, limit_bytes)
        }
    }

    /// Reads on behind what was read, up to the body's end, as [`peek`](Self::peek) does.
    pub fn peek_more(mut self, limit_bytes: usize) -> Peek<B> {
        let mut buffer = Gather::default();
        for piece in std::iter::once(mem::take(&mut self.read)).chain(mem::take(&mut self.behind)) {
            buffer.push(piece, 0);
        }
        Peek {
            peeked: Some(self),
            buffer,
            limit_bytes,
            beginning: false,
        }
    }

    /// The first of the bytes that were read, at most so many.
    #[must_use]
    pub fn beginning(&self, limit_bytes: usize) -> Bytes {
        self.read.slice(..self.read.len().min(limit_bytes))
    }

    /// The whole body, when all of it was read and stands in one piece.
    #[must_use]
    pub fn whole(&self) -> Option<Bytes> {
        if self.rest.is_some() || self.error.is_some() {
            return None;
        }
        self.behind.is_empty().then(|| self.read.clone())
    }

    /// Puts other bytes in the place of those that were read.
    ///
    /// The head's `content-length` is the caller's to mend.
    pub fn replace_read(&mut self, pieces: impl IntoIterator<Item = Bytes>) {
        let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        self.read = pieces.next().unwrap_or_default();
        self.behind = pieces.collect();
    }

    /// Erases the type, as [`Body::new`] does. A body that was read whole is not boxed.
    pub fn into_body(self) -> Body
    where
        B: Send + 'static,
        B::Error: Into<BoxError> + Send,
    {
        match self.whole() {
            Some(bytes) if self.trailers.is_none() => Body::from(bytes),
            _ => Body::new(self),
        }
    }

    /// Another that yields the same, when all of it was read.
    #[cfg(feature = "retry")]
    pub(crate) fn try_clone(&self) -> Option<Self> {
        (self.rest.is_none() && self.error.is_none()).then(|| Self {
            read: self.read.clone(),
            behind: self.behind.clone(),
            error: None,
            trailers: self.trailers.clone(),
            rest: None,
        })
    }

    /// The error that was met while looking. It is no longer replayed.
    pub fn take_error(&mut self) -> Option<B::Error> {
        self.error.take()
    }
}

/// A body that was read whole.
impl<B> From<Bytes> for Peeked<B>
where
    B: HttpBody,
{
    fn from(read: Bytes) -> Self {
        Self {
            read,
            ..Self::default()
        }
    }
}

impl<B> Peeked<B>
where
    B: HttpBody,
{
    fn read_bytes(&self) -> usize {
        self.read.len() + self.behind.iter().map(Bytes::len).sum::<usize>()
    }
}

impl<B> Default for Peeked<B>
where
    B: HttpBody,
{
    fn default() -> Self {
        Self {
            read: Bytes::new(),
            behind: VecDeque::new(),
            error: None,
            trailers: None,
            rest: None,
        }
    }
}

impl<B> Unpin for Peeked<B> where B: HttpBody {}

impl<B> fmt::Debug for Peeked<B>
where
    B: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peeked")
            .field("read_bytes", &self.read_bytes())
            .field("whole", &self.rest.is_none())
            .finish_non_exhaustive()
    }
}

impl<B> HttpBody for Peeked<B>
where
    B: HttpBody<Data = Bytes>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if !self.read.is_empty() {
            let next = self.behind.pop_front().unwrap_or_default();
            let bytes = mem::replace(&mut self.read, next);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if let Some(error) = self.error.take() {
            self.rest = None;
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(trailers) = self.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(*trailers))));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let frame = ready!(rest.as_mut().poll_frame(cx));
        if frame.is_none() {
            self.rest = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty()
            && self.error.is_none()
            && self.trailers.is_none()
            && self.rest.as_ref().is_none_or(|rest| rest.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let read = self.read_bytes() as u64;
        let rest = self
            .rest
            .as_ref()
            .map_or(SizeHint::with_exact(0), |rest| rest.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

/// What [`Peeked::peek`] found.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a read ends in these three ways and no other"
)]
pub enum Look<B>
where
    B: HttpBody,
{
    /// All of it: the bytes in one piece, and the body that still yields them.
    Whole(Bytes, Peeked<B>),
    /// The body is over the limit. What was read is put back in front.
    OverLimit(Peeked<B>),
    /// The body failed. The error is replayed behind what was read.
    Failed(Peeked<B>),
}

/// The future of [`Peeked::peek`].
///
/// # Cancel safety
/// Dropping it drops the body.
pub struct Peek<B>
where
    B: HttpBody,
{
    peeked: Option<Peeked<B>>,
    buffer: Gather,
    limit_bytes: usize,
    /// What is behind the limit is not asked for.
    beginning: bool,
}

impl<B> Peek<B>
where
    B: HttpBody<Data = Bytes>,
{
    /// The limit that it was given.
    #[must_use]
    pub const fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Everything that was read goes back in front of the body.
    fn put_back(&mut self) -> Peeked<B> {
        let mut peeked = self.peeked.take().unwrap_or_default();
        peeked.read = self.buffer.take();
        peeked
    }

    /// One frame has come.
    fn read(
        &mut self,
        frame: Option<Result<Frame<Bytes>, B::Error>>,
        ended: bool,
        declared: u64,
    ) -> Option<Look<B>> {
        let peeked = self.peeked.as_mut()?;
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => {
                if ended {
                    peeked.rest = None;
                }
                let expected = declared.saturating_sub(data.len() as u64);
                let expected = usize::try_from(expected).unwrap_or(usize::MAX);
                self.buffer
                    .push(data, expected.min(MAX_FIRST_ALLOCATION_BYTES));
                if self.buffer.len() > self.limit_bytes {
                    return Some(Look::OverLimit(self.put_back()));
                }
            }
            Some(Ok(Err(other))) => {
                peeked.rest = None;
                peeked.trailers = other.into_trailers().ok().map(Box::new);
            }
            Some(Err(error)) => {
                peeked.rest = None;
                peeked.error = Some(error);
                return Some(Look::Failed(self.put_back()));
            }
            None => peeked.rest = None,
        }
        None
    }
}

impl<B> Unpin for Peek<B> where B: HttpBody {}

impl<B> fmt::Debug for Peek<B>
where
    B: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peek")
            .field("read_bytes", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

impl<B> Future for Peek<B>
where
    B: HttpBody<Data = Bytes>,
{
    type Output = Look<B>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Look<B>> {
        let beginning = self.beginning;
        for _ in 0..FRAMES_PER_TURN {
            let left_bytes = self.limit_bytes.saturating_sub(self.buffer.len()) as u64;
            let Some(rest) = self.peeked.as_mut().and_then(|peeked| peeked.rest.as_mut()) else {
                let peeked = self.put_back();
                return Poll::Ready(Look::Whole(peeked.whole().unwrap_or_default(), peeked));
            };
            let declared = rest.size_hint().lower();
            let over = if beginning {
                left_bytes == 0
            } else {
                declared > left_bytes
            };
            if over {
                return Poll::Ready(Look::OverLimit(self.put_back()));
            }
            let frame = ready!(rest.as_mut().poll_frame(cx));
            let ended = rest.is_end_stream();
            if let Some(look) = self.read(frame, ended, declared) {
                return Poll::Ready(look);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
