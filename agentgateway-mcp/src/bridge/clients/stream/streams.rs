use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::Poll,
    time::Duration,
};

use agentgateway_core::seal::unguessable;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    Stream,
    stream::{OF_SESSION, Step},
};
use crate::bridge::clients::{builder::Settings, live::lock};

/// The streams of all sessions in this replica.
pub(in super::super) struct Streams {
    /// Those whose events have ids, by their names.
    named: Mutex<HashMap<Box<str>, Weak<Stream>>>,
    /// Those that are over and can be told again, the oldest first, and until when.
    over: Mutex<VecDeque<(Instant, Arc<Stream>)>>,
    pub(super) bytes: AtomicUsize,
    /// Room for work that goes on without a reader.
    left: Arc<Semaphore>,
    max_stream_bytes: usize,
    max_bytes: usize,
    resume_within: Duration,
}

// === impl Streams ===

impl Streams {
    pub(in super::super) fn new(settings: &Settings) -> Self {
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
    pub(in super::super) fn find(
        &self,
        session: &str,
        event_id: &str,
    ) -> Option<(Arc<Stream>, u64)> {
        let (name, number) = event_id.rsplit_once('-')?;
        let stream = lock(&self.named).get(name)?.upgrade()?;
        (*stream.session == *session).then_some(())?;
        Some((stream, number.parse().ok()?))
    }

    #[cfg(test)]
    pub(in super::super) fn kept_bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    pub(super) fn enter(&self, stream: &Arc<Stream>) {
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

    pub(super) fn leave(&self, stream: &Stream) {
        if let Some(name) = stream.name.get() {
            lock(&self.named).remove(name);
        }
    }

    pub(super) fn is_over(&self, bytes_of_one: usize) -> bool {
        bytes_of_one > self.max_stream_bytes || self.bytes.load(Relaxed) > self.max_bytes
    }

    /// Keeps a stream that is over.
    pub(super) fn keep(&self, stream: &Arc<Stream>) {
        if stream.name.get().is_none() {
            return;
        }
        let until = Instant::now() + self.resume_within;
        lock(&self.over).push_back((until, stream.clone()));
        self.forget();
    }

    /// Forgets streams that are over where there is no room for what is told now.
    pub(super) fn make_room(&self) {
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
    pub(super) fn go_on(self: &Arc<Self>, stream: &Arc<Stream>, reader: u64) {
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
