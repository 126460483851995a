use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use agentgateway_core::ErrorKind;
use bytes::Bytes;
use tokio::sync::{broadcast, watch};

/// How many messages wait for a listener that is slow, before it is dropped.
const WAITING: usize = 256;

/// Where the messages of a session that belong to no request are given to all who listen.
///
/// One stream of the server's feeds many listeners, so a task stands between: it lives as long as one of
/// them does.
#[derive(Debug, Default)]
pub(super) struct Hub {
    feed: Mutex<Weak<Feed>>,
    /// Held for the calls of the session, which hear what the server asks.
    kept: Mutex<Option<Arc<Feed>>>,
    /// Who wants to be told of each resource.
    subscribed: Mutex<HashMap<String, Subscribed>>,
}

#[derive(Debug, Default)]
struct Subscribed {
    listeners: usize,
    /// The client of the session has said so itself.
    is_held: bool,
    /// The server has been told.
    stands: bool,
}

/// What a listener is told.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Message(Bytes),
    /// The server's stream is over, and cannot be taken up.
    Over,
}

/// How far the server's stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Begun,
    Open,
    /// The server has none.
    Not,
    /// It does not know the session.
    Lost,
    Failed(ErrorKind),
}

#[derive(Debug)]
pub(super) struct Feed {
    sender: broadcast::Sender<Told>,
    opening: watch::Receiver<Opening>,
    /// Dropped with the last listener.
    _alive: watch::Sender<()>,
}

/// One who listens; the feed ends with the last of them.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) messages: broadcast::Receiver<Told>,
    feed: Arc<Feed>,
}

/// The end of a feed that is fed.
#[derive(Debug)]
pub(super) struct Feeder {
    sender: broadcast::Sender<Told>,
    opening: watch::Sender<Opening>,
    alive: watch::Receiver<()>,
}

impl Hub {
    /// Listens; where nobody does yet, `open` begins to open the server's stream, and is given what it feeds.
    pub(super) fn listen(&self, open: impl FnOnce(Feeder)) -> Listener {
        let mut known = self.known();
        if let Some(feed) = known.upgrade() {
            let messages = feed.sender.subscribe();
            return Listener { messages, feed };
        }
        // It listens before anything is told.
        let (sender, messages) = broadcast::channel(WAITING);
        let (end, alive) = watch::channel(());
        let (is_at, opening) = watch::channel(Opening::Begun);
        let feed = Arc::new(Feed {
            sender: sender.clone(),
            opening,
            _alive: end,
        });
        *known = Arc::downgrade(&feed);
        open(Feeder {
            sender,
            opening: is_at,
            alive,
        });
        Listener { messages, feed }
    }

    /// Lets the feed stand though nobody listens, until it is released; whether it was not kept before.
    pub(super) fn keep(&self, listener: Listener) -> bool {
        self.kept().replace(listener.feed).is_none()
    }

    pub(super) fn is_kept(&self) -> bool {
        self.kept().is_some()
    }

    pub(super) fn release(&self) {
        let kept = self.kept().take();
        drop(kept);
    }

    /// The feed is over: whoever listens next opens another one.
    pub(super) fn is_over(&self, feeder: &Feeder) {
        let is_it = |feed: &Feed| feed.sender.same_channel(&feeder.sender);
        let mut known = self.known();
        if known.upgrade().is_some_and(|feed| is_it(&feed)) {
            *known = Weak::new();
            drop(known);
            self.release();
        }
        feeder.tell(Told::Over);
    }

    /// Nothing is told any more: the session is not known to the server.
    pub(super) fn end(&self) {
        let feed = std::mem::take(&mut *self.known()).upgrade();
        self.release();
        if let Some(feed) = feed {
            // None listens any more.
            let _ = feed.sender.send(Told::Over);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Feed>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a message that came elsewhere to those who listen; whether anybody does.
    pub(super) fn tell(&self, message: Bytes) -> bool {
        let feed = self.known().upgrade();
        feed.is_some_and(|feed| feed.sender.send(Told::Message(message)).is_ok())
    }

    /// One more wants to be told of this resource; whether the server is to hear of it.
    pub(super) fn subscribe(&self, uri: &str) -> bool {
        let mut subscribed = self.subscribed();
        let one = subscribed.entry(uri.to_owned()).or_default();
        one.listeners += 1;
        !std::mem::replace(&mut one.stands, true)
    }

    /// One less; whether the server is to hear of it.
    pub(super) fn unsubscribe(&self, uri: &str) -> bool {
        let mut subscribed = self.subscribed();
        let Some(one) = subscribed.get_mut(uri) else {
            return false;
        };
        one.listeners = one.listeners.saturating_sub(1);
        if one.listeners > 0 || one.is_held {
            return false;
        }
        subscribed.remove(uri).is_some_and(|one| one.stands)
    }

    /// The session's client has subscribed by itself, and the server agreed.
    pub(super) fn hold(&self, uri: &str) {
        let mut subscribed = self.subscribed();
        let one = subscribed.entry(uri.to_owned()).or_default();
        (one.is_held, one.stands) = (true, true);
    }

    /// It has taken that back.
    pub(super) fn let_go(&self, uri: &str) {
        let mut subscribed = self.subscribed();
        if let Some(one) = subscribed.get_mut(uri) {
            (one.is_held, one.stands) = (false, false);
            if one.listeners == 0 {
                subscribed.remove(uri);
            }
        }
    }

    fn subscribed(&self) -> std::sync::MutexGuard<'_, HashMap<String, Subscribed>> {
        self.subscribed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Weak<Feed>> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// How far the server's stream is after this time, or as soon as it is decided.
    pub(super) async fn opening(&self, most: Duration) -> Opening {
        let mut opening = self.feed.opening.clone();
        let decided = opening.wait_for(|opening| *opening != Opening::Begun);
        match tokio::time::timeout(most, decided).await {
            Ok(Ok(opening)) => *opening,
            Ok(Err(_)) => Opening::Failed(ErrorKind::Unavailable),
            Err(_) => Opening::Begun,
        }
    }
}

impl Feeder {
    /// Says how far the server's stream is.
    pub(super) fn is_at(&self, opening: Opening) {
        self.opening.send_replace(opening);
    }

    /// Tells all who listen; whether anybody does.
    pub(super) fn tell(&self, told: Told) -> bool {
        self.sender.send(told).is_ok()
    }

    /// Until nobody listens any more.
    pub(super) async fn forsaken(&mut self) {
        while self.alive.changed().await.is_ok() {}
    }
}
