use agentgateway_core::{
    json::{self, Raw},
    jsonrpc::{Envelope, EnvelopeKind, RpcError, RpcId, code},
};
use bytes::Bytes;
use http::StatusCode;
use tokio::{sync::mpsc, time::Instant};

use super::{
    counts::Counts,
    path::{at, minted, replaced},
    pipe::Pipe,
    state::{Question, Running, State, Waiting},
};
use crate::wire::{Era, META, McpMethod, MetaKey};

const TOKEN: [&str; 2] = ["params", MetaKey::PROGRESS_TOKEN];
const SUBSCRIPTION: [&str; 3] = ["params", META, MetaKey::SUBSCRIPTION_ID];
const ENDED_SUBSCRIPTION: [&str; 3] = ["result", META, MetaKey::SUBSCRIPTION_ID];
const REQUEST_ID: [&str; 2] = ["params", "requestId"];

/// A message, and who is to read it.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) text: Bytes,
    pub(super) to: Vec<Recipient>,
    /// The id of the server's request that it is.
    pub(super) question: Option<RpcId>,
}

#[derive(Debug)]
pub(super) struct Recipient {
    pub(super) place: Place,
    pub(super) messages: mpsc::Sender<Waiting>,
    /// It left no room for the last message: this one does not wait.
    pub(super) is_slow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Request(u64),
    Listener(u64),
}

impl Pipe {
    /// Takes what the server has written: finds out whom it is for, and waits for room there.
    pub(crate) async fn receive(&self, text: Bytes) {
        let text = text.slice_ref(text.trim_ascii());
        if !text.starts_with(b"[") {
            return self.receive_one(text).await;
        }
        // Servers of 2025-03-26 may say many messages at once.
        let mut each = Vec::new();
        if let Ok(batch) = Raw::parse(&text) {
            // It is an array.
            let _ = json::elements(batch, |message| each.extend(json::slice_of(&text, message)));
        } else {
            Counts::one(&self.counts.strays);
        }
        for message in each {
            self.receive_one(message).await;
        }
    }

    async fn receive_one(&self, text: Bytes) {
        if text.is_empty() {
            return;
        }
        if let Some(parcel) = self.sort(&text) {
            if parcel.to.is_empty() {
                Counts::one(&self.counts.unclaimed);
            }
            self.deliver(parcel).await;
        }
    }

    fn sort(&self, text: &Bytes) -> Option<Parcel> {
        let Ok(envelope) = Envelope::peek(text) else {
            Counts::one(&self.counts.strays);
            return None;
        };
        let method = envelope.method.as_deref().unwrap_or_default();
        match (envelope.kind, &envelope.id) {
            (EnvelopeKind::Response, id) => {
                if !id.as_ref().is_some_and(|id| self.answered(id, text)) {
                    Counts::one(&self.counts.unclaimed);
                }
                None
            }
            (EnvelopeKind::Request, Some(id)) => self.asks(&id.detached(), method, text),
            (EnvelopeKind::Request, None) => None,
            (EnvelopeKind::Notification, _) => self.notifies(method, text),
        }
    }

    /// An answer. It is not waited with: there is room for one at each request.
    fn answered(&self, id: &RpcId, text: &Bytes) -> bool {
        let Some(number) = minted(id.as_raw()) else {
            return false;
        };
        let mut state = self.state();
        state.last_used = Instant::now();
        let Some(running) = state.running.remove(&number) else {
            let is_known = state.abandoned.remove(&number).is_some();
            drop(state);
            self.touch();
            return is_known;
        };
        drop(state);
        let own = running.id.to_bytes();
        let mut text = replaced(text, &["id"], own.clone()).unwrap_or_else(|| text.clone());
        if running.listens {
            text = with_subscription(&text, &ENDED_SUBSCRIPTION, number, own).unwrap_or(text);
        }
        // Whoever waits for it may have gone this very moment.
        let _ = running.answer.send(Ok(text));
        drop(running.messages);
        self.touch();
        true
    }

    fn asks(&self, id: &RpcId, method: &str, text: &Bytes) -> Option<Parcel> {
        let mut state = self.state();
        let Some((recipient, question)) = related(&state, |it| it.era == Era::Legacy) else {
            drop(state);
            self.reply(if method == McpMethod::PING.as_str() {
                pong(id)
            } else {
                let message = "no client is there that could be asked";
                RpcError::new(code::METHOD_NOT_FOUND, message).encode(id)
            });
            return None;
        };
        if state.questions.len() >= self.limits.max_questions {
            drop(state);
            self.reply(busy(id));
            return None;
        }
        state.questions.insert(id.clone(), question);
        Some(Parcel {
            text: text.clone(),
            to: vec![recipient],
            question: Some(id.clone()),
        })
    }

    fn notifies(&self, method: &str, text: &Bytes) -> Option<Parcel> {
        let parcel = |text: Bytes, to: Vec<Recipient>| Parcel {
            text,
            to,
            question: None,
        };
        let mut state = self.state();
        if method == McpMethod::NOTIFICATIONS_PROGRESS.as_str() {
            let token = at(text, &TOKEN).and_then(|raw| minted(raw.get().as_bytes()));
            let claim = token.and_then(|number| {
                let running = state.running.get(&number)?;
                let text = replaced(text, &TOKEN, running.token.clone()?)?;
                Some(parcel(text, vec![running.recipient(number)]))
            });
            return Some(claim.unwrap_or_else(|| parcel(text.clone(), Vec::new())));
        }
        if method == McpMethod::NOTIFICATIONS_CANCELLED.as_str() {
            return match at(text, &REQUEST_ID) {
                Some(raw) => self.takes_back(&mut state, raw, text),
                None => Some(parcel(text.clone(), Vec::new())),
            };
        }
        let subscription = at(text, &SUBSCRIPTION).and_then(|raw| minted(raw.get().as_bytes()));
        if let Some(number) = subscription {
            let claim = state.running.get(&number).filter(|running| running.listens);
            let claim = claim.and_then(|running| {
                let text = replaced(text, &SUBSCRIPTION, running.id.to_bytes())?;
                Some(parcel(text, vec![running.recipient(number)]))
            });
            return Some(claim.unwrap_or_else(|| parcel(text.clone(), Vec::new())));
        }
        if method == McpMethod::NOTIFICATIONS_MESSAGE.as_str() {
            let wants = |it: &Running| it.era == Era::Legacy || it.wants_logs;
            let to = related(&state, wants).map(|(recipient, _)| recipient);
            return Some(parcel(text.clone(), to.into_iter().collect()));
        }
        let listeners = state.listeners.iter();
        let to = listeners.map(|it| it.recipient()).collect();
        Some(parcel(text.clone(), to))
    }

    /// The server takes back what it has asked, or ends a subscription.
    ///
    /// # Source
    /// MCP 2025-11-25, Utilities, Cancellation; MCP 2026-07-28, Patterns, Cancellation: on stdio a server
    /// ends a subscription so. Over HTTP that is a result.
    fn takes_back(&self, state: &mut State, id: Raw<'_>, text: &Bytes) -> Option<Parcel> {
        let question = RpcId::parse(Bytes::copy_from_slice(id.get().as_bytes()))
            .and_then(|id| state.questions.remove(&id));
        if let Some(question) = question {
            let running = question
                .of
                .and_then(|of| Some((of, state.running.get(&of)?)));
            let to = running.map(|(of, running)| running.recipient(of));
            let listener = || {
                let mut all = state.listeners.iter();
                all.find(|it| it.owner == question.owner)
                    .map(|it| it.recipient())
            };
            return Some(Parcel {
                text: text.clone(),
                to: to.or_else(listener).into_iter().collect(),
                question: None,
            });
        }
        let listens = |number: &u64| state.running.get(number).is_some_and(|it| it.listens);
        let subscription = minted(id.get().as_bytes()).filter(listens);
        let Some(running) = subscription.and_then(|number| state.running.remove(&number)) else {
            Counts::one(&self.counts.unclaimed);
            return None;
        };
        let _ = running.answer.send(Ok(subscription_over(&running.id)));
        self.touch();
        None
    }

    /// The notification that takes back a request of the client's, by the id that was minted for it.
    pub(super) fn cancellation(&self, text: &Bytes, owner: &str) -> Option<Bytes> {
        let raw = at(text, &REQUEST_ID)?;
        let id = RpcId::parse(Bytes::copy_from_slice(raw.get().as_bytes()))?;
        let number = self.state().minted_for(owner, &id)?;
        replaced(text, &REQUEST_ID, number.to_string().into())
    }
}

impl Running {
    fn recipient(&self, number: u64) -> Recipient {
        Recipient {
            place: Place::Request(number),
            messages: self.messages.clone(),
            is_slow: self.is_slow,
        }
    }
}

impl super::state::Listener {
    fn recipient(&self) -> Recipient {
        Recipient {
            place: Place::Listener(self.number),
            messages: self.messages.clone(),
            is_slow: false,
        }
    }
}

/// Who takes what the server says of no one request: the oldest that runs and has room, else the GET stream.
///
/// Nobody, where it could be for several clients.
fn related(state: &State, wants: impl Fn(&Running) -> bool) -> Option<(Recipient, Question)> {
    let of = |owner: &super::state::Owner, of: Option<u64>| Question {
        owner: owner.clone(),
        of,
    };
    let running = || state.running.iter().filter(|(_, it)| wants(it));
    if let Some((_, first)) = running().next() {
        if running().any(|(_, other)| other.owner != first.owner) {
            return None;
        }
        let has_room =
            |it: &Running| !it.is_slow && !it.messages.is_closed() && it.messages.capacity() > 0;
        let able = running()
            .find(|(_, it)| has_room(it))
            .or_else(|| running().next());
        return able.map(|(number, it)| (it.recipient(*number), of(&it.owner, Some(*number))));
    }
    match state.listeners.as_slice() {
        [only] => Some((only.recipient(), of(&only.owner, None))),
        _ => None,
    }
}

/// The text with the client's own id of a subscription, where it is that of this one.
fn with_subscription(text: &Bytes, path: &[&str], number: u64, own: Bytes) -> Option<Bytes> {
    let named = at(text, path).and_then(|raw| minted(raw.get().as_bytes()));
    (named == Some(number))
        .then(|| replaced(text, path, own))
        .flatten()
}

/// The result that ends a subscription.
///
/// # Source
/// MCP 2026-07-28, `SubscriptionsListenResult`.
fn subscription_over(id: &RpcId) -> Bytes {
    let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
    text.extend_from_slice(id.as_raw());
    text.extend_from_slice(br#","result":{"resultType":"complete","_meta":{"#);
    text.extend_from_slice(json::quote(MetaKey::SUBSCRIPTION_ID).as_bytes());
    text.push(b':');
    text.extend_from_slice(id.as_raw());
    text.extend_from_slice(b"}}}");
    text.into()
}

fn pong(id: &RpcId) -> Bytes {
    let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
    text.extend_from_slice(id.as_raw());
    text.extend_from_slice(br#","result":{}}"#);
    text.into()
}

/// The answer to a question that found no room.
pub(super) fn busy(id: &RpcId) -> Bytes {
    let code = code::gateway(StatusCode::SERVICE_UNAVAILABLE);
    RpcError::new(code, "the client takes no more questions now").encode(id)
}
