use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use agentgateway_core::{Error, ErrorKind, jsonrpc::RpcId};
use bytes::Bytes;
use tokio::sync::{Notify, oneshot};

use super::stream::Stream;

/// The sessions of which something goes on in this replica, by their names.
#[derive(Default)]
pub(super) struct Lives(Mutex<HashMap<Arc<str>, Weak<Live>>>);

/// What goes on of one session in this replica. It is there as long as a request or a stream of it is.
pub(super) struct Live {
    name: Arc<str>,
    lives: Weak<Lives>,
    /// The requests that are answered now, by their ids.
    calls: Mutex<HashMap<RpcId, Weak<Stream>>>,
    /// The questions that wait for an answer, by their ids.
    questions: Mutex<HashMap<RpcId, oneshot::Sender<Bytes>>>,
    /// The session's stream.
    listener: Mutex<Weak<Stream>>,
    /// Told when the session's subscriptions change.
    pub(super) subscriptions: Notify,
    turn: tokio::sync::Mutex<()>,
}

// === impl Lives ===

impl Lives {
    /// What goes on of this session, from now on.
    pub(super) fn enter(self: &Arc<Self>, session: &Arc<str>) -> Arc<Live> {
        let mut lives = lock(&self.0);
        if let Some(live) = lives.get(session).and_then(Weak::upgrade) {
            return live;
        }
        let live = Arc::new(Live {
            name: session.clone(),
            lives: Arc::downgrade(self),
            calls: Mutex::default(),
            questions: Mutex::default(),
            listener: Mutex::default(),
            subscriptions: Notify::new(),
            turn: tokio::sync::Mutex::default(),
        });
        lives.insert(session.clone(), Arc::downgrade(&live));
        live
    }

    /// What goes on of this session; `None` when nothing does.
    pub(super) fn find(&self, session: &str) -> Option<Arc<Live>> {
        lock(&self.0).get(session).and_then(Weak::upgrade)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

// === impl Live ===

impl Live {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Waits until nobody else changes what is kept of this session.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// A request is answered from now on. Of two with one id, the later one is what the id means.
    pub(super) fn begin(&self, id: &RpcId, stream: &Arc<Stream>) {
        lock(&self.calls).insert(id.clone(), Arc::downgrade(stream));
    }

    /// The request is answered.
    pub(super) fn end(&self, id: &RpcId, stream: &Weak<Stream>) {
        let mut calls = lock(&self.calls);
        if calls.get(id).is_some_and(|known| known.ptr_eq(stream)) {
            calls.remove(id);
        }
    }

    /// The request is no longer wanted.
    pub(super) fn cancel(&self, id: &RpcId) {
        let call = lock(&self.calls).remove(id);
        if let Some(stream) = call.as_ref().and_then(Weak::upgrade) {
            stream.stop();
        }
    }

    /// Nothing of this session is wanted any more.
    pub(super) fn cancel_all(&self) {
        let calls = std::mem::take(&mut *lock(&self.calls));
        let listener = std::mem::take(&mut *lock(&self.listener));
        for stream in calls.into_values().chain([listener]) {
            if let Some(stream) = stream.upgrade() {
                stream.stop();
            }
        }
    }

    /// This is the session's stream from now on; the one that was it ends.
    pub(super) fn listen(&self, stream: &Arc<Stream>) {
        let before = std::mem::replace(&mut *lock(&self.listener), Arc::downgrade(stream));
        if let Some(before) = before.upgrade() {
            before.stop();
        }
    }

    /// A question waits for its answer under this id.
    ///
    /// # Errors
    /// There are as many as there may be.
    pub(super) fn ask(
        self: &Arc<Self>,
        id: RpcId,
        max: usize,
    ) -> Result<(Asked, oneshot::Receiver<Bytes>), Error> {
        let (tell, told) = oneshot::channel();
        let mut questions = lock(&self.questions);
        if questions.len() >= max {
            let message = format!("the server asks this client more than {max} things at once");
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        questions.insert(id.clone(), tell);
        drop(questions);
        let live = self.clone();
        Ok((Asked { live, id }, told))
    }

    /// The client's answer to a question, told to who waits for it here; false where nobody does.
    pub(super) fn answer(&self, id: &RpcId, message: &Bytes) -> bool {
        let question = lock(&self.questions).remove(id);
        question.is_some_and(|question| question.send(message.clone()).is_ok())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let Some(lives) = self.lives.upgrade() else {
            return;
        };
        let mut lives = lock(&lives.0);
        let is_gone = |live: &Weak<Self>| live.strong_count() == 0;
        if lives.get(&self.name).is_some_and(is_gone) {
            lives.remove(&self.name);
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

/// A question that is open; no longer when this is dropped.
pub(super) struct Asked {
    live: Arc<Live>,
    pub(super) id: RpcId,
}

impl Drop for Asked {
    fn drop(&mut self) {
        lock(&self.live.questions).remove(&self.id);
    }
}

/// Nothing that holds one of these locks can panic.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
