use std::time::Duration;

use tokio::{
    runtime::{Handle, RuntimeMetrics},
    time::{Instant, MissedTickBehavior, interval},
};

use crate::observe::ThreadMetrics;

/// How often the threads are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How many looks in a row may find a thread at the same work. They are counted, and not the time: when the
/// process itself stood still, nobody was blocked.
const PATIENCE: u32 = 2;

/// Tells when a thread of a runtime is blocked: it has something to do, and does not come back from it.
///
/// The runtime counts for each thread how often it began and ended to wait for work, and, before it waits and
/// after 61 tasks at the latest, how long it has worked. A thread that turns changes one of these in seconds,
/// however busy it is, and one without work is known by its odd count. Who is neither is blocked. It costs two
/// loads of a number a thread and second.
///
/// # Source
/// tokio 1.45, `RuntimeMetrics::worker_park_unpark_count` and `worker_total_busy_duration`;
/// `Builder::event_interval`.
#[derive(Debug)]
pub(super) struct Watchdog {
    runtime: RuntimeMetrics,
    threads: Vec<Thread>,
    told: ThreadMetrics,
}

/// What a thread has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    /// How often it began, and ended, to wait for more.
    waits: u64,
    busy: Duration,
}

#[derive(Debug)]
struct Thread {
    work: Work,
    since: Instant,
    /// How many looks have found the same since.
    same: u32,
}

/// What a look has found to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Blocked(Duration),
    Freed(Duration),
}

// === impl Watchdog ===

impl Watchdog {
    /// Watches the threads of the runtime that this is called in.
    pub(super) fn new(told: ThreadMetrics) -> Self {
        Self {
            runtime: Handle::current().metrics(),
            threads: Vec::new(),
            told,
        }
    }

    /// Looks every second, for ever. It belongs on a thread that is not watched itself.
    ///
    /// # Cancel safety
    /// It may be dropped at any time.
    pub(super) async fn watch(mut self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.look(looks.tick().await);
        }
    }

    fn look(&mut self, now: Instant) {
        for index in 0..self.runtime.num_workers() {
            let work = Work {
                waits: self.runtime.worker_park_unpark_count(index),
                busy: self.runtime.worker_total_busy_duration(index),
            };
            let change = match self.threads.get_mut(index) {
                Some(thread) => thread.look(work, now),
                None => {
                    self.threads.push(Thread::new(work, now));
                    None
                }
            };
            match change {
                Some(Change::Blocked(time)) => {
                    self.told.blocked();
                    tracing::warn!(thread = index, ?time, "a thread that serves is blocked");
                }
                Some(Change::Freed(time)) => {
                    self.told.freed();
                    tracing::warn!(
                        thread = index,
                        ?time,
                        "a thread that was blocked serves again"
                    );
                }
                None => {}
            }
        }
    }
}

// === impl Work ===

impl Work {
    const fn is_idle(self) -> bool {
        self.waits % 2 == 1
    }
}

// === impl Thread ===

impl Thread {
    const fn new(work: Work, since: Instant) -> Self {
        Self {
            work,
            since,
            same: 0,
        }
    }

    fn look(&mut self, work: Work, now: Instant) -> Option<Change> {
        if work.is_idle() || work != self.work {
            let was_blocked = self.same >= PATIENCE;
            let time = now.duration_since(self.since);
            *self = Self::new(work, now);
            return was_blocked.then_some(Change::Freed(time));
        }
        self.same = self.same.saturating_add(1);
        (self.same == PATIENCE).then(|| Change::Blocked(now.duration_since(self.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What looks at a thread find, one each second.
    fn found(works: impl IntoIterator<Item = (u64, u64)>) -> Vec<Change> {
        let mut now = Instant::now();
        let mut thread: Option<Thread> = None;
        let mut changes = Vec::new();
        for (waits, busy) in works {
            let work = Work {
                waits,
                busy: Duration::from_millis(busy),
            };
            match &mut thread {
                Some(thread) => changes.extend(thread.look(work, now)),
                None => thread = Some(Thread::new(work, now)),
            }
            now += LOOK;
        }
        changes
    }

    #[test]
    fn a_thread_without_work_is_not_blocked() {
        assert_eq!(found([(7, 100); 20]), []);
    }

    #[test]
    fn a_thread_that_turns_is_not_blocked() {
        // It never waits, but comes back from its tasks.
        assert_eq!(found((0..20).map(|look| (8, 900 * look))), []);
        // It works whenever it is looked at, and waits in between.
        assert_eq!(found((0..20).map(|look| (2 * look, 100))), []);
        // It is not seen to turn at every look.
        assert_eq!(found((0..20).map(|look| (8, look / 2))), []);
    }

    #[test]
    fn a_thread_that_does_not_come_back_is_told_of_once_and_its_return_too() {
        let seconds = Duration::from_secs;
        let (blocked, freed) = (Change::Blocked(seconds(2)), Change::Freed(seconds(5)));
        let stuck = [(8, 100); 5];
        let looks = |then: (u64, u64)| [(7, 100)].into_iter().chain(stuck).chain([then, then]);
        assert_eq!(found(looks((9, 5_100))), [blocked, freed]);
        // It has more to do at once.
        assert_eq!(found(looks((8, 5_100))), [blocked, freed]);
        // Every time is told.
        let twice = looks((9, 5_100)).chain([(10, 5_100); 5]);
        assert_eq!(found(twice), [blocked, freed, blocked]);
    }

    #[test]
    fn a_process_that_stood_still_has_blocked_nobody() {
        let began = Instant::now();
        let work = |waits| Work {
            waits,
            busy: Duration::ZERO,
        };
        let mut thread = Thread::new(work(8), began);
        let later = began + Duration::from_secs(60);
        assert_eq!(thread.look(work(8), later), None);
        assert_eq!(thread.look(work(9), later + LOOK), None);
    }
}
