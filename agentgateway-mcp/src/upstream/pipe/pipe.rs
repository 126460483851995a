use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use agentgateway_core::{Error, ErrorKind, error::Origin, jsonrpc::RpcId};
use bytes::Bytes;
use tokio::{
    sync::{Notify, Semaphore, mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::{
    asked::{Asked, AskedKind, AskedRequest, one_line},
    counts::Counts,
    exchange::Exchange,
    limits::Limits,
    outbox::{Fate, Line, Outbox},
    state::{Abandoned, Ended, Owner, Running, State, Why},
};
use crate::wire::{Era, McpMethod};

/// One pipe each way to a server, shared by requests. See the [module](super).
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(super) limits: Limits,
    pub(super) counts: Arc<Counts>,
    pub(super) state: Mutex<State>,
    requests: mpsc::Sender<Line>,
    replies: mpsc::Sender<Line>,
    /// Room for the bytes that wait for clients.
    pub(super) room: Arc<Semaphore>,
    changed: Notify,
}

impl Pipe {
    pub(super) fn new(limits: Limits, counts: Arc<Counts>) -> (Arc<Self>, Outbox) {
        let (requests, queued) = mpsc::channel(limits.max_outgoing.max(1));
        // One for each request that may be cancelled, and for each question that may be refused.
        let most = limits.max_running + limits.max_questions;
        let (replies, replied) = mpsc::channel(most.max(1));
        let bytes = limits.max_waiting_bytes.min(Semaphore::MAX_PERMITS);
        let pipe = Self {
            room: Arc::new(Semaphore::new(bytes)),
            limits,
            counts,
            state: Mutex::new(State::new()),
            requests,
            replies,
            changed: Notify::new(),
        };
        (Arc::new(pipe), Outbox::new(queued, replied))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // What clients want.

    /// Sends a request, once there is room.
    ///
    /// # Errors
    /// The pipe has ended, or as many requests run as may.
    ///
    /// # Cancel safety
    /// Dropping the future takes the request back.
    pub(super) async fn ask(
        self: &Arc<Self>,
        asked: &Asked,
        request: &AskedRequest,
        owner: &Owner,
        era: Era,
    ) -> Result<Exchange, Error> {
        let (messages, waiting) = mpsc::channel(self.limits.max_waiting.max(1));
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut state = self.state();
            if !state.takes_more() {
                return Err(gone(state.ended.as_ref()));
            }
            if state.running.len() + state.abandoned.len() >= self.limits.max_running {
                return Err(crowded());
            }
            let id = state.mint();
            state.last_used = Instant::now();
            let running = Running {
                owner: owner.clone(),
                era,
                id: request.id.clone(),
                token: request.token.clone(),
                wants_logs: request.wants_logs,
                listens: request.method == McpMethod::SUBSCRIPTIONS_LISTEN,
                messages,
                answer,
                is_slow: false,
            };
            state.running.insert(id, running);
            id
        };
        let fate = Arc::new(Fate::default());
        let mut exchange = Exchange::new(self.clone(), id, era, fate.clone(), waiting, answered);
        let line = Line::request(asked.minted(id)?, id, fate);
        if self.requests.send(line).await.is_err() {
            return Err(gone(self.state().ended.as_ref()));
        }
        exchange.is_sent = true;
        Ok(exchange)
    }

    /// Sends what wants no answer, once there is room.
    ///
    /// # Errors
    /// The pipe has ended.
    pub(super) async fn tell(&self, text: Bytes) -> Result<(), Error> {
        self.state().last_used = Instant::now();
        let sent = self.requests.send(Line::new(text)).await;
        sent.map_err(|_| gone(self.state().ended.as_ref()))
    }

    /// Sends a client's notification, or its answer to what the server has asked it.
    ///
    /// What names a request that is not there, or answers a question that this client was not asked, is
    /// for nobody.
    ///
    /// # Errors
    /// The pipe has ended.
    pub(super) async fn pass(&self, asked: &Asked, owner: &str) -> Result<(), Error> {
        let line = match &asked.kind {
            AskedKind::Response(id) => {
                let answers = |id: &RpcId| self.take_question(owner, id);
                id.as_ref().is_some_and(answers).then(|| asked.line())
            }
            AskedKind::Notification(method) if *method == McpMethod::NOTIFICATIONS_CANCELLED => {
                self.cancellation(&asked.text, owner).map(one_line)
            }
            AskedKind::Notification(_) | AskedKind::Request(_) => Some(asked.line()),
        };
        match line {
            Some(line) => self.tell(line).await,
            None => {
                Counts::one(&self.counts.unclaimed);
                Ok(())
            }
        }
    }

    fn take_question(&self, owner: &str, id: &RpcId) -> bool {
        let mut state = self.state();
        let is_asked = |of: &Owner| **of == *owner;
        let is_own = state
            .questions
            .get(id)
            .is_some_and(|it| is_asked(&it.owner));
        is_own && state.questions.remove(id).is_some()
    }

    // What becomes of them.

    /// The client of a request has gone.
    pub(super) fn leave(&self, id: u64, era: Era, is_sent: bool, fate: &Fate) {
        let mut state = self.state();
        let Some(running) = state.running.remove(&id) else {
            return;
        };
        state.last_used = Instant::now();
        match era {
            _ if !is_sent => {
                fate.revoke();
            }
            Era::Modern => {
                if !fate.revoke() {
                    drop(state);
                    self.reply(cancelled(id));
                }
            }
            // Up to 2025-11-25 to go away is not to cancel: the request runs on.
            Era::Legacy => {
                let (owner, own) = (running.owner, running.id);
                state.abandoned.insert(id, Abandoned { owner, id: own });
                if state.abandoned.len() > self.limits.max_abandoned {
                    drop(state);
                    self.fail("the server does not answer");
                }
            }
        }
        self.changed.notify_one();
    }

    /// Writes what nobody waits for. A server that takes none of it is taken to hang.
    pub(super) fn reply(&self, text: Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.replies.try_send(Line::new(text)) {
            self.fail("the server does not read");
        }
    }

    /// Whether nobody uses it, and since when.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        (!state.is_in_use()).then_some(state.last_used)
    }

    pub(super) fn takes_more(&self) -> bool {
        self.state().takes_more()
    }

    /// Lets what runs end, and takes nothing new. GET streams end.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closing = true;
        state.listeners.clear();
        drop(state);
        self.changed.notify_one();
    }

    /// This request has failed, by its minted id, and no other.
    #[cfg(feature = "sse")]
    pub(crate) fn refuse(&self, id: u64, error: Error) {
        let mut state = self.state();
        state.abandoned.remove(&id);
        if let Some(running) = state.running.remove(&id) {
            // Whoever waits for it may have gone this very moment.
            let _ = running.answer.send(Err(error));
        }
        drop(state);
        self.touch();
    }

    /// It has ended by itself: whoever waits is told so.
    pub(crate) fn fail(&self, why: impl Into<Why>) {
        self.end(why.into(), true);
    }

    /// It is ended: whoever waits is told so.
    pub(crate) fn stop(&self, why: &'static str) {
        self.end(why.into(), false);
    }

    fn end(&self, why: Why, failed: bool) {
        let mut state = self.state();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(Ended {
            why: why.words,
            detail: why.detail,
            failed,
        });
        state.running.clear();
        state.abandoned.clear();
        state.questions.clear();
        state.listeners.clear();
        drop(state);
        self.changed.notify_one();
    }

    /// How it has ended.
    pub(crate) fn ended(&self) -> Option<Ended> {
        self.state().ended.clone()
    }

    /// Waits until it is to be ended: it was closed and nothing runs any more, or nobody has used it for a
    /// while, or it has failed. Then it takes nothing more. For one who drives it.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn finished(&self) {
        loop {
            let idle_at = {
                let mut state = self.state();
                if state.ended.is_some() {
                    return;
                }
                let idle_at = state.last_used + self.limits.idle_timeout;
                let is_over = state.closing || Instant::now() >= idle_at;
                if is_over && state.running.is_empty() && (state.closing || !state.is_in_use()) {
                    state.closing = true;
                    return;
                }
                (!state.is_in_use()).then_some(idle_at)
            };
            match idle_at {
                None => self.changed.notified().await,
                Some(at) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = sleep_until(at) => {}
                },
            }
        }
    }

    /// That something has changed on which [`finished`](Self::finished) waits.
    pub(super) fn touch(&self) {
        self.changed.notify_one();
    }
}

/// The notification that a minted request is no longer wanted.
fn cancelled(id: u64) -> Bytes {
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id},"reason":"the client has gone"}}}}"#
    )
    .into()
}

/// The error of a request that was never written.
pub(super) fn gone(ended: Option<&Ended>) -> Error {
    lost(ended).with_unprocessed()
}

/// The error of a request that has lost its answer.
pub(super) fn lost(ended: Option<&Ended>) -> Error {
    let why = ended.map_or(Cow::Borrowed("the server is ending"), |ended| {
        ended.why.clone()
    });
    let error = Error::new(ErrorKind::Unavailable, why).with_origin(Origin::Upstream);
    match ended.and_then(|ended| ended.detail.clone()) {
        Some(detail) => error.with_detail(detail),
        None => error,
    }
}

fn crowded() -> Error {
    let message = "as many requests run at this server as may; try again later";
    Error::new(ErrorKind::Overloaded, message).with_unprocessed()
}
