//! What passes between a client and an agent that both speak gRPC.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::{Body, Error};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::exchange::Exchange;
use crate::{
    A2aBinding, A2aCall,
    layer::TaskNews,
    wire::{
        grpc::{FrameDecoder, event_to_json, response_to_json},
        read_answer,
    },
};

/// The longest message that is read, in bytes; what stands behind a longer one is not.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
/// How many messages are read: the first that names a task is the last, and mostly the first of all.
const MAX_MESSAGES: usize = 8;

/// A body whose first messages are read while they pass, until one names a task.
///
/// A message within one chunk is not copied for it.
pub(super) struct Overheard {
    inner: Body,
    /// `None` when all was heard.
    ear: Option<Ear>,
}

struct Ear {
    call: A2aCall,
    exchange: Arc<Exchange>,
    decoder: FrameDecoder,
    left: usize,
}

impl Overheard {
    pub(super) fn new(inner: Body, call: A2aCall, exchange: Arc<Exchange>) -> Self {
        Self {
            inner,
            ear: Some(Ear {
                call,
                exchange,
                decoder: FrameDecoder::new(MAX_MESSAGE_BYTES),
                left: MAX_MESSAGES,
            }),
        }
    }
}

impl Ear {
    /// Reads a chunk; whether more is to be heard.
    fn hear(&mut self, mut chunk: Bytes) -> bool {
        while self.left > 0 {
            let message = match self.decoder.next_message(&mut chunk) {
                Ok(Some(message)) => message,
                Ok(None) => return true,
                // It is compressed, or too long: the client may read it.
                Err(_) => return false,
            };
            self.left -= 1;
            if self.tells(&message) {
                return false;
            }
        }
        false
    }

    fn tells(&self, message: &[u8]) -> bool {
        let (version, operation) = (self.call.version(), self.call.operation());
        let json = match operation.streams() {
            true => event_to_json(version, message),
            false => response_to_json(version, operation, message),
        };
        let Ok(json) = json else { return false };
        let answer = read_answer(&json, A2aBinding::HttpJson);
        let news = TaskNews::of(&answer, false);
        self.exchange.hear(&news);
        news.task_id.is_some()
    }
}

impl HttpBody for Overheard {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        if let (Some(ear), Some(Ok(frame))) = (&mut this.ear, &frame) {
            let goes_on = frame.data_ref().is_none_or(|data| ear.hear(data.clone()));
            if !goes_on {
                this.ear = None;
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl fmt::Debug for Overheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overheard").finish_non_exhaustive()
    }
}
