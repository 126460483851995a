use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use http::HeaderValue;
use tokio::sync::oneshot;

use super::{
    Offer, Opened, Place, Runtime, Shared,
    state::{State, Waiter},
};
use crate::upstream::{failure::Target, http1::Link, http2::Http2};

/// One scheme, host and port.
pub(in crate::upstream) struct Host {
    target: Target,
    header: HeaderValue,
    shared: Arc<Shared>,
    /// Whether one connection serves many exchanges, as far as is known.
    multiplexes: AtomicBool,
    state: Mutex<State>,
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

    /// What can be used now: a stream of a shared connection, or a connection that lies idle. The
    /// youngest of these first: it is the least likely to be closed.
    pub(in crate::upstream) fn take(self: &Arc<Self>, runtime: Runtime) -> Option<Opened> {
        loop {
            let (expired, link) = {
                let mut state = self.state();
                if let Some(streams) = state.take_stream() {
                    return Some(Opened::Streams(streams));
                }
                let expired = state.expired(self.shared.limits.idle_timeout);
                (expired, state.take_idle(runtime))
            };
            self.close(expired);
            let mut link = link?;
            link.resume(Place::new(Arc::clone(self)));
            if link.is_usable() {
                return Some(Opened::Link(link));
            }
        }
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
                        let expired = state.expired(self.shared.limits.idle_timeout);
                        drop(state);
                        if let Some(place) = place {
                            place.keep();
                        }
                        return self.close(expired);
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
        let closed = {
            let mut state = self.state();
            state.streams.push_back(streams.clone());
            state.closed_streams()
        };
        drop(closed);
        self.offer_streams();
        let more = self.state().more_connections(streams.limit());
        for _ in 0..more {
            let Some((waiter, displaced)) = self.room_for_waiter() else {
                return;
            };
            drop(displaced);
            let place = Place::new(Arc::clone(self));
            // Refused, it goes to the next as it is dropped.
            let _ = waiter.offer.send(Offer::Place(place));
        }
    }

    /// The service does not speak HTTP/2, or no longer: who waits to share a connection opens one.
    pub(super) fn share_nothing(self: &Arc<Self>) {
        if !self.multiplexes.swap(false, Relaxed) {
            return;
        }
        while let Some((waiter, displaced)) = self.room_for_waiter() {
            drop(displaced);
            let _ = waiter
                .offer
                .send(Offer::Place(Place::new(Arc::clone(self))));
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

    /// Closes connections that lay idle, and passes their places on. Not while the state is locked.
    fn close(self: &Arc<Self>, idle: VecDeque<Box<Link>>) {
        for link in idle {
            drop(link);
            drop(Place::new(Arc::clone(self)));
        }
    }

    /// Closes what has expired or was closed by its service. True when nothing is left.
    pub(super) fn sweep(self: &Arc<Self>) -> bool {
        let mut state = self.state();
        let mut gone = state.expired(self.shared.limits.idle_timeout);
        // One call of the system for each, all under the lock: who came in between would find none.
        for mut link in std::mem::take(&mut state.idle) {
            if link.is_usable() {
                state.idle.push_back(link);
            } else {
                gone.push_back(link);
            }
        }
        let closed = state.closed_streams();
        drop(state);
        drop(closed);
        self.close(gone);
        let state = self.state();
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
