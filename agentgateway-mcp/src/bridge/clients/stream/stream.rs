use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, atomic::Ordering::Relaxed},
    task::{Context, Poll, Waker},
    time::Duration,
};

use agentgateway_core::{
    Body, Error, ErrorKind,
    jsonrpc::{RpcError, RpcId},
    sse::SseMessage,
};
use bytes::Bytes;
use http::{Response, response};

use super::{Reader, Sink, Streams};
use crate::bridge::clients::live::lock;

/// What makes the events of a stream. Whoever reads the stream drives it: there is no task between.
pub(in super::super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a client is told about one request, or within its session's stream: an answer, or events of which
/// some are kept so that they can be told again.
pub(in super::super) struct Stream {
    /// Whether its events have ids.
    pub(super) numbered: bool,
    /// Its part of the events' ids, from when it is open.
    pub(super) name: OnceLock<Box<str>>,
    /// Whose it is.
    pub(super) session: Arc<str>,
    /// The request that it answers.
    pub(super) request: Option<RpcId>,
    pub(super) streams: Arc<Streams>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) work: Option<Work>,
    pub(super) head: Option<Head>,
    /// Events follow, and no other answer.
    pub(super) open: bool,
    pub(super) events: VecDeque<(u64, Bytes)>,
    pub(super) bytes: usize,
    /// The number of the next event.
    pub(super) next: u64,
    /// Events before this one have been told to who reads.
    pub(super) told: u64,
    pub(super) over: bool,
    /// Who reads. The last one that came does.
    pub(super) reader: u64,
    pub(super) waker: Option<Waker>,
}

/// What the ids of events of a session's stream begin with.
pub(super) const OF_SESSION: char = 's';

/// Whether such an id is that of an event of a session's stream, in some replica.
pub(in super::super) fn is_of_session(event_id: &str) -> bool {
    event_id.starts_with(OF_SESSION)
}

/// The beginning of an answer.
#[derive(Debug)]
pub(in super::super) enum Head {
    /// The answer, whole.
    Whole(Response<Body>),
    /// Events follow.
    Open(response::Parts),
    Failed(Error),
    /// There will be no answer.
    None,
}

/// What a stream's reader comes upon next.
pub(super) enum Step {
    Head(Head),
    Event(Bytes),
    End,
}

// === impl Stream ===

impl Stream {
    /// Makes one, and its first reader. `work` is given where to tell its events.
    pub(in super::super) fn begin(
        streams: &Arc<Streams>,
        session: &Arc<str>,
        request: Option<&RpcId>,
        numbered: bool,
        work: impl FnOnce(Sink) -> Work,
    ) -> Reader {
        let stream = Arc::new(Self {
            numbered,
            name: OnceLock::new(),
            session: session.clone(),
            request: request.cloned(),
            streams: streams.clone(),
            state: Mutex::default(),
        });
        let work = work(Sink(Arc::downgrade(&stream)));
        lock(&stream.state).work = Some(work);
        Reader {
            stream,
            number: 0,
            goes_on: true,
        }
    }

    /// Ends it: what makes its events is dropped.
    pub(in super::super) fn stop(&self) {
        let mut state = lock(&self.state);
        state.over = true;
        let (work, waker) = (state.work.take(), state.waker.take());
        drop(state);
        drop(work);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Another reader, of what comes behind this event; who reads it now, ends.
    pub(in super::super) fn take_up(self: &Arc<Self>, event: u64) -> Reader {
        let mut state = lock(&self.state);
        state.reader += 1;
        let wanted = event.saturating_add(1).min(state.next);
        let first = state
            .events
            .front()
            .map_or(state.next, |(number, _)| *number);
        let answer_is_gone = state.over && state.events.is_empty() && wanted < state.next;
        state.told = wanted.max(first);
        state.head = None;
        if let Some(id) = self.request.as_ref().filter(|_| answer_is_gone) {
            let error = Error::new(ErrorKind::NotFound, "the answer is no longer kept");
            self.put(&mut state, &RpcError::from(&error).encode(id), None);
        }
        let (number, waker) = (state.reader, state.waker.take());
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Reader {
            stream: self.clone(),
            number,
            goes_on: true,
        }
    }

    /// Whether it is the stream of a session, and of no request.
    pub(in super::super) const fn is_of_session(&self) -> bool {
        self.request.is_none()
    }

    /// The events behind this one that are kept, as they stand on the wire.
    pub(in super::super) fn behind(&self, event: u64) -> Vec<Bytes> {
        let state = lock(&self.state);
        let behind = state.events.iter().filter(|(number, _)| *number > event);
        behind.map(|(_, text)| text.clone()).collect()
    }

    pub(super) fn push(&self, text: &Bytes, retry: Option<Duration>) -> u64 {
        let number = self.put(&mut lock(&self.state), text, retry);
        self.streams.make_room();
        self.forget(&mut lock(&self.state));
        number
    }

    pub(super) fn put(&self, state: &mut State, text: &Bytes, retry: Option<Duration>) -> u64 {
        let number = state.next;
        let event = self.encode(number, text, retry);
        self.add(state, event);
        number
    }

    pub(super) fn add(&self, state: &mut State, event: Bytes) {
        state.bytes += event.len();
        self.streams.bytes.fetch_add(event.len(), Relaxed);
        state.events.push_back((state.next, event));
        state.next += 1;
    }

    fn encode(&self, number: u64, text: &Bytes, retry: Option<Duration>) -> Bytes {
        let Some(name) = self.name.get() else {
            return SseMessage::new(text.clone()).with_event("message").encode();
        };
        let id = format!("{name}-{number}");
        match retry {
            Some(retry) => format!("id: {id}\nretry: {}\ndata: \n\n", retry.as_millis()).into(),
            None => SseMessage::new(text.clone())
                .with_event("message")
                .with_id(id)
                .encode(),
        }
    }

    /// Forgets events that there is no room for: none that the reader is still to be told.
    pub(super) fn forget(&self, state: &mut State) {
        while let Some((number, event)) = state.events.front() {
            let over = !self.numbered || self.streams.is_over(state.bytes);
            if *number >= state.told || !over {
                break;
            }
            let len = event.len();
            state.events.pop_front();
            state.bytes -= len;
            self.streams.bytes.fetch_sub(len, Relaxed);
        }
    }

    /// Counts all events as told: nobody reads, but some may come later.
    pub(super) fn tell_nobody(&self) {
        let mut state = lock(&self.state);
        state.told = state.next;
        self.forget(&mut state);
    }

    pub(super) fn poll(&self, reader: u64, cx: &mut Context<'_>) -> Poll<Step> {
        loop {
            let mut state = lock(&self.state);
            if state.reader != reader {
                return Poll::Ready(Step::End);
            }
            if let Some(head) = state.head.take() {
                return Poll::Ready(Step::Head(head));
            }
            if let Some(event) = state.event() {
                self.forget(&mut state);
                return Poll::Ready(Step::Event(event));
            }
            if state.over {
                return Poll::Ready(Step::End);
            }
            state.waker = Some(cx.waker().clone());
            let Some(mut work) = state.work.take() else {
                // Another thread drives it just now, and wakes this one.
                return Poll::Pending;
            };
            drop(state);
            let polled = work.as_mut().poll(cx);
            if self.put_back(work, polled.is_ready(), reader) {
                return Poll::Pending;
            }
        }
    }

    /// Puts the work back where it goes on; true when there is nothing to be told.
    fn put_back(&self, work: Work, is_over: bool, reader: u64) -> bool {
        let mut state = lock(&self.state);
        state.over |= is_over;
        let dropped = if state.over {
            Some(work)
        } else {
            state.work = Some(work);
            None
        };
        let is_mine = state.reader == reader;
        let waker = state.waker.take_if(|_| !is_mine);
        let idle = is_mine && !state.over && state.head.is_none() && state.told == state.next;
        drop(state);
        drop(dropped);
        if let Some(waker) = waker {
            waker.wake();
        }
        idle
    }
}

impl State {
    /// The next event that was not told.
    fn event(&mut self) -> Option<Bytes> {
        let first = self.events.front()?.0;
        let at = usize::try_from(self.told.checked_sub(first)?).ok()?;
        let (number, event) = self.events.get(at)?;
        self.told = number + 1;
        Some(event.clone())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let bytes = lock(&self.state).bytes;
        self.streams.bytes.fetch_sub(bytes, Relaxed);
        self.streams.leave(self);
    }
}
