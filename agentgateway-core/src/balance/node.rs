use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{breaker::Breaker, latency::Latency, member::Member, random::hash};

/// One endpoint of one list.
#[derive(Debug)]
pub(super) struct Node<T> {
    pub(super) member: Member<T>,
    /// What stands for the key in rendezvous hashing.
    pub(super) hash: u64,
    /// The weight against the mean weight of the list.
    pub(super) share: f64,
    pub(super) state: Arc<State>,
}

/// What is known of an endpoint. Lists that hold the same key one after the other share it.
#[derive(Debug, Default)]
pub(super) struct State {
    in_flight: AtomicUsize,
    pub(super) latency: Latency,
    pub(super) breaker: Breaker,
}

impl<T> Node<T> {
    pub(super) fn new(member: Member<T>, mean_weight: f64, state: Arc<State>) -> Self {
        Self {
            hash: hash(member.key.as_bytes()),
            share: f64::from(member.weight) / mean_weight,
            member,
            state,
        }
    }
}

impl State {
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
