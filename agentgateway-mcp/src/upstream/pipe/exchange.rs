use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::{Error, sse::SseMessage};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tokio::sync::{mpsc, oneshot};

use super::{
    outbox::Fate,
    pipe::{Pipe, gone, lost},
    state::Waiting,
};
use crate::wire::Era;

/// One request on a pipe, until its answer. Dropped before that, its client has gone.
#[derive(Debug)]
pub(super) struct Exchange {
    pipe: Arc<Pipe>,
    id: u64,
    era: Era,
    fate: Arc<Fate>,
    messages: mpsc::Receiver<Waiting>,
    answer: oneshot::Receiver<Result<Bytes, Error>>,
    pub(super) is_sent: bool,
    is_over: bool,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    Message(Bytes),
    /// Nothing comes behind it.
    Answer(Bytes),
}

impl Exchange {
    pub(super) const fn new(
        pipe: Arc<Pipe>,
        id: u64,
        era: Era,
        fate: Arc<Fate>,
        messages: mpsc::Receiver<Waiting>,
        answer: oneshot::Receiver<Result<Bytes, Error>>,
    ) -> Self {
        Self {
            pipe,
            id,
            era,
            fate,
            messages,
            answer,
            is_sent: false,
            is_over: false,
        }
    }

    /// What comes next.
    ///
    /// # Errors
    /// The pipe has ended without the answer.
    pub(super) async fn next(&mut self) -> Result<Next, Error> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, Error>> {
        // The answer is given before the queue is closed, and what came before it is in the queue.
        if let Some(waiting) = ready!(self.messages.poll_recv(cx)) {
            return Poll::Ready(Ok(Next::Message(waiting.text)));
        }
        self.is_over = true;
        Poll::Ready(match self.answer.try_recv() {
            Ok(answer) => answer.map(Next::Answer),
            Err(_) => {
                let ended = self.pipe.ended();
                // Revoked, it is never written any more.
                let unwritten = self.fate.revoke() || !self.fate.is_begun();
                Err(if unwritten {
                    gone(ended.as_ref())
                } else {
                    lost(ended.as_ref())
                })
            }
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.is_over {
            self.pipe.leave(self.id, self.era, self.is_sent, &self.fate);
        }
    }
}

/// The rest of an answer as a stream of events.
#[derive(Debug)]
pub(super) struct Events {
    exchange: Exchange,
    first: Option<Bytes>,
}

impl Events {
    pub(super) const fn new(first: Bytes, exchange: Exchange) -> Self {
        Self {
            exchange,
            first: Some(first),
        }
    }
}

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let text = match self.first.take() {
            Some(first) => first,
            None if self.exchange.is_over => return Poll::Ready(None),
            None => match ready!(self.exchange.poll_next(cx)) {
                Ok(Next::Message(text) | Next::Answer(text)) => text,
                Err(error) => return Poll::Ready(Some(Err(error))),
            },
        };
        Poll::Ready(Some(Ok(event(text))))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.exchange.is_over
    }
}

/// A message as an event.
pub(super) fn event(text: Bytes) -> Frame<Bytes> {
    Frame::data(SseMessage::new(text).with_event("message").encode())
}
