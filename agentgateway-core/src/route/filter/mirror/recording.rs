//! What has been seen of a body.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Frame;
use http_body_util::{BodyExt, Full};

use super::exchange::{Mirrored, Place};
use crate::Body;

/// Keeps a body while it passes, and sends it when it is whole.
///
/// Whoever drops it before has not read the body to its end, unless it said how long it is.
pub(super) struct Recording {
    kept: Kept,
    trailers: Option<HeaderMap>,
    /// The length that the body said it has.
    declared: Option<u64>,
    /// Taken when the recording has ended.
    pending: Option<Pending>,
}

struct Pending {
    place: Place,
    send: Box<dyn FnOnce(Place, Body) + Send>,
}

/// Bytes that passed. A frame may share a buffer that is much larger, so that only the first is kept
/// as it is: mostly it is the whole body.
enum Kept {
    One(Bytes),
    Joined(BytesMut),
}

impl Recording {
    pub(super) fn new(
        place: Place,
        declared: Option<u64>,
        send: impl FnOnce(Place, Body) + Send + 'static,
    ) -> Self {
        let send = Box::new(send);
        Self {
            kept: Kept::One(Bytes::new()),
            trailers: None,
            declared,
            pending: Some(Pending { place, send }),
        }
    }

    pub(super) fn keep(&mut self, frame: &Frame<Bytes>) {
        let Some(pending) = &self.pending else {
            return;
        };
        if let Some(data) = frame.data_ref() {
            let limit = pending.place.shared().settings.max_body_bytes;
            if data.len() > limit.saturating_sub(self.kept.len()) {
                self.end(Mirrored::TooLarge);
            } else {
                self.kept.push(data);
            }
        } else if let Some(trailers) = frame.trailers_ref() {
            self.trailers = Some(trailers.clone());
        }
    }

    /// The body is whole.
    pub(super) fn finish(&mut self) {
        if let Some(pending) = self.pending.take() {
            let data = self.kept.take();
            let body = match self.trailers.take() {
                None => Body::from(data),
                Some(trailers) => {
                    let trailers = std::future::ready(Some(Ok(trailers)));
                    Body::new(Full::new(data).with_trailers(trailers))
                }
            };
            (pending.send)(pending.place, body);
        }
    }

    /// The body will not be sent.
    pub(super) fn end(&mut self, outcome: Mirrored) {
        if let Some(pending) = self.pending.take() {
            self.kept.take();
            pending.place.shared().tell(outcome);
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // A server that knows the length does not ask for the end behind the last byte.
        if self
            .declared
            .is_some_and(|declared| u64::try_from(self.kept.len()) == Ok(declared))
        {
            self.finish();
        } else {
            self.end(Mirrored::Unfinished);
        }
    }
}

impl Kept {
    fn len(&self) -> usize {
        match self {
            Self::One(bytes) => bytes.len(),
            Self::Joined(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, data: &Bytes) {
        match self {
            Self::One(bytes) if bytes.is_empty() => *self = Self::One(data.clone()),
            Self::One(bytes) => {
                let mut joined = BytesMut::from(&bytes[..]);
                joined.extend_from_slice(data);
                *self = Self::Joined(joined);
            }
            Self::Joined(bytes) => bytes.extend_from_slice(data),
        }
    }

    fn take(&mut self) -> Bytes {
        match std::mem::replace(self, Self::One(Bytes::new())) {
            Self::One(bytes) => bytes,
            Self::Joined(bytes) => bytes.freeze(),
        }
    }
}
