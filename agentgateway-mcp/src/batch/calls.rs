use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, Error, Peeked};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{accept::Accepts, layer::Limits, read::Message, service::REVISION, slot::Slot};
use crate::wire::headers::PROTOCOL_VERSION;

/// The messages of one batch on their way.
pub(super) struct Calls<F, B, RB>
where
    B: HttpBody,
    RB: HttpBody,
{
    waiting: VecDeque<(Message, Request<Peeked<B>>)>,
    pub(super) slots: Vec<Slot<F, RB>>,
    pub(super) accepts: Accepts,
    pub(super) limits: Limits,
}

impl<F, B, RB> Calls<F, B, RB>
where
    B: HttpBody,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    /// Each message as a request with the head of the batch.
    pub(super) fn new(mut head: request::Parts, messages: Vec<Message>, limits: Limits) -> Self {
        head.headers.remove(header::ACCEPT_ENCODING);
        head.headers.remove(header::CONTENT_LENGTH);
        // What the batch is taken for is said of each: none of them is of another revision.
        head.headers
            .insert(PROTOCOL_VERSION, HeaderValue::from_static(REVISION));
        let count = messages.len();
        let request = |message: Message| {
            let mut head = head.clone();
            let length = HeaderValue::from(message.text.len());
            head.headers.insert(header::CONTENT_LENGTH, length);
            let body = Peeked::from(message.text.clone());
            (message, Request::from_parts(head, body))
        };
        Self {
            accepts: Accepts::of(&head.headers),
            waiting: messages.into_iter().map(request).collect(),
            slots: Vec::with_capacity(count),
            limits,
        }
    }

    /// Calls the service for each message, in their order.
    pub(super) fn poll_called<S>(&mut self, service: &mut S, cx: &mut Context<'_>) -> Poll<()>
    where
        S: Service<Request<Peeked<B>>, Response = Response<RB>, Future = F>,
        S::Error: Into<BoxError>,
        F: Future<Output = Result<Response<RB>, S::Error>>,
    {
        self.poll_heads(cx);
        loop {
            // What is behind a notification may rest on it.
            let waits = |last: &Slot<F, RB>| last.id.is_none() && last.is_calling();
            if self.slots.last().is_some_and(waits) {
                return Poll::Pending;
            }
            if self.waiting.is_empty() {
                return Poll::Ready(());
            }
            let Poll::Ready(ready) = service.poll_ready(cx) else {
                return Poll::Pending;
            };
            let Some((message, request)) = self.waiting.pop_front() else {
                return Poll::Ready(());
            };
            let mut slot = match ready {
                Ok(()) => Slot::new(message.id, service.call(request)),
                Err(error) => Slot::failed(message.id, &Error::from_boxed(error.into())),
            };
            slot.poll_head(cx, &self.limits);
            self.slots.push(slot);
        }
    }

    /// Polls those whose head has not come.
    pub(super) fn poll_heads<E>(&mut self, cx: &mut Context<'_>)
    where
        F: Future<Output = Result<Response<RB>, E>>,
        E: Into<BoxError>,
    {
        for slot in &mut self.slots {
            slot.poll_head(cx, &self.limits);
        }
    }
}

impl<F, B, RB> fmt::Debug for Calls<F, B, RB>
where
    B: HttpBody,
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls")
            .field("waiting", &self.waiting.len())
            .field("called", &self.slots.len())
            .finish_non_exhaustive()
    }
}
