use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};

use crate::bridge::Incoming;

/// How many questions wait for their call, which reads them one by one. One more is refused.
const WAITING: usize = 16;

/// The calls of a session that are under way, for what the server asks on no call's stream.
///
/// Such a question names no call. Where the session is one client's, its oldest call is asked, before those that wait
/// for their client's answers already. Several clients may have one session, also of one caller: then the question is
/// asked where there is one call alone, so that no user is asked what another one's call wants to know.
#[derive(Debug)]
pub(super) struct Calls {
    /// They are of one client alone.
    are_ones: bool,
    all: Mutex<All>,
}

#[derive(Debug)]
struct All {
    next: u64,
    running: BTreeMap<u64, Running>,
    used: Instant,
}

#[derive(Debug)]
struct Running {
    questions: mpsc::Sender<Incoming>,
    waits: bool,
}

/// One call, until it is dropped.
#[derive(Debug)]
pub(super) struct Entered {
    calls: Arc<Calls>,
    number: u64,
    questions: mpsc::Receiver<Incoming>,
}

// === impl Calls ===

impl Calls {
    pub(super) fn new(are_ones: bool) -> Self {
        Self {
            are_ones,
            all: Mutex::new(All {
                next: 0,
                running: BTreeMap::new(),
                used: Instant::now(),
            }),
        }
    }

    pub(super) fn enter(self: &Arc<Self>) -> Entered {
        let (sender, questions) = mpsc::channel(WAITING);
        let mut all = self.lock();
        let number = all.next;
        all.next += 1;
        all.running.insert(
            number,
            Running {
                questions: sender,
                waits: false,
            },
        );
        Entered {
            calls: self.clone(),
            number,
            questions,
        }
    }

    /// They are of one client alone.
    pub(super) const fn are_ones(&self) -> bool {
        self.are_ones
    }

    /// Gives a question to the call that it is of; whether there is one that takes it.
    pub(super) fn ask(&self, incoming: &Incoming) -> bool {
        self.lock().give(incoming, self.are_ones, 0)
    }

    /// Gives a notification to the call that a question were of. It is lost where the call does not come to read:
    /// questions need their room.
    pub(super) fn tell(&self, incoming: &Incoming) {
        self.lock().give(incoming, self.are_ones, WAITING / 2);
    }

    /// Whether there has been no call for so long.
    pub(super) fn are_over_for(&self, time: Duration) -> bool {
        let all = self.lock();
        all.running.is_empty() && all.used.elapsed() >= time
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl All ===

impl All {
    /// Whether there is a call for it that has more room than this.
    fn give(&self, incoming: &Incoming, are_ones: bool, room: usize) -> bool {
        if !are_ones && self.running.len() > 1 {
            return false;
        }
        let mut running = self.running.values();
        let idle = running.clone().find(|call| !call.waits);
        let Some(call) = idle.or_else(|| running.next()) else {
            return false;
        };
        // Where the streams of calls stand is told by their own events alone.
        let incoming = Incoming {
            event_id: None,
            retry: None,
            ..incoming.clone()
        };
        call.questions.capacity() > room && call.questions.try_send(incoming).is_ok()
    }
}

// === impl Entered ===

impl Entered {
    /// The next message of the server's on no call's stream that is of this call, as long as it is under way.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn question(&mut self) -> Option<Incoming> {
        self.questions.recv().await
    }

    /// Whether the client has been asked, and has not answered yet.
    pub(super) fn waits(&self, waits: bool) {
        if let Some(call) = self.calls.lock().running.get_mut(&self.number) {
            call.waits = waits;
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut all = self.calls.lock();
        all.running.remove(&self.number);
        all.used = Instant::now();
    }
}
