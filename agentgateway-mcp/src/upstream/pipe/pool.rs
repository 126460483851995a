use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use agentgateway_core::{Error, ErrorKind, seal::Sealer};
use bytes::Bytes;
use http::Extensions;
use tokio::{
    sync::{OnceCell, watch},
    time::Instant,
};

use super::{
    backoff::Backoff,
    counts::{Counts, PipeCounts},
    limits::PoolLimits,
    outbox::Outbox,
    pipe::Pipe,
    sessions::Session,
};

/// What drives a pipe until it has ended, and what is behind it with it.
pub(crate) type Driving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Opens what is behind a pipe.
pub(crate) trait Connect: Send + Sync + 'static {
    /// Starts it, for the request with these extensions.
    ///
    /// The future writes what the outbox gives, gives the pipe what it reads, calls [`Pipe::fail`] when
    /// that goes no further, and ends all of it when [`Pipe::finished`] says so.
    ///
    /// # Errors
    /// It could not be started.
    fn connect(
        &self,
        extensions: &Extensions,
        pipe: &Arc<Pipe>,
        outbox: Outbox,
    ) -> Result<Driving, Error>;
}

/// The pipes to one server. Dropped, it closes them all: what runs on them goes on to its end.
pub(crate) struct Pool {
    pub(super) limits: PoolLimits,
    connect: Box<dyn Connect>,
    counts: Arc<Counts>,
    state: Mutex<PoolState>,
    /// How many pipes have not ended altogether.
    alive: watch::Sender<usize>,
    pub(super) sealer: Sealer,
}

#[derive(Default)]
pub(super) struct PoolState {
    pub(super) pipes: Vec<Arc<Opened>>,
    pub(super) sessions: HashMap<Arc<str>, Session>,
    backoff: Backoff,
    last_number: u64,
}

/// A pipe, and whose it is.
pub(super) struct Opened {
    pub(super) number: u64,
    pub(super) pipe: Arc<Pipe>,
    key: Key,
    since: Instant,
    /// The answer to the `initialize` that all sessions of a shared pipe have in common.
    pub(super) hello: OnceCell<Bytes>,
}

/// For whom a pipe is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) caller: Arc<str>,
    pub(super) kind: KeyKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// For requests that stand alone, of this session in front.
    Standing(Option<Arc<str>>),
    /// For one session.
    Session,
    /// For everybody.
    Shared,
}

impl Pool {
    pub(crate) fn new(limits: PoolLimits, connect: impl Connect) -> Self {
        Self {
            limits,
            connect: Box::new(connect),
            counts: Arc::default(),
            state: Mutex::default(),
            alive: watch::Sender::new(0),
            sealer: Sealer::random(),
        }
    }

    pub(crate) fn counts(&self) -> PipeCounts {
        self.counts.so_far()
    }

    pub(super) const fn is_shared(&self) -> bool {
        self.limits.shared
    }

    pub(super) fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all pipes once nothing runs on them, and waits until they have ended.
    ///
    /// # Cancel safety
    /// Dropping the future leaves them ending.
    pub(crate) async fn end(&self) {
        self.close();
        let mut alive = self.alive.subscribe();
        // The sender is ours, so it is not gone.
        let _ = alive.wait_for(|alive| *alive == 0).await;
    }

    fn close(&self) {
        let mut state = self.state();
        state.sessions.clear();
        for opened in state.pipes.drain(..) {
            opened.pipe.close();
        }
    }

    /// The pipe for a request that stands alone.
    ///
    /// # Errors
    /// See [`open`](Self::open).
    pub(super) fn standing(
        self: &Arc<Self>,
        caller: &Arc<str>,
        session: Option<Arc<str>>,
        extensions: &Extensions,
    ) -> Result<Arc<Opened>, Error> {
        let kind = if self.is_shared() {
            KeyKind::Shared
        } else {
            KeyKind::Standing(session)
        };
        self.find_or_open(caller, kind, extensions)
    }

    pub(super) fn find_or_open(
        self: &Arc<Self>,
        caller: &Arc<str>,
        kind: KeyKind,
        extensions: &Extensions,
    ) -> Result<Arc<Opened>, Error> {
        let mut state = self.state();
        let is_shared = kind == KeyKind::Shared;
        let is_it = |it: &&Arc<Opened>| {
            let is_for = is_shared || it.key.caller == *caller;
            it.key.kind == kind && is_for && it.pipe.takes_more()
        };
        if let Some(found) = state.pipes.iter().find(is_it) {
            return Ok(found.clone());
        }
        self.open(&mut state, caller, kind, extensions)
    }

    /// Opens a pipe.
    ///
    /// # Errors
    /// The caller's last one has failed a moment ago; there are as many as may be, all in use; or it could
    /// not be opened.
    pub(super) fn open(
        self: &Arc<Self>,
        state: &mut PoolState,
        caller: &Arc<str>,
        kind: KeyKind,
        extensions: &Extensions,
    ) -> Result<Arc<Opened>, Error> {
        self.sweep(state);
        if let Some(wait) = state.backoff.wait(caller) {
            return Err(backing_off(wait));
        }
        self.make_room(state)?;
        let (pipe, outbox) = Pipe::new(self.limits.pipe.clone(), self.counts.clone());
        let driving = match self.connect.connect(extensions, &pipe, outbox) {
            Ok(driving) => driving,
            Err(error) => {
                Counts::one(&self.counts.failed);
                let PoolLimits {
                    backoff,
                    max_backoff,
                    ..
                } = self.limits;
                state
                    .backoff
                    .failed(caller, Duration::ZERO, backoff, max_backoff);
                return Err(error.with_unprocessed());
            }
        };
        Counts::one(&self.counts.opened);
        state.last_number += 1;
        let opened = Arc::new(Opened {
            number: state.last_number,
            pipe,
            key: Key {
                caller: caller.clone(),
                kind,
            },
            since: Instant::now(),
            hello: OnceCell::new(),
        });
        state.pipes.push(opened.clone());
        let alive = Alive::new(&self.alive);
        let (pool, driven) = (Arc::downgrade(self), opened.clone());
        // It must be read while no request of it is polled: see the module's documentation.
        tokio::spawn(async move {
            driving.await;
            driven.pipe.fail("the server has ended");
            if let Some(pool) = Weak::upgrade(&pool) {
                pool.sweep(&mut pool.state());
            }
            drop(alive);
        });
        Ok(opened)
    }

    /// Lets go of what has ended. One that had not been asked to lets its caller wait.
    fn sweep(&self, state: &mut PoolState) {
        let pipes = std::mem::take(&mut state.pipes).into_iter();
        let (ended, open): (Vec<_>, _) = pipes.partition(|it| it.pipe.ended().is_some());
        state.pipes = open;
        for opened in ended {
            state
                .sessions
                .retain(|_, it| it.opened.number != opened.number);
            let caller = &opened.key.caller;
            if opened.pipe.ended().is_some_and(|ended| ended.failed) {
                self.note_failure(state, caller, opened.since.elapsed());
            } else {
                state.backoff.ended_well(caller);
            }
        }
    }

    fn note_failure(&self, state: &mut PoolState, caller: &str, lived: Duration) {
        Counts::one(&self.counts.failed);
        let (first, most) = (self.limits.backoff, self.limits.max_backoff);
        state.backoff.failed(caller, lived, first, most);
    }

    /// Lets the pipe that was idle longest end, where there are as many as may be.
    fn make_room(&self, state: &mut PoolState) -> Result<(), Error> {
        // Those that are ending count as well, or who opens and ends sessions fast enough has no limit.
        let too_many_end = *self.alive.borrow() >= self.limits.max_pipes.saturating_mul(2);
        if !too_many_end && state.pipes.len() < self.limits.max_pipes {
            return Ok(());
        }
        let idle = state.pipes.iter().enumerate();
        let idle = idle.filter_map(|(at, it)| Some((it.pipe.idle_since()?, at)));
        let Some((_, at)) = idle.min().filter(|_| !too_many_end) else {
            return Err(full());
        };
        state.pipes.swap_remove(at).pipe.close();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("limits", &self.limits)
            .field("alive", &*self.alive.borrow())
            .finish_non_exhaustive()
    }
}

/// Counts a pipe until all of it has ended.
struct Alive(watch::Sender<usize>);

impl Alive {
    fn new(alive: &watch::Sender<usize>) -> Self {
        alive.send_modify(|alive| *alive += 1);
        Self(alive.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|alive| *alive = alive.saturating_sub(1));
    }
}

fn backing_off(wait: Duration) -> Error {
    let message = "the server has ended by itself; it is started again in a while";
    Error::new(ErrorKind::Unavailable, message)
        .with_retry_after(wait)
        .with_unprocessed()
}

fn full() -> Error {
    let message = "as many sessions run at this server as may; try again later";
    Error::new(ErrorKind::Overloaded, message)
        .with_retry_after(Duration::from_secs(1))
        .with_unprocessed()
}
