use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    BoxError, Error, ErrorKind,
    error::Origin,
    jsonrpc::RpcId,
    sse::{SseDecoder, SseFrame},
};
use bytes::{Buf, Bytes};
use http_body::Body as HttpBody;

use crate::layer::{AnswerKind, read_answers};

/// Something that a part of the batch says.
#[derive(Debug)]
pub(super) enum Said {
    /// The answer to the request.
    Own(Bytes),
    /// A notification, or a request of the server's.
    Other(Bytes),
    /// What only keeps the stream open.
    Quiet,
}

/// The stream that one request is answered by.
pub(super) struct Reader<RB> {
    body: Pin<Box<RB>>,
    decoder: SseDecoder,
    input: Bytes,
    /// Something came that is no event.
    is_quiet: bool,
}

impl<RB> Reader<RB> {
    pub(super) fn new(body: Pin<Box<RB>>, max_event_bytes: usize) -> Self {
        Self {
            body,
            decoder: SseDecoder::new().with_max_event_bytes(max_event_bytes),
            input: Bytes::new(),
            is_quiet: false,
        }
    }

    /// Whether the beginning of an event is held whose end has not come.
    pub(super) fn is_within_event(&self) -> bool {
        !self.decoder.at_boundary()
    }

    /// The next event of what has been read.
    fn decoded(&mut self, id: &RpcId) -> Option<Result<Said, Error>> {
        while !self.input.is_empty() {
            let mut rest: &[u8] = &self.input;
            let frame = self.decoder.decode(&mut rest);
            let taken = self.input.len().saturating_sub(rest.len());
            let said = match frame {
                Ok(Some(SseFrame::Event(event))) => said(event.data(), id),
                Ok(frame) => {
                    self.is_quiet |= frame.is_some();
                    None
                }
                Err(error) => return Some(Err(over_limit(error))),
            };
            self.input.advance(taken);
            if let Some(said) = said {
                self.is_quiet = false;
                return Some(Ok(said));
            }
        }
        std::mem::take(&mut self.is_quiet).then_some(Ok(Said::Quiet))
    }
}

impl<RB> Reader<RB>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    /// What the stream says next; `None` at its end.
    pub(super) fn poll_said(
        &mut self,
        cx: &mut Context<'_>,
        id: &RpcId,
    ) -> Poll<Option<Result<Said, Error>>> {
        loop {
            if let Some(said) = self.decoded(id) {
                return Poll::Ready(Some(said));
            }
            match ready!(self.body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => self.input = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(Error::from_boxed(error.into()))));
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<RB> fmt::Debug for Reader<RB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// What an event says; `None` where it says nothing, or only answers others.
fn said(data: &[u8], id: &RpcId) -> Option<Said> {
    let (mut own, mut other) = (false, false);
    read_answers(data, Some(id), |answer| match answer {
        AnswerKind::Own { .. } => own = true,
        AnswerKind::Strange { .. } => {}
        AnswerKind::Notification { .. } | AnswerKind::Request => other = true,
    });
    if own {
        Some(Said::Own(Bytes::copy_from_slice(data)))
    } else {
        other.then(|| Said::Other(Bytes::copy_from_slice(data)))
    }
}

fn over_limit(error: agentgateway_core::sse::EventTooLarge) -> Error {
    let message = "the service's stream holds an event over the limit";
    Error::new(ErrorKind::BadAnswer, message)
        .with_origin(Origin::Upstream)
        .with_source(error)
}
