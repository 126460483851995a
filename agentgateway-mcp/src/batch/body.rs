use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use agentgateway_core::{
    BoxError,
    sse::{KEEP_ALIVE, SseMessage},
};
use bytes::{BufMut, Bytes, BytesMut};
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{events::Said, layer::Limits, slot::Slot};

/// How much is joined into one frame before it goes out, in bytes. One event may be longer.
const FRAME_BYTES: usize = 32 * 1024;

pin_project_lite::pin_project! {
    /// The body of an answer that passed [`Batch`](super::Batch).
    pub struct ResponseBody<F, RB>
    where
        RB: HttpBody,
    {
        #[pin]
        kind: Kind<F, RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = KindProj]
    enum Kind<F, RB>
    where
        RB: HttpBody,
    {
        Pass { #[pin] body: RB },
        Taken { body: Pin<Box<RB>> },
        Whole { text: Option<Bytes> },
        Stream { stream: Stream<F, RB> },
    }
}

impl<F, RB> ResponseBody<F, RB>
where
    RB: HttpBody,
{
    pub(super) const fn pass(body: RB) -> Self {
        let kind = Kind::Pass { body };
        Self { kind }
    }

    pub(super) const fn taken(body: Pin<Box<RB>>) -> Self {
        let kind = Kind::Taken { body };
        Self { kind }
    }

    pub(super) const fn whole(text: Bytes) -> Self {
        let kind = Kind::Whole { text: Some(text) };
        Self { kind }
    }

    pub(super) const fn stream(slots: Vec<Slot<F, RB>>, limits: Limits) -> Self {
        let stream = Stream {
            slots,
            limits,
            next: 0,
        };
        let kind = Kind::Stream { stream };
        Self { kind }
    }
}

/// `cors` outside wants every answer's body to have a default: one without a byte.
impl<F, RB> Default for ResponseBody<F, RB>
where
    RB: HttpBody,
{
    fn default() -> Self {
        let kind = Kind::Whole { text: None };
        Self { kind }
    }
}

impl<F, RB> fmt::Debug for ResponseBody<F, RB>
where
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

impl<F, RB, E> HttpBody for ResponseBody<F, RB>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = RB::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, RB::Error>>> {
        match self.project().kind.project() {
            KindProj::Pass { body } => body.poll_frame(cx),
            KindProj::Taken { body } => body.as_mut().poll_frame(cx),
            KindProj::Whole { text } => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            KindProj::Stream { stream } => stream
                .poll_events(cx)
                .map(|events| events.map(|events| Ok(Frame::data(events)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Pass { body } => body.is_end_stream(),
            Kind::Taken { body } => body.is_end_stream(),
            Kind::Whole { text } => text.is_none(),
            Kind::Stream { stream } => stream.slots.iter().all(Slot::is_over),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Pass { body } => body.size_hint(),
            Kind::Taken { body } => body.size_hint(),
            Kind::Whole { text } => {
                SizeHint::with_exact(text.as_ref().map_or(0, Bytes::len) as u64)
            }
            Kind::Stream { .. } => SizeHint::default(),
        }
    }
}

/// The answers of a batch as one stream, polled by who reads it.
struct Stream<F, RB>
where
    RB: HttpBody,
{
    slots: Vec<Slot<F, RB>>,
    limits: Limits,
    /// Who is asked first: each has its turn.
    next: usize,
}

impl<F, RB> Stream<F, RB>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    /// What they say next, as events; `None` when all have answered.
    fn poll_events<E>(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>
    where
        F: Future<Output = Result<Response<RB>, E>>,
        E: Into<BoxError>,
    {
        for slot in &mut self.slots {
            slot.poll_head(cx, &self.limits);
        }
        let mut events = BytesMut::new();
        let mut is_quiet = false;
        while self.poll_round(cx, &mut events, &mut is_quiet) {}
        if !events.is_empty() {
            return Poll::Ready(Some(events.freeze()));
        }
        if is_quiet {
            return Poll::Ready(Some(Bytes::from_static(KEEP_ALIVE)));
        }
        if self.slots.iter().all(Slot::is_over) {
            return Poll::Ready(None);
        }
        Poll::Pending
    }

    /// Asks each once; whether some must be asked again, since what kept them waiting is over.
    fn poll_round(
        &mut self,
        cx: &mut Context<'_>,
        events: &mut BytesMut,
        is_quiet: &mut bool,
    ) -> bool {
        let count = self.slots.len();
        let mut waiting = Vec::new();
        for turn in 0..count {
            let at = self.next.saturating_add(turn) % count;
            if self.may_speak(at) {
                *is_quiet |= self.speak(at, cx, events);
            } else {
                waiting.push(at);
            }
            if events.len() >= FRAME_BYTES {
                self.next = at.saturating_add(1);
                return false;
            }
        }
        waiting.into_iter().any(|at| self.may_speak(at))
    }

    /// Whether it may be polled: what is held must not become more than one event, and one answer in one piece.
    fn may_speak(&self, at: usize) -> bool {
        let is_free = |holds: fn(&Slot<F, RB>) -> bool| {
            self.slots
                .iter()
                .enumerate()
                .all(|(other, slot)| other == at || !holds(slot))
        };
        match self.slots.get(at) {
            Some(slot) if slot.is_stream() => is_free(Slot::is_within_event),
            Some(slot) if slot.is_whole() => is_free(Slot::is_reading),
            Some(_) | None => true,
        }
    }

    /// Adds what it says to these events; whether something came that is none.
    fn speak(&mut self, at: usize, cx: &mut Context<'_>, events: &mut BytesMut) -> bool {
        let Some(slot) = self.slots.get_mut(at) else {
            return false;
        };
        let mut is_quiet = false;
        while events.len() < FRAME_BYTES {
            match slot.poll_said(cx, self.limits.answer_bytes) {
                Poll::Ready(Some(Said::Own(text) | Said::Other(text))) => {
                    let event = SseMessage::new(text).with_event("message");
                    events.put_slice(&event.encode());
                }
                Poll::Ready(Some(Said::Quiet)) => is_quiet = true,
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        is_quiet
    }
}
