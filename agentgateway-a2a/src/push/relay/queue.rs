use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderValue;
use tokio::{sync::Notify, time::Instant};

use super::{
    payload::Payload,
    registered::{NOBODY, less},
    registration::Registration,
};

/// So many attempts in a row that failed take a host out.
const FAILURES: u32 = 5;
/// For so long.
const OUT_FOR: Duration = Duration::from_secs(30);
/// How often is looked for what waits for a time.
const TICK: Duration = Duration::from_secs(1);

/// How much may wait, in this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct MostQueued {
    pub(super) in_all: usize,
    pub(super) bytes: usize,
    pub(super) per_host: usize,
    pub(super) per_caller: usize,
    /// How many of one host are sent at once.
    pub(super) at_once: usize,
    pub(super) give_up_after: Duration,
}

/// One notification on its way to a client.
#[derive(Debug)]
pub(super) struct Notification {
    pub(super) registration: Registration,
    pub(super) host: Box<str>,
    pub(super) payload: Payload,
    pub(super) content_type: HeaderValue,
    pub(super) since: Instant,
}

/// There is no place for it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    All,
    Host,
    Caller,
}

/// What waits, and what is being sent.
#[derive(Debug)]
pub(super) struct Queue {
    most: MostQueued,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Notification>,
    bytes: usize,
    /// Waiting or being sent.
    count: usize,
    hosts: HashMap<Box<str>, Host>,
    callers: HashMap<u64, usize>,
    /// The registrations of which one is being sent: the next one waits for it.
    busy: HashSet<Box<str>>,
}

#[derive(Debug, Default)]
struct Host {
    count: usize,
    sending: usize,
    failures: u32,
    out_until: Option<Instant>,
}

/// One notification that is being sent. Its place is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    queue: &'a Queue,
    pub(super) notification: Notification,
}

// === impl Queue ===

impl Queue {
    pub(super) fn new(most: MostQueued) -> Self {
        Self {
            most,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    pub(super) fn add(&self, notification: Notification) -> Result<(), Full> {
        self.lock().add(notification, &self.most)?;
        self.changed.notify_one();
        Ok(())
    }

    /// The next one that may be sent.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn next(&self) -> Taken<'_> {
        loop {
            let (next, waits) = {
                let mut state = self.lock();
                (state.next(&self.most), !state.waiting.is_empty())
            };
            if let Some(notification) = next {
                // There may be another.
                self.changed.notify_one();
                return Taken {
                    queue: self,
                    notification,
                };
            }
            let changed = self.changed.notified();
            if waits {
                let _ = tokio::time::timeout(TICK, changed).await;
            } else {
                changed.await;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.count == 0 && state.bytes == 0 && state.callers.is_empty() && state.busy.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    fn add(&mut self, notification: Notification, most: &MostQueued) -> Result<(), Full> {
        let caller = notification.registration.caller;
        let bytes = self.bytes + notification.payload.len();
        if self.count >= most.in_all || bytes > most.bytes {
            return Err(Full::All);
        }
        let host = self.hosts.get(&notification.host);
        if host.is_some_and(|host| host.count >= most.per_host) {
            return Err(Full::Host);
        }
        let of_caller = self.callers.get(&caller).copied().unwrap_or(0);
        if caller != NOBODY && of_caller >= most.per_caller {
            return Err(Full::Caller);
        }
        self.hosts
            .entry(notification.host.clone())
            .or_default()
            .count += 1;
        *self.callers.entry(caller).or_default() += 1;
        self.bytes = bytes;
        self.count += 1;
        self.waiting.push_back(notification);
        Ok(())
    }

    fn next(&mut self, most: &MostQueued) -> Option<Notification> {
        let now = Instant::now();
        while let Some(first) = self.waiting.front() {
            if now.duration_since(first.since) <= most.give_up_after {
                break;
            }
            if let Some(late) = self.waiting.pop_front() {
                tracing::warn!(host = &*late.host, "a push notification waited too long");
                self.forget(&late);
            }
        }
        let may_go = |notification: &Notification| {
            let host = self.hosts.get(&notification.host);
            let takes = host.is_none_or(|host| {
                host.sending < most.at_once && host.out_until.is_none_or(|until| until <= now)
            });
            takes && !self.busy.contains(&notification.registration.id)
        };
        // Those behind one that may not go are not of its registration, or may not go either.
        let at = self.waiting.iter().position(may_go)?;
        let notification = self.waiting.remove(at)?;
        self.busy.insert(notification.registration.id.clone());
        self.hosts
            .entry(notification.host.clone())
            .or_default()
            .sending += 1;
        Some(notification)
    }

    fn done(&mut self, notification: &Notification) {
        self.busy.remove(&notification.registration.id);
        if let Some(host) = self.hosts.get_mut(&notification.host) {
            host.sending = host.sending.saturating_sub(1);
        }
        self.forget(notification);
    }

    fn forget(&mut self, notification: &Notification) {
        self.bytes = self.bytes.saturating_sub(notification.payload.len());
        self.count = self.count.saturating_sub(1);
        less(&mut self.callers, &notification.registration.caller);
        if let Some(host) = self.hosts.get_mut(&notification.host) {
            host.count = host.count.saturating_sub(1);
        }
        // A host stays known while it is out. There are as many as notifications have failed in that time.
        let now = Instant::now();
        self.hosts
            .retain(|_, host| host.count > 0 || host.out_until.is_some_and(|until| until > now));
    }
}

// === impl Taken ===

impl Taken<'_> {
    /// How an attempt has ended: of so many that fail in a row the host is left alone for a while.
    pub(super) fn attempted(&self, has_failed: bool) {
        let mut state = self.queue.lock();
        let Some(host) = state.hosts.get_mut(&self.notification.host) else {
            return;
        };
        if !has_failed {
            (host.failures, host.out_until) = (0, None);
            return;
        }
        host.failures = host.failures.saturating_add(1);
        if host.failures >= FAILURES {
            host.out_until = Instant::now().checked_add(OUT_FOR);
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.queue.lock().done(&self.notification);
        self.queue.changed.notify_one();
    }
}
