use std::{
    collections::{HashMap, VecDeque},
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use agentgateway_core::{
    Body, Error, ErrorKind,
    jsonrpc::{RpcError, RpcId},
    seal::unguessable,
    sse::{KEEP_ALIVE, SseMessage},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header, response};
use http_body::Frame;
use tokio::{
    sync::Semaphore,
    time::{Instant, Sleep},
};

use super::{builder::Settings, live::lock};

/// What makes the events of a stream. Whoever reads the stream drives it: there is no task between.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a client is told about one request, or within its session's stream: an answer, or events of which
/// some are kept so that they can be told again.
pub(super) struct Stream {
    /// Whether its events have ids.
    numbered: bool,
    /// Its part of the events' ids, from when it is open.
    name: OnceLock<Box<str>>,
    /// Whose it is.
    session: Arc<str>,
    /// The request that it answers.
    request: Option<RpcId>,
    streams: Arc<Streams>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    work: Option<Work>,
    head: Option<Head>,
    /// Events follow, and no other answer.
    open: bool,
    events: VecDeque<(u64, Bytes)>,
    bytes: usize,
    /// The number of the next event.
    next: u64,
    /// Events before this one have been told to who reads.
    told: u64,
    over: bool,
    /// Who reads. The last one that came does.
    reader: u64,
    waker: Option<Waker>,
}

/// What the ids of events of a session's stream begin with.
const OF_SESSION: char = 's';

/// Whether such an id is that of an event of a session's stream, in some replica.
pub(super) fn is_of_session(event_id: &str) -> bool {
    event_id.starts_with(OF_SESSION)
}

/// The beginning of an answer.
#[derive(Debug)]
pub(super) enum Head {
    /// The answer, whole.
    Whole(Response<Body>),
    /// Events follow.
    Open(response::Parts),
    Failed(Error),
    /// There will be no answer.
    None,
}

/// What a stream's reader comes upon next.
enum Step {
    Head(Head),
    Event(Bytes),
    End,
}

// === impl Stream ===

impl Stream {
    /// Makes one, and its first reader. `work` is given where to tell its events.
    pub(super) fn begin(
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
    pub(super) fn stop(&self) {
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
    pub(super) fn take_up(self: &Arc<Self>, event: u64) -> Reader {
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
    pub(super) const fn is_of_session(&self) -> bool {
        self.request.is_none()
    }

    /// The events behind this one that are kept, as they stand on the wire.
    pub(super) fn behind(&self, event: u64) -> Vec<Bytes> {
        let state = lock(&self.state);
        let behind = state.events.iter().filter(|(number, _)| *number > event);
        behind.map(|(_, text)| text.clone()).collect()
    }

    fn push(&self, text: &Bytes, retry: Option<Duration>) -> u64 {
        let number = self.put(&mut lock(&self.state), text, retry);
        self.streams.make_room();
        self.forget(&mut lock(&self.state));
        number
    }

    fn put(&self, state: &mut State, text: &Bytes, retry: Option<Duration>) -> u64 {
        let number = state.next;
        let event = self.encode(number, text, retry);
        self.add(state, event);
        number
    }

    fn add(&self, state: &mut State, event: Bytes) {
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
    fn forget(&self, state: &mut State) {
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
    fn tell_nobody(&self) {
        let mut state = lock(&self.state);
        state.told = state.next;
        self.forget(&mut state);
    }

    fn poll(&self, reader: u64, cx: &mut Context<'_>) -> Poll<Step> {
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

/// Where a stream's work tells what it makes. The work ends where nobody can be told any more.
#[derive(Clone)]
pub(super) struct Sink(Weak<Stream>);

// === impl Sink ===

impl Sink {
    pub(super) const fn stream(&self) -> &Weak<Stream> {
        &self.0
    }

    /// Whether events were begun, so that the answer is the last of them.
    pub(super) fn is_open(&self) -> bool {
        self.with(|state| state.open)
    }

    /// The answer is this one alone.
    pub(super) fn whole(&self, response: Response<Body>) {
        self.with(|state| state.head = Some(Head::Whole(response)));
    }

    /// The answer is a stream. With `retry`, it begins with an event that says nothing but its id, and when a
    /// client that has lost it is to come back.
    pub(super) fn open(&self, head: response::Parts, retry: Option<Duration>) {
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
    pub(super) async fn event(&self, text: Bytes) {
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
    pub(super) fn again(&self, events: Vec<Bytes>) {
        if let Some(stream) = self.0.upgrade() {
            let mut state = lock(&stream.state);
            for event in events {
                stream.add(&mut state, event);
            }
        }
    }

    /// Tells the last event, and waits for nobody.
    pub(super) fn last(&self, text: Bytes) {
        if let Some(stream) = self.0.upgrade() {
            stream.push(&text, None);
        }
    }

    /// Ends with an error about the request of this id.
    pub(super) fn fail(&self, error: Error, id: &RpcId) {
        if self.is_open() {
            self.last(RpcError::from(&error).encode(id));
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
pub(super) fn event_head(mut head: response::Parts) -> response::Parts {
    const ACCEL: HeaderName = HeaderName::from_static("x-accel-buffering");
    head.status = StatusCode::OK;
    head.headers.remove(header::CONTENT_LENGTH);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        (ACCEL, "no"),
    ] {
        head.headers.insert(name, HeaderValue::from_static(value));
    }
    head
}

/// Who reads a stream. When it is dropped before the end, the work goes on for a while without one.
pub(super) struct Reader {
    stream: Arc<Stream>,
    number: u64,
    goes_on: bool,
}

// === impl Reader ===

impl Reader {
    pub(super) const fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// Its work ends when it is dropped.
    pub(super) fn ends_with_reader(mut self) -> Self {
        self.goes_on = false;
        self
    }

    /// How the answer begins.
    pub(super) async fn head(&mut self) -> Head {
        poll_fn(|cx| {
            self.stream.poll(self.number, cx).map(|step| match step {
                Step::Head(head) => head,
                // A stream has its head before its events.
                Step::Event(_) | Step::End => Head::None,
            })
        })
        .await
    }

    /// The next event, as it stands on the wire; `None` at the end.
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match self.stream.poll(self.number, cx) {
                Poll::Ready(Step::Event(event)) => return Poll::Ready(Some(event)),
                Poll::Ready(Step::End) => return Poll::Ready(None),
                Poll::Ready(Step::Head(_)) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The body that the events are.
    pub(super) fn into_body(self, keep_alive: Duration) -> Body {
        Body::new(EventBody {
            reader: self,
            silence: Box::pin(tokio::time::sleep(keep_alive)),
            keep_alive,
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let state = lock(&self.stream.state);
        let (is_mine, over) = (state.reader == self.number, state.over);
        let kept = state.open && !state.events.is_empty();
        drop(state);
        if !is_mine {
            return;
        }
        if over || !self.goes_on {
            if !over {
                self.stream.stop();
            }
            if kept {
                self.stream.streams.keep(&self.stream);
            }
        } else {
            self.stream.streams.go_on(&self.stream, self.number);
        }
    }
}

struct EventBody {
    reader: Reader,
    silence: Pin<Box<Sleep>>,
    keep_alive: Duration,
}

impl http_body::Body for EventBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let event = match self.reader.poll_event(cx) {
            Poll::Ready(Some(event)) => event,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {
                std::task::ready!(self.silence.as_mut().poll(cx));
                Bytes::from_static(KEEP_ALIVE)
            }
        };
        let next = Instant::now() + self.keep_alive;
        self.silence.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(event))))
    }
}

/// The streams of all sessions in this replica.
pub(super) struct Streams {
    /// Those whose events have ids, by their names.
    named: Mutex<HashMap<Box<str>, Weak<Stream>>>,
    /// Those that are over and can be told again, the oldest first, and until when.
    over: Mutex<VecDeque<(Instant, Arc<Stream>)>>,
    bytes: AtomicUsize,
    /// Room for work that goes on without a reader.
    left: Arc<Semaphore>,
    max_stream_bytes: usize,
    max_bytes: usize,
    resume_within: Duration,
}

// === impl Streams ===

impl Streams {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            named: Mutex::default(),
            over: Mutex::default(),
            bytes: AtomicUsize::new(0),
            left: Arc::new(Semaphore::new(settings.max_left)),
            max_stream_bytes: settings.max_stream_bytes,
            max_bytes: settings.max_kept_bytes,
            resume_within: settings.resume_within,
        }
    }

    /// The stream of this session that an event's id names, and the event's number.
    pub(super) fn find(&self, session: &str, event_id: &str) -> Option<(Arc<Stream>, u64)> {
        let (name, number) = event_id.rsplit_once('-')?;
        let stream = lock(&self.named).get(name)?.upgrade()?;
        (*stream.session == *session).then_some(())?;
        Some((stream, number.parse().ok()?))
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    fn enter(&self, stream: &Arc<Stream>) {
        if let Some(name) = stream.numbered.then(unguessable).flatten() {
            let kind = if stream.is_of_session() {
                OF_SESSION
            } else {
                'r'
            };
            let name = stream.name.get_or_init(|| format!("{kind}{name}").into());
            let name = name.clone();
            lock(&self.named).insert(name, Arc::downgrade(stream));
        }
    }

    fn leave(&self, stream: &Stream) {
        if let Some(name) = stream.name.get() {
            lock(&self.named).remove(name);
        }
    }

    fn is_over(&self, bytes_of_one: usize) -> bool {
        bytes_of_one > self.max_stream_bytes || self.bytes.load(Relaxed) > self.max_bytes
    }

    /// Keeps a stream that is over.
    fn keep(&self, stream: &Arc<Stream>) {
        if stream.name.get().is_none() {
            return;
        }
        let until = Instant::now() + self.resume_within;
        lock(&self.over).push_back((until, stream.clone()));
        self.forget();
    }

    /// Forgets streams that are over where there is no room for what is told now.
    fn make_room(&self) {
        if self.bytes.load(Relaxed) > self.max_bytes {
            self.forget();
        }
    }

    /// Forgets streams that are over: those whose time is, and the oldest where there is no room.
    fn forget(&self) {
        let now = Instant::now();
        let mut gone = Vec::new();
        let mut bytes = self.bytes.load(Relaxed);
        let mut over = lock(&self.over);
        while let Some((until, oldest)) = over.front() {
            if *until > now && bytes <= self.max_bytes {
                break;
            }
            bytes = bytes.saturating_sub(lock(&oldest.state).bytes);
            gone.extend(over.pop_front());
        }
        drop(over);
        // Streams that are dropped take themselves off the other list.
        drop(gone);
    }

    /// Drives a stream that has lost its reader: the client's connection is gone, and in its revision that
    /// does not cancel the request. So this task outlives the request; it ends with the stream, when another
    /// reader takes it up, or after a time.
    fn go_on(self: &Arc<Self>, stream: &Arc<Stream>, reader: u64) {
        let (Ok(runtime), Ok(room)) = (
            tokio::runtime::Handle::try_current(),
            self.left.clone().try_acquire_owned(),
        ) else {
            stream.stop();
            return;
        };
        let (streams, stream) = (self.clone(), stream.clone());
        runtime.spawn(async move {
            let _room = room;
            let end = poll_fn(|cx| {
                loop {
                    stream.tell_nobody();
                    match stream.poll(reader, cx) {
                        Poll::Ready(Step::End) => return Poll::Ready(()),
                        Poll::Ready(_) => {}
                        Poll::Pending => return Poll::Pending,
                    }
                }
            });
            let late = tokio::time::timeout(streams.resume_within, end)
                .await
                .is_err();
            let state = lock(&stream.state);
            let (is_mine, open) = (state.reader == reader, state.open);
            drop(state);
            if is_mine && late {
                stream.stop();
            }
            if is_mine && open {
                streams.keep(&stream);
            }
        });
    }
}
