use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use agentgateway_core::{Error, jsonrpc::RpcId};
use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    time::Instant,
};

use crate::wire::Era;

/// What a pipe knows of what is on it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) last_id: u64,
    /// By minted id: the oldest first.
    pub(super) running: BTreeMap<u64, Running>,
    /// Requests of earlier clients that have gone: not cancelled by that, and read by nobody.
    pub(super) abandoned: BTreeMap<u64, Abandoned>,
    /// What the server has asked and not been answered, by its own id.
    pub(super) questions: HashMap<RpcId, Question>,
    pub(super) listeners: Vec<Listener>,
    /// It takes nothing new, and ends when nothing runs any more.
    pub(super) closing: bool,
    pub(super) ended: Option<Ended>,
    pub(super) last_used: Instant,
}

/// How a pipe has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) why: Cow<'static, str>,
    /// What of it is for the operator alone.
    pub(super) detail: Option<Box<str>>,
    /// Nobody had asked it to.
    pub(crate) failed: bool,
}

/// Why a pipe has ended.
#[derive(Debug)]
pub(crate) struct Why {
    pub(super) words: Cow<'static, str>,
    pub(super) detail: Option<Box<str>>,
}

impl From<&'static str> for Why {
    fn from(words: &'static str) -> Self {
        Self {
            words: words.into(),
            detail: None,
        }
    }
}

impl From<Error> for Why {
    fn from(error: Error) -> Self {
        Self {
            words: error.message().to_owned().into(),
            detail: error.detail().map(Into::into),
        }
    }
}

/// Whose a request or a stream is: the session, or the caller.
pub(super) type Owner = Arc<str>;

/// A request whose answer somebody waits for.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) owner: Owner,
    pub(super) era: Era,
    pub(super) id: RpcId,
    pub(super) token: Option<Bytes>,
    pub(super) wants_logs: bool,
    /// It is a subscription.
    pub(super) listens: bool,
    pub(super) messages: mpsc::Sender<Waiting>,
    pub(super) answer: oneshot::Sender<Result<Bytes, Error>>,
    /// Its client left no room for the last message.
    pub(super) is_slow: bool,
}

/// A message that waits to be read.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) text: Bytes,
    pub(super) _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) struct Abandoned {
    pub(super) owner: Owner,
    pub(super) id: RpcId,
}

/// A request of the server's.
#[derive(Debug)]
pub(super) struct Question {
    /// Who was asked, and so may answer.
    pub(super) owner: Owner,
    /// The request on whose answer it was asked.
    pub(super) of: Option<u64>,
}

/// Who reads what belongs to no request.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) number: u64,
    pub(super) owner: Owner,
    pub(super) messages: mpsc::Sender<Waiting>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            last_id: 0,
            running: BTreeMap::new(),
            abandoned: BTreeMap::new(),
            questions: HashMap::new(),
            listeners: Vec::new(),
            closing: false,
            ended: None,
            last_used: Instant::now(),
        }
    }

    pub(super) fn mint(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn takes_more(&self) -> bool {
        !self.closing && self.ended.is_none()
    }

    pub(super) fn is_in_use(&self) -> bool {
        !self.running.is_empty() || !self.listeners.is_empty()
    }

    /// The request of this client's own id, running or not.
    pub(super) fn minted_for(&self, owner: &str, id: &RpcId) -> Option<u64> {
        let running = self.running.iter();
        let running = running.map(|(minted, request)| (minted, &request.owner, &request.id));
        let abandoned = self.abandoned.iter();
        let abandoned = abandoned.map(|(minted, request)| (minted, &request.owner, &request.id));
        // The newest: an id that was used before may be that of an abandoned request.
        running
            .chain(abandoned)
            .filter(|(_, of, own)| &***of == owner && *own == id)
            .map(|(minted, ..)| *minted)
            .max()
    }
}
