use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// A caller of whom nothing is known: all of these together have no limit of their own.
pub(super) const NOBODY: u64 = 0;

/// How many webhooks may be registered at once, in this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct MostRegistered {
    pub(super) in_all: usize,
    pub(super) per_host: usize,
    pub(super) per_caller: usize,
}

/// What is at its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exhausted {
    All,
    Host,
    Caller,
}

/// Counts the webhooks that are registered and may still be called.
#[derive(Debug)]
pub(super) struct Registered {
    most: MostRegistered,
    lifetime: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    live: HashMap<Box<str>, (Box<str>, u64)>,
    /// In the order in which they expire; those that are gone already are skipped.
    order: VecDeque<(Instant, Box<str>)>,
    hosts: HashMap<Box<str>, usize>,
    callers: HashMap<u64, usize>,
}

// === impl Registered ===

impl Registered {
    pub(super) fn new(most: MostRegistered, lifetime: Duration) -> Self {
        Self {
            most,
            lifetime,
            state: Mutex::default(),
        }
    }

    pub(super) fn add(&self, id: &str, host: &str, caller: u64) -> Result<(), Exhausted> {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire(now);
        let count = |count: Option<&usize>| count.copied().unwrap_or(0);
        if state.live.len() >= self.most.in_all {
            return Err(Exhausted::All);
        }
        if count(state.hosts.get(host)) >= self.most.per_host {
            return Err(Exhausted::Host);
        }
        if caller != NOBODY && count(state.callers.get(&caller)) >= self.most.per_caller {
            return Err(Exhausted::Caller);
        }
        *state.hosts.entry(host.into()).or_default() += 1;
        *state.callers.entry(caller).or_default() += 1;
        state.live.insert(id.into(), (host.into(), caller));
        if let Some(until) = now.checked_add(self.lifetime) {
            state.order.push_back((until, id.into()));
        }
        state.compact();
        Ok(())
    }

    /// Its task has ended. What is not known here, another replica has counted.
    pub(super) fn remove(&self, id: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.remove(id);
    }
}

// === impl State ===

impl State {
    fn expire(&mut self, now: Instant) {
        while let Some((until, _)) = self.order.front() {
            if *until > now {
                break;
            }
            if let Some((_, id)) = self.order.pop_front() {
                self.remove(&id);
            }
        }
    }

    fn remove(&mut self, id: &str) {
        let Some((host, caller)) = self.live.remove(id) else {
            return;
        };
        less(&mut self.hosts, &host);
        less(&mut self.callers, &caller);
    }

    /// Those that were removed before their time must not pile up.
    fn compact(&mut self) {
        if self.order.len() > 64 + 2 * self.live.len() {
            let live = &self.live;
            self.order.retain(|(_, id)| live.contains_key(id));
        }
    }
}

/// One less; those without any are forgotten.
pub(super) fn less<K, Q>(counts: &mut HashMap<K, usize>, key: &Q)
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
    Q: std::hash::Hash + Eq + ?Sized,
{
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}
