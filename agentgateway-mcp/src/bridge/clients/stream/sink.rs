use std::{future::poll_fn, sync::Weak, task::Poll, time::Duration};

use agentgateway_core::{
    Body, Error,
    jsonrpc::{RpcError, RpcId},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header, response};

use super::{Head, Stream, stream::State};
use crate::bridge::clients::{live::lock, local::own_headers};

/// Where a stream's work tells what it makes. The work ends where nobody can be told any more.
#[derive(Clone)]
pub(in super::super) struct Sink(pub(super) Weak<Stream>);

// === impl Sink ===

impl Sink {
    pub(in super::super) const fn stream(&self) -> &Weak<Stream> {
        &self.0
    }

    /// Whether events were begun, so that the answer is the last of them.
    pub(in super::super) fn is_open(&self) -> bool {
        self.with(|state| state.open)
    }

    /// The answer is this one alone.
    pub(in super::super) fn whole(&self, response: Response<Body>) {
        self.with(|state| state.head = Some(Head::Whole(response)));
    }

    /// The answer is a stream. With `retry`, it begins with an event that says nothing but its id, and when a
    /// client that has lost it is to come back.
    pub(in super::super) fn open(&self, head: response::Parts, retry: Option<Duration>) {
        if self.is_open() {
            return;
        }
        let head = event_head(head);
        self.with(|state| {
            state.open = true;
            state.head = Some(Head::Open(head));
        });
        let Some(stream) = self.0.upgrade() else {
            return;
        };
        stream.streams.enter(&stream);
        if stream.numbered && retry.is_some() {
            stream.push(&Bytes::new(), retry);
        }
    }

    /// Tells an event, and waits until its reader has it.
    pub(in super::super) async fn event(&self, text: Bytes) {
        let number = match self.0.upgrade() {
            Some(stream) => stream.push(&text, None),
            None => return,
        };
        // Nobody wakes this: who reads the stream drives it, and does so when the event was taken.
        poll_fn(|_| {
            if self.with(|state| state.over || state.told > number) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Tells events that stand already, of another stream, and waits for nobody.
    pub(in super::super) fn again(&self, events: Vec<Bytes>) {
        if let Some(stream) = self.0.upgrade() {
            let mut state = lock(&stream.state);
            for event in events {
                stream.add(&mut state, event);
            }
        }
    }

    /// Tells the last event, and waits for nobody.
    pub(in super::super) fn last(&self, text: &Bytes) {
        if let Some(stream) = self.0.upgrade() {
            stream.push(text, None);
        }
    }

    /// Ends with an error about the request of this id.
    pub(in super::super) fn fail(&self, error: Error, id: &RpcId) {
        if self.is_open() {
            self.last(&RpcError::from(&error).encode(id));
        } else {
            self.with(|state| state.head = Some(Head::Failed(error)));
        }
    }

    fn with<R: Default>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        let stream = self.0.upgrade();
        stream.map_or_else(R::default, |stream| look(&mut lock(&stream.state)))
    }
}

/// The head of an answer that is a stream.
pub(in super::super) fn event_head(mut head: response::Parts) -> response::Parts {
    const ACCEL: HeaderName = HeaderName::from_static("x-accel-buffering");
    head.status = StatusCode::OK;
    own_headers(&mut head.headers);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        (ACCEL, "no"),
    ] {
        head.headers.insert(name, HeaderValue::from_static(value));
    }
    head
}
