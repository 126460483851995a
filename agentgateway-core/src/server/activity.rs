use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::Waker,
};

use super::{Config, clock::Phase, refusal::Refusal, stream::Flows, unread::Unread};

/// What the parts of one connection tell each other: socket, service, bodies, clock.
///
/// All orderings are relaxed. HTTP/1 lives in one task; HTTP/2 streams end in tasks of their own,
/// perhaps after the last turn of the connection's task: the timer runs while requests are in
/// flight, too, and looks again.
#[derive(Debug)]
pub(super) struct Activity {
    config: Arc<Config>,
    http2: AtomicBool,
    in_flight: AtomicUsize,
    started: AtomicUsize,
    in_head: AtomicBool,
    refused: OnceLock<(usize, Refusal)>,
    progress: AtomicUsize,
    blocked: AtomicBool,
    last: AtomicBool,
    lingering: AtomicBool,
    severed: AtomicBool,
    unread: Unread,
    flows: Flows,
    waker: OnceLock<Waker>,
}

impl Activity {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self {
            config,
            http2: AtomicBool::default(),
            in_flight: AtomicUsize::default(),
            started: AtomicUsize::default(),
            in_head: AtomicBool::default(),
            refused: OnceLock::new(),
            progress: AtomicUsize::default(),
            blocked: AtomicBool::default(),
            last: AtomicBool::default(),
            lingering: AtomicBool::default(),
            severed: AtomicBool::default(),
            unread: Unread::default(),
            flows: Flows::default(),
            waker: OnceLock::new(),
        }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn speaks_http2(&self) {
        self.http2.store(true, Relaxed);
    }

    pub(super) fn is_http2(&self) -> bool {
        self.http2.load(Relaxed)
    }

    /// Whether a head has begun to come and is not whole.
    pub(super) fn in_head(&self, yes: bool) {
        self.in_head.store(yes, Relaxed);
    }

    /// The head with this number will be refused when the service is called with it.
    pub(super) fn refuse(&self, head: usize, refusal: Refusal) {
        let _ = self.refused.set((head, refusal));
    }

    /// A request's head is whole. The request is in flight until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.started.fetch_add(1, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
        InFlight {
            activity: Arc::clone(self),
        }
    }

    /// How many requests have begun.
    pub(super) fn started(&self) -> usize {
        self.started.load(Relaxed)
    }

    /// What the request that has begun last is refused for.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let (head, refusal) = self.refused.get()?;
        (*head == self.started()).then_some(*refusal)
    }

    /// Bytes left. hyper drops a body when it has taken its last frame, which may be long before a
    /// slow client has: an answer that is still read is not idleness.
    pub(super) fn sent(&self) {
        self.progress.fetch_add(1, Relaxed);
        self.blocked.store(false, Relaxed);
    }

    /// Nothing waits any more.
    pub(super) fn flushed(&self) {
        self.blocked.store(false, Relaxed);
    }

    /// Bytes wait, and the client does not take them.
    pub(super) fn blocked(&self) {
        self.blocked.store(true, Relaxed);
    }

    /// Answers from here on say that they are the last; HTTP/1 alone has words for it.
    pub(super) fn make_last(&self) {
        self.last.store(true, Relaxed);
    }

    pub(super) fn is_last(&self) -> bool {
        self.last.load(Relaxed)
    }

    /// The connection is shut for writing, and what comes is read for a while.
    pub(super) fn linger(&self) {
        self.lingering.store(true, Relaxed);
    }

    /// What waits to be sent is thrown away, and the client is told by a reset.
    pub(super) fn sever(&self) {
        self.severed.store(true, Relaxed);
    }

    pub(super) fn is_severed(&self) -> bool {
        self.severed.load(Relaxed)
    }

    pub(super) fn unread(&self) -> &Unread {
        &self.unread
    }

    pub(super) fn flows(&self) -> &Flows {
        &self.flows
    }

    /// Whom to wake when something is left for the connection's task.
    pub(super) fn woken_by(&self, waker: &Waker) {
        self.waker.get_or_init(|| waker.clone());
    }

    pub(super) fn wake(&self) {
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }

    pub(super) fn phase(&self) -> Phase {
        let (started, http2) = (self.started(), self.is_http2());
        if self.lingering.load(Relaxed) {
            Phase::Lingering
        } else if self.blocked.load(Relaxed) {
            Phase::Blocked(self.progress.load(Relaxed))
        } else if self.in_flight.load(Relaxed) > 0 {
            Phase::Busy
        } else if self.unread.is_some() {
            Phase::Unread(started)
        } else if !http2 && (started == 0 || self.in_head.load(Relaxed)) {
            Phase::Head(started)
        } else if http2 {
            // Its flow control bounds what is left to send, and its pings are no sign of use.
            Phase::Idle(started, 0)
        } else {
            Phase::Idle(started, self.progress.load(Relaxed))
        }
    }
}

/// A request between its head and the end of its answer.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
}

impl InFlight {
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.activity.in_flight.fetch_sub(1, Relaxed);
    }
}
