use std::{collections::VecDeque, time::Duration};

use tokio::{sync::oneshot, time::Instant};

use super::{Place, Runtime};
use crate::upstream::{http1::Link, http2::Http2};

/// What a waiter is given.
pub(in crate::upstream) enum Offer {
    Link(Box<Link>),
    Streams(Http2),
    /// Room for a connection of its own.
    Place(Place),
}

pub(super) struct Waiter {
    pub(super) offer: oneshot::Sender<Offer>,
    runtime: Runtime,
}

#[derive(Default)]
pub(super) struct State {
    /// Oldest first.
    pub(super) idle: VecDeque<Box<Link>>,
    pub(super) streams: VecDeque<Http2>,
    /// Connections that are open or being opened, idle ones included.
    pub(super) open: usize,
    pub(super) opening_now: usize,
    /// Those who have no place; first come, first served.
    pub(super) waiting: VecDeque<Waiter>,
    /// Those who are opening a connection, and would take another that is free before.
    pub(super) opening: VecDeque<Waiter>,
}

impl State {
    /// Takes out what has been idle for too long.
    pub(super) fn expired(&mut self, limit: Duration) -> VecDeque<Box<Link>> {
        let mut expired = VecDeque::new();
        let now = Instant::now();
        while let Some(oldest) = self.idle.front() {
            if now.saturating_duration_since(oldest.idle_since()) < limit {
                break;
            }
            expired.extend(self.idle.pop_front());
        }
        expired
    }

    pub(super) fn take_idle(&mut self, runtime: Runtime) -> Option<Box<Link>> {
        let nth = self
            .idle
            .iter()
            .rposition(|link| link.runtime() == runtime)?;
        self.idle.remove(nth)
    }

    /// Makes room for a new connection, by one that lies idle in another runtime if need be.
    pub(super) fn room(&mut self, max: usize) -> Option<Option<Box<Link>>> {
        if self.open < max {
            self.open += 1;
            return Some(None);
        }
        self.idle.pop_front().map(Some)
    }

    pub(super) fn join(queue: &mut VecDeque<Waiter>, runtime: Runtime) -> oneshot::Receiver<Offer> {
        // Those who gave up, so that the queue is as long as there are waiters.
        while queue.front().is_some_and(|first| first.offer.is_closed()) {
            queue.pop_front();
        }
        let (offer, receiver) = oneshot::channel();
        queue.push_back(Waiter { offer, runtime });
        receiver
    }

    /// A stream of the first connection that has room.
    pub(super) fn take_stream(&mut self) -> Option<Http2> {
        let mut open = self.streams.iter().filter(|streams| streams.is_open());
        open.find_map(Http2::join)
    }

    /// Takes out the shared connections that are over. To be dropped without the lock: with the last
    /// handle a request may end that waited there, and it gives its stream back to this host.
    #[must_use = "dropped under the lock it may wait for itself"]
    pub(super) fn closed_streams(&mut self) -> VecDeque<Http2> {
        let all = std::mem::take(&mut self.streams);
        let (open, closed) = all.into_iter().partition(Http2::is_open);
        self.streams = open;
        closed
    }

    /// How many connections of so many streams will do for those who wait, beside those that are being
    /// opened: each of these has one stream for its opener.
    pub(super) fn more_connections(&mut self, streams: usize) -> usize {
        self.forget_closed();
        let others = self.opening_now.saturating_sub(1);
        let spare = others.saturating_mul(streams.saturating_sub(1));
        let left = self.waiting.len().saturating_sub(spare);
        left.div_ceil(streams.max(1))
    }

    pub(super) fn forget_closed(&mut self) {
        for queue in [&mut self.waiting, &mut self.opening] {
            queue.retain(|waiter| !waiter.offer.is_closed());
        }
    }

    /// The first who still waits and can use a connection of this runtime.
    pub(super) fn next_for(&mut self, runtime: Runtime) -> Option<Waiter> {
        for queue in [&mut self.waiting, &mut self.opening] {
            queue.retain(|waiter| !waiter.offer.is_closed());
            if let Some(nth) = queue.iter().position(|waiter| waiter.runtime == runtime) {
                return queue.remove(nth);
            }
        }
        None
    }
}
