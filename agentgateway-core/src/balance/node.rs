use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{breaker::Breaker, latency::Latency, member::Member, random::hash};

/// One endpoint of one list.
#[derive(Debug)]
pub(super) struct Node<T> {
    pub(super) member: Member<T>,
    /// What stands for the key in rendezvous hashing.
    pub(super) hash: u64,
    /// The weight against the mean weight of the group.
    pub(super) share: f64,
    /// The place of its group in the list.
    pub(super) group: usize,
    pub(super) state: Arc<State>,
}

/// What is known of an endpoint. Lists that hold the same key one after the other share it.
#[derive(Debug, Default)]
pub(super) struct State {
    in_flight: AtomicUsize,
    /// By somebody else's word.
    out: AtomicBool,
    pub(super) latency: Latency,
    pub(super) breaker: Breaker,
}

impl<T> Node<T> {
    pub(super) fn new(
        member: Member<T>,
        mean_weight: f64,
        group: usize,
        state: Arc<State>,
    ) -> Self {
        Self {
            group,
            hash: hash(member.key.as_bytes()),
            share: f64::from(member.weight) / mean_weight,
            member,
            state,
        }
    }
}

impl<T> Node<T> {
    /// Whether it takes requests.
    pub(super) fn is_up(&self) -> bool {
        self.state.breaker.see().is_closed() && !self.state.is_out()
    }
}

impl State {
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn is_out(&self) -> bool {
        self.out.load(Ordering::Relaxed)
    }

    /// True when that is news.
    pub(super) fn set_out(&self, out: bool) -> bool {
        self.out.swap(out, Ordering::Relaxed) != out
    }

    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
