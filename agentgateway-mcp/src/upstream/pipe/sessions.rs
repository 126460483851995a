use std::{sync::Arc, time::SystemTime};

use agentgateway_core::{Error, ErrorKind, seal::Seal};
use http::Extensions;
use tokio::time::Instant;

use super::pool::{KeyKind, Opened, Pool, PoolState};

/// A session of an earlier revision.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) id: Arc<str>,
    pub(super) caller: Arc<str>,
    pub(super) opened: Arc<Opened>,
    last_used: Instant,
}

impl Pool {
    /// Begins a session of an earlier revision.
    ///
    /// # Errors
    /// See [`open`](Self::open).
    pub(super) fn begin_session(
        self: &Arc<Self>,
        caller: &Arc<str>,
        extensions: &Extensions,
    ) -> Result<Session, Error> {
        let opened = if self.is_shared() {
            self.find_or_open(caller, KeyKind::Shared, extensions)?
        } else {
            let mut state = self.state();
            self.open(&mut state, caller, KeyKind::Session, extensions)?
        };
        // Only the randomness counts: nothing is sealed in it, and nothing is opened.
        let far = SystemTime::UNIX_EPOCH;
        let id: Arc<str> = self.sealer.seal(Seal::new("mcp session"), b"", far).into();
        let session = Session {
            id: id.clone(),
            caller: caller.clone(),
            opened,
            last_used: Instant::now(),
        };
        let mut state = self.state();
        if state.sessions.len() >= self.limits.max_sessions {
            let oldest = state.sessions.values().min_by_key(|it| it.last_used);
            if let Some(id) = oldest.map(|it| it.id.clone()) {
                self.end_session_in(&mut state, &id);
            }
        }
        if state.sessions.contains_key(&id) {
            // The system has no randomness: better no session than one that can be guessed.
            session.opened.pipe.close();
            return Err(Error::new(ErrorKind::Internal, "no session could be named"));
        }
        state.sessions.insert(id, session.clone());
        Ok(session)
    }

    /// The session of this name, where it is this caller's and has not ended.
    pub(super) fn session(&self, id: &str, caller: &str) -> Option<Session> {
        let mut state = self.state();
        let session = state.sessions.get_mut(id)?;
        if *session.caller != *caller {
            return None;
        }
        if !session.opened.pipe.takes_more() {
            state.sessions.remove(id);
            return None;
        }
        session.last_used = Instant::now();
        Some(session.clone())
    }

    /// Ends a session, and its pipe where that is its own.
    pub(super) fn end_session(&self, id: &str) {
        self.end_session_in(&mut self.state(), id);
    }

    fn end_session_in(&self, state: &mut PoolState, id: &str) {
        let Some(session) = state.sessions.remove(id) else {
            return;
        };
        let opened = session.opened;
        if self.is_shared() {
            opened.pipe.unlisten(id);
        } else {
            state.pipes.retain(|other| other.number != opened.number);
            opened.pipe.stop("the session was ended");
        }
    }
}
