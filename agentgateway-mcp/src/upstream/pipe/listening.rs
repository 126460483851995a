use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::Error;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tokio::{sync::mpsc, time::Instant};

use super::{
    exchange::event,
    pipe::{Pipe, gone},
    state::{Listener, Owner, Waiting},
};

/// A GET stream: what belongs to no request. It ends with the pipe.
#[derive(Debug)]
pub(super) struct Listening {
    pipe: Arc<Pipe>,
    number: u64,
    messages: mpsc::Receiver<Waiting>,
}

impl Pipe {
    /// Opens the stream of what belongs to no request. One that this owner has opened before ends: it may
    /// be that of a connection that is no more.
    ///
    /// # Errors
    /// The pipe has ended.
    pub(super) fn listen(self: &Arc<Self>, owner: &Owner) -> Result<Listening, Error> {
        let (messages, waiting) = mpsc::channel(self.limits.max_waiting.max(1));
        let mut state = self.state();
        if !state.takes_more() {
            return Err(gone(state.ended.as_ref()));
        }
        let number = state.mint();
        state.listeners.retain(|other| other.owner != *owner);
        state.listeners.push(Listener {
            number,
            owner: owner.clone(),
            messages,
        });
        drop(state);
        self.touch();
        Ok(Listening {
            pipe: self.clone(),
            number,
            messages: waiting,
        })
    }

    /// Ends the stream of this owner.
    pub(super) fn unlisten(&self, owner: &str) {
        self.state().listeners.retain(|it| *it.owner != *owner);
        self.touch();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut state = self.pipe.state();
        state.listeners.retain(|it| it.number != self.number);
        state.last_used = Instant::now();
        drop(state);
        self.pipe.touch();
    }
}

impl HttpBody for Listening {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let waiting = ready!(self.messages.poll_recv(cx));
        Poll::Ready(waiting.map(|waiting| Ok(event(waiting.text))))
    }
}
