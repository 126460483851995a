use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;

use super::shared::Slot;
use crate::{
    error::{BoxError, Error, ErrorKind},
    upstream::{failure::broken_body, trailers::strip_trailers},
};

/// The largest trailers that pass, in bytes as HPACK counts them.
///
/// Half of what h2 keeps: of more than that it drops fields and tells nobody, and what is left is
/// over this limit.
const TRAILERS: usize = 32 * 1024;

/// What HPACK counts for a field beside its name and its value: RFC 7541, section 4.1.
const FIELD: usize = 32;

/// A request's body, which ends when nobody wants the answer any more.
///
/// hyper sends it in a future of its own, which outlives the answer's body.
pub(super) struct SentBody<B> {
    body: B,
    slot: Option<Arc<Slot>>,
}

impl<B> SentBody<B> {
    pub(super) const fn new(body: B, slot: Option<Arc<Slot>>) -> Self {
        Self { body, slot }
    }

    pub(super) fn into_inner(self) -> B {
        self.body
    }
}

impl<B> HttpBody for SentBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Some(slot) = &this.slot {
            slot.uploader().register(cx.waker());
            if slot.is_stopped() {
                // hyper resets the stream with the reason that it finds in a body's error.
                let cancel = h2::Error::from(h2::Reason::CANCEL);
                return Poll::Ready(Some(Err(cancel.into())));
            }
        }
        Pin::new(&mut this.body).poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer that is not at its end. Dropped so, it stops the request too.
pub(super) struct Open {
    slot: Option<Arc<Slot>>,
}

impl Open {
    pub(super) const fn new(slot: Option<Arc<Slot>>) -> Self {
        Self { slot }
    }

    /// The answer is whole, or is none. What is left of the request goes on.
    pub(super) fn end(&mut self) {
        self.slot = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(slot) = &self.slot {
            slot.stop();
        }
    }
}

/// The body of an answer over HTTP/2.
///
/// Trailers pass without the fields that no trailer may hold; over 32 KiB they are a
/// [`BadAnswer`](ErrorKind::BadAnswer).
///
/// # Cancel safety
/// Dropping it before its end resets the stream.
pub(in crate::upstream) struct ResponseBody {
    incoming: Incoming,
    open: Open,
}

impl ResponseBody {
    pub(super) fn new(incoming: Incoming, open: Open) -> Self {
        let mut body = Self { incoming, open };
        if body.incoming.is_end_stream() {
            body.open.end();
        }
        body
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let mut frame = ready!(Pin::new(&mut this.incoming).poll_frame(cx));
        if matches!(frame, None | Some(Err(_))) || this.incoming.is_end_stream() {
            this.open.end();
        }
        if let Some(trailers) = frame
            .as_mut()
            .and_then(|frame| frame.as_mut().ok()?.trailers_mut())
        {
            if size(trailers) > TRAILERS {
                return Poll::Ready(Some(Err(trailers_too_large())));
            }
            strip_trailers(trailers);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(broken_body)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

fn size(fields: &HeaderMap) -> usize {
    fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + FIELD)
        .sum()
}

fn trailers_too_large() -> Error {
    Error::new(
        ErrorKind::BadAnswer,
        "the trailers of the service's answer are over their limit",
    )
}
