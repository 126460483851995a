use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use http::HeaderValue;
use tokio::{sync::oneshot, time::Instant};

use super::{Place, Runtime, Shared};
use crate::upstream::{failure::Target, http1::Link, http2::Http2};

/// What a waiter is given.
pub(in crate::upstream) enum Offer {
    Link(Box<Link>),
    Streams(Http2),
    /// Room for a connection of its own.
    Place(Place),
}

struct Waiter {
    offer: oneshot::Sender<Offer>,
    runtime: Runtime,
}

/// One scheme, host and port.
pub(in crate::upstream) struct Host {
    target: Target,
    header: HeaderValue,
    shared: Arc<Shared>,
    /// Whether one connection serves many exchanges, as far as is known.
    multiplexes: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Oldest first.
    idle: VecDeque<Box<Link>>,
    streams: Vec<Http2>,
    /// Connections that are open or being opened, idle ones included.
    open: usize,
    opening_now: usize,
    /// Those who have no place; first come, first served.
    waiting: VecDeque<Waiter>,
    /// Those who are opening a connection, and would take another that is free before.
    opening: VecDeque<Waiter>,
}

impl Host {
    pub(super) fn new(target: Target, shared: Arc<Shared>) -> Self {
        Self {
            header: target.host_header(),
            target,
            multiplexes: AtomicBool::new(shared.http2_only),
            shared,
            state: Mutex::default(),
        }
    }

    pub(in crate::upstream) const fn target(&self) -> &Target {
        &self.target
    }

    pub(in crate::upstream) const fn header(&self) -> &HeaderValue {
        &self.header
    }

    pub(in crate::upstream) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.state().idle.len()
    }

    /// A connection that can be used now. The youngest first: it is the least likely to be closed.
    pub(in crate::upstream) fn take_idle(self: &Arc<Self>, runtime: Runtime) -> Option<Box<Link>> {
        loop {
            let expired = self.expired(Instant::now());
            drop(expired);
            let mut link = self.state().take_idle(runtime)?;
            link.resume(Place::new(Arc::clone(self)));
            if link.is_usable() {
                return Some(link);
            }
        }
    }

    /// An HTTP/2 connection with room for one more stream, which is taken.
    pub(in crate::upstream) fn take_streams(&self) -> Option<Http2> {
        self.state().take_stream()
    }

    /// What can be had now, or a turn to wait for. Decided at once, so that nothing is missed.
    pub(super) fn next(self: &Arc<Self>, runtime: Runtime) -> Next {
        let mut state = self.state();
        if let Some(streams) = state.take_stream() {
            return Next::Now(Offer::Streams(streams));
        }
        if let Some(mut link) = state.take_idle(runtime) {
            drop(state);
            link.resume(Place::new(Arc::clone(self)));
            return Next::Now(Offer::Link(link));
        }
        // One connection will do for all: they wait for it, and not for it alone.
        let soon = state.opening_now > 0 && self.multiplexes.load(Relaxed);
        let room = if soon {
            None
        } else {
            state.room(self.shared.limits.max_connections)
        };
        match room {
            Some(displaced) => {
                drop(state);
                drop(displaced);
                Next::Now(Offer::Place(Place::new(Arc::clone(self))))
            }
            None => Next::Wait {
                offer: State::join(&mut state.waiting, runtime),
                soon,
            },
        }
    }

    /// A place for who waits no longer for what somebody else opens.
    pub(super) fn place_now(self: &Arc<Self>) -> Option<Place> {
        let displaced = self.state().room(self.shared.limits.max_connections)?;
        drop(displaced);
        Some(Place::new(Arc::clone(self)))
    }

    /// Waits for a connection beside opening one.
    pub(super) fn wait(&self, runtime: Runtime) -> oneshot::Receiver<Offer> {
        State::join(&mut self.state().opening, runtime)
    }

    /// Counts a connection that is being opened.
    pub(super) fn opening(self: &Arc<Self>) -> OpeningNow {
        self.state().opening_now += 1;
        OpeningNow {
            host: Arc::clone(self),
        }
    }

    /// Takes back a connection between two exchanges, and passes it on.
    pub(in crate::upstream) fn check_in(self: &Arc<Self>, mut link: Box<Link>) {
        loop {
            let waiter = {
                let mut state = self.state();
                match state.next_for(link.runtime()) {
                    Some(waiter) => waiter,
                    // Somebody waits for a place alone: closed, it makes one.
                    None if !state.waiting.is_empty() => break,
                    None if state.idle.len() >= self.shared.limits.max_idle => break,
                    None => {
                        let place = link.rest();
                        state.idle.push_back(link);
                        drop(state);
                        if let Some(place) = place {
                            place.keep();
                        }
                        drop(self.expired(Instant::now()));
                        return;
                    }
                }
            };
            match waiter.offer.send(Offer::Link(link)) {
                Err(Offer::Link(back)) => link = back,
                Ok(()) | Err(_) => return,
            }
        }
        drop(link);
    }

    /// Shares a new HTTP/2 connection with those who wait, as far as it reaches. For the others as many
    /// more are opened as will do.
    pub(super) fn share(self: &Arc<Self>, streams: &Http2) {
        self.multiplexes.store(true, Relaxed);
        self.state().streams.push(streams.clone());
        self.offer_streams();
        let mut more = self.state().waiting.len().div_ceil(streams.limit().max(1));
        while more > 0 {
            more -= 1;
            let Some((waiter, displaced)) = self.room_for_waiter() else {
                return;
            };
            drop(displaced);
            let place = Place::new(Arc::clone(self));
            // Refused, it goes to the next as it is dropped.
            let _ = waiter.offer.send(Offer::Place(place));
        }
    }

    fn room_for_waiter(&self) -> Option<(Waiter, Option<Box<Link>>)> {
        let mut state = self.state();
        state.waiting.retain(|waiter| !waiter.offer.is_closed());
        if state.waiting.is_empty() {
            return None;
        }
        let displaced = state.room(self.shared.limits.max_connections)?;
        Some((state.waiting.pop_front()?, displaced))
    }

    /// Gives streams to those who wait, as far as there are any. A stream has ended, or a connection is
    /// new.
    pub(super) fn offer_streams(&self) {
        loop {
            let mut state = self.state();
            state.forget_closed();
            if state.waiting.is_empty() && state.opening.is_empty() {
                return;
            }
            let Some(streams) = state.take_stream() else {
                return;
            };
            let waiter = match state.waiting.pop_front() {
                Some(waiter) => Some(waiter),
                None => state.opening.pop_front(),
            };
            // A stream that is dropped comes back to here, which must not be locked then.
            drop(state);
            if let Some(waiter) = waiter {
                let _ = waiter.offer.send(Offer::Streams(streams));
            }
        }
    }

    /// A connection is gone: its place goes to the first who waits for one.
    pub(super) fn leave(self: Arc<Self>) {
        loop {
            let waiter = {
                let mut state = self.state();
                match state.waiting.pop_front() {
                    Some(waiter) => waiter,
                    None => {
                        state.open = state.open.saturating_sub(1);
                        return;
                    }
                }
            };
            match waiter
                .offer
                .send(Offer::Place(Place::new(Arc::clone(&self))))
            {
                Err(Offer::Place(place)) => place.keep(),
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// Takes out what has been idle for too long.
    fn expired(self: &Arc<Self>, now: Instant) -> Vec<(Box<Link>, Place)> {
        let limit = self.shared.limits.idle_timeout;
        let mut expired = Vec::new();
        let mut state = self.state();
        while let Some(oldest) = state.idle.front() {
            if now.saturating_duration_since(oldest.idle_since()) < limit {
                break;
            }
            expired.extend(state.idle.pop_front());
        }
        drop(state);
        expired
            .into_iter()
            .map(|link| (link, Place::new(Arc::clone(self))))
            .collect()
    }

    /// Closes what has expired or was closed by its service. True when nothing is left.
    pub(super) fn sweep(self: &Arc<Self>) -> bool {
        drop(self.expired(Instant::now()));
        let mut idle = std::mem::take(&mut self.state().idle);
        idle.retain_mut(|link| {
            let usable = link.is_usable();
            if !usable {
                drop(Place::new(Arc::clone(self)));
            }
            usable
        });
        let mut state = self.state();
        // Those that came meanwhile are younger.
        idle.append(&mut state.idle);
        state.idle = idle;
        state.streams.retain(Http2::is_open);
        state.open == 0 && state.waiting.is_empty() && state.opening.is_empty()
    }
}

/// What came of asking for a connection.
pub(super) enum Next {
    Now(Offer),
    Wait {
        offer: oneshot::Receiver<Offer>,
        /// Whether somebody opens a connection that will serve this one too.
        soon: bool,
    },
}

/// A connection is being opened.
pub(super) struct OpeningNow {
    host: Arc<Host>,
}

impl Drop for OpeningNow {
    fn drop(&mut self) {
        let mut state = self.host.state();
        state.opening_now = state.opening_now.saturating_sub(1);
    }
}

impl State {
    fn take_idle(&mut self, runtime: Runtime) -> Option<Box<Link>> {
        let nth = self
            .idle
            .iter()
            .rposition(|link| link.runtime() == runtime)?;
        self.idle.remove(nth)
    }

    /// Makes room for a new connection, by one that lies idle in another runtime if need be.
    fn room(&mut self, max: usize) -> Option<Option<Box<Link>>> {
        if self.open < max {
            self.open += 1;
            return Some(None);
        }
        self.idle.pop_front().map(Some)
    }

    fn join(queue: &mut VecDeque<Waiter>, runtime: Runtime) -> oneshot::Receiver<Offer> {
        // Those who gave up, so that the queue is as long as there are waiters.
        while queue.front().is_some_and(|first| first.offer.is_closed()) {
            queue.pop_front();
        }
        let (offer, receiver) = oneshot::channel();
        queue.push_back(Waiter { offer, runtime });
        receiver
    }

    /// A stream of the first connection that has room.
    fn take_stream(&mut self) -> Option<Http2> {
        if self.streams.is_empty() {
            return None;
        }
        self.streams.retain(Http2::is_open);
        self.streams.iter().find_map(Http2::join)
    }

    fn forget_closed(&mut self) {
        for queue in [&mut self.waiting, &mut self.opening] {
            queue.retain(|waiter| !waiter.offer.is_closed());
        }
    }

    /// The first who still waits and can use a connection of this runtime.
    fn next_for(&mut self, runtime: Runtime) -> Option<Waiter> {
        for queue in [&mut self.waiting, &mut self.opening] {
            queue.retain(|waiter| !waiter.offer.is_closed());
            if let Some(nth) = queue.iter().position(|waiter| waiter.runtime == runtime) {
                return queue.remove(nth);
            }
        }
        None
    }
}
