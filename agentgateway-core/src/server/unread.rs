use std::{
    pin::Pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::Buf;
use http_body::Body as HttpBody;
use hyper::body::Incoming;

/// How much of a body that nobody read is read and thrown away, so that the connection lives on.
pub(super) const MAX_UNREAD: u64 = 256 * 1024;

/// The rest of a request's body that the service did not want.
///
/// While it is read, the client can send on and then read its answer; a closed socket would take
/// the answer away from it. Only HTTP/1 has this: HTTP/2 resets the one stream.
#[derive(Debug, Default)]
pub(super) struct Unread {
    some: AtomicBool,
    rest: Mutex<Option<Rest>>,
}

#[derive(Debug)]
struct Rest {
    body: Incoming,
    budget: u64,
}

impl Unread {
    pub(super) fn is_some(&self) -> bool {
        self.some.load(Relaxed)
    }

    pub(super) fn leave(&self, body: Incoming) {
        self.put(Some(Rest {
            body,
            budget: MAX_UNREAD,
        }));
    }

    /// Gives up: hyper then closes the connection behind the answer.
    pub(super) fn clear(&self) {
        self.put(None);
    }

    /// Reads what is there.
    pub(super) fn poll(&self, cx: &mut Context<'_>) {
        if !self.is_some() {
            return;
        }
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let over = match &mut *rest {
            Some(rest) => rest.poll(cx).is_ready(),
            None => true,
        };
        if over {
            *rest = None;
            self.some.store(false, Relaxed);
        }
    }

    fn put(&self, rest: Option<Rest>) {
        let some = rest.is_some();
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = rest;
        self.some.store(some, Relaxed);
    }
}

impl Rest {
    /// Ready at the end of the body, and at the end of the budget.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                return Poll::Pending;
            };
            let Some(Ok(frame)) = frame else {
                return Poll::Ready(());
            };
            let bytes = frame.data_ref().map_or(0, Buf::remaining) as u64;
            match self.budget.checked_sub(bytes) {
                Some(left) => self.budget = left,
                None => return Poll::Ready(()),
            }
        }
    }
}
