use std::{
    fmt,
    future::Future,
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, protocol::Told};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode, header, response};
use http_body::Body as HttpBody;

use super::{
    ResponseBody,
    accept::Accepts,
    events::Said,
    layer::Limits,
    slot::{self, Slot},
};

/// The messages of one batch, all of which the service has been called for: what becomes one answer.
pub(super) struct Join<F, RB>
where
    RB: HttpBody,
{
    pub(super) slots: Vec<Slot<F, RB>>,
    accepts: Accepts,
    pub(super) limits: Limits,
    /// The answers of an array, as far as they are there.
    texts: Vec<Bytes>,
    bytes: usize,
}

/// In which form a batch is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It has no request that is answered here: as its messages were taken.
    Taken,
    Array,
    Stream,
}

impl<F, RB> Join<F, RB>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    pub(super) const fn new(slots: Vec<Slot<F, RB>>, accepts: Accepts, limits: Limits) -> Self {
        Self {
            slots,
            accepts,
            limits,
            texts: Vec::new(),
            bytes: 0,
        }
    }

    /// Waits until the form is known: at the first stream, else when all heads have come.
    pub(super) fn poll_form<E>(&mut self, cx: &mut Context<'_>) -> Poll<Form>
    where
        F: Future<Output = Result<Response<RB>, E>>,
        E: Into<BoxError>,
    {
        for slot in &mut self.slots {
            slot.poll_head(cx, &self.limits);
        }
        if self.accepts.events && self.slots.iter().any(Slot::is_stream) {
            return Poll::Ready(Form::Stream);
        }
        if self.slots.iter().any(Slot::is_calling) {
            return Poll::Pending;
        }
        Poll::Ready(if self.slots.iter().all(Slot::is_taken) {
            Form::Taken
        } else if self.accepts.events && !self.accepts.json {
            Form::Stream
        } else {
            Form::Array
        })
    }

    /// Reads all answers, one behind the other, so that no more is held than the limit for all of them.
    pub(super) fn poll_texts(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for slot in &mut self.slots {
            let Some(id) = slot.id.clone() else {
                continue;
            };
            loop {
                let left = self.limits.answer_bytes.saturating_sub(self.bytes);
                let text = match slot.poll_said(cx, left) {
                    Poll::Ready(Some(Said::Own(text))) => text,
                    Poll::Ready(Some(_)) => continue,
                    Poll::Ready(None) => break,
                    Poll::Pending => return Poll::Pending,
                };
                self.texts.push(if text.len() > left {
                    slot::said(&slot::over_limit(), &id)
                } else {
                    self.bytes = self.bytes.saturating_add(text.len());
                    text
                });
            }
        }
        Poll::Ready(())
    }

    /// The answers as an array.
    pub(super) fn array(&mut self) -> Response<Bytes> {
        let mut array = BytesMut::with_capacity(self.bytes.saturating_add(self.texts.len()));
        for (at, text) in std::mem::take(&mut self.texts).iter().enumerate() {
            array.put_u8(if at == 0 { b'[' } else { b',' });
            array.put_slice(text);
        }
        array.put_u8(b']');
        let mut head = self.head("application/json");
        let length = HeaderValue::from(array.len());
        head.headers.insert(header::CONTENT_LENGTH, length);
        Response::from_parts(head, array.freeze())
    }

    /// The head of the answer: that of the first request which was not refused, or of the first where all were.
    pub(super) fn head(&mut self, media_type: &'static str) -> response::Parts {
        let mut heads: Vec<_> = self
            .slots
            .iter_mut()
            .filter(|slot| slot.id.is_some())
            .filter_map(|slot| slot.head.take())
            .collect();
        let told = heads
            .iter()
            .find_map(|head| head.extensions.get::<Told>().copied());
        let taken = heads.iter().position(|head| head.status.is_success());
        let same =
            |head: &response::Parts| heads.first().is_some_and(|it| it.status == head.status);
        let is_refused = taken.is_none() && heads.iter().all(same);
        let mut head = if heads.is_empty() {
            Response::new(()).into_parts().0
        } else {
            heads.swap_remove(taken.unwrap_or_default())
        };
        if !is_refused {
            head.status = StatusCode::OK;
        }
        for name in [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONTENT_ENCODING,
        ] {
            head.headers.remove(name);
        }
        let media_type = HeaderValue::from_static(media_type);
        head.headers.insert(header::CONTENT_TYPE, media_type);
        if let Some(told) = told {
            head.extensions.insert(told);
        }
        head
    }

    /// The answer to a batch of which nothing is answered here: the first refusal, or that of the first message.
    pub(super) fn taken(&mut self) -> Option<Response<ResponseBody<F, RB>>> {
        let refused = |slot: &Slot<F, RB>| {
            let head = slot.head.as_ref();
            head.is_none_or(|head| !head.status.is_success())
        };
        let at = self.slots.iter().position(refused).unwrap_or_default();
        (at < self.slots.len())
            .then(|| self.slots.swap_remove(at))?
            .into_answer()
    }
}

impl<F, RB> fmt::Debug for Join<F, RB>
where
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").finish_non_exhaustive()
    }
}
