use std::{pin::pin, sync::Arc, time::Duration};

use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    json,
    jsonrpc::{RpcError, RpcId, code::METHOD_NOT_FOUND},
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::Extensions;
use tokio::time::Instant;

use super::{
    calls::Entered,
    level::Level,
    question::{Kind, Question},
    results::{self, Asked},
    server::Inner,
    session::{Session, bad, in_passing},
};
use crate::{
    bridge::{Answer, Ask, ClientSession, Events, Incoming, IncomingKind, ask::invalid, edit},
    wire::{META, McpMethod, MetaKey, error::URL_ELICITATION_REQUIRED},
};

/// How long it takes to take up a stream again where the server says nothing.
const RETRY: Duration = Duration::from_secs(1);
/// The longest time that a server may let wait before its stream is taken up again.
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// How many questions a server may ask before its client has answered one. One more ends the call.
const MAX_QUESTIONS: usize = 64;

/// The answer of an earlier server to one request, while it comes.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) inner: Arc<Inner>,
    pub(super) session: Arc<Session>,
    pub(super) events: Events,
    pub(super) call: RelayedCall,
    /// By this it hears what the server asks elsewhere.
    entered: Option<Entered>,
    /// The questions that the client has not been asked yet, or has not answered.
    pub(super) questions: Vec<Question>,
    /// Of all questions of this call.
    pub(super) count: usize,
    /// Of those since the client has answered last.
    pub(super) unanswered: usize,
    /// Until when questions are gathered, from the first of them on.
    gathered: Option<Instant>,
    last_event: Option<Bytes>,
    retry: Option<Duration>,
    resumes: u32,
    pub(super) over: bool,
}

/// One request, as the client means it.
#[derive(Clone, Debug)]
pub(super) struct RelayedCall {
    pub(super) id: RpcId,
    pub(super) upstream_id: RpcId,
    pub(super) method: McpMethod,
    pub(super) uri: Option<String>,
    /// The client's own token of progress.
    pub(super) token: Option<Bytes>,
    pub(super) level: Option<Level>,
    pub(super) capabilities: Bytes,
    pub(super) caller: String,
    /// What is asked, without what is said about it: a retry must ask the same.
    pub(super) params: Bytes,
    /// The answers that came with the request.
    pub(super) given: Bytes,
    pub(super) extensions: Extensions,
}

/// What comes next of an answer.
#[derive(Debug)]
pub(super) enum Step {
    /// A notification.
    Message(Bytes),
    /// The answer: nothing comes behind it.
    Last(Bytes),
    /// The server has asked all that it wants to know for now.
    Questions,
    /// The server wants something that this client cannot be asked for.
    Lacks(Kind),
}

impl Relay {
    pub(super) fn new(
        inner: Arc<Inner>,
        session: Arc<Session>,
        events: Events,
        call: RelayedCall,
        entered: Option<Entered>,
    ) -> Self {
        Self {
            inner,
            session,
            events,
            call,
            entered,
            questions: Vec::new(),
            count: 0,
            unanswered: 0,
            gathered: None,
            last_event: None,
            retry: None,
            resumes: 0,
            over: false,
        }
    }

    /// What comes next.
    ///
    /// # Errors
    /// The stream failed, or ended without its answer.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn step(&mut self) -> Result<Step, Error> {
        loop {
            let Some(incoming) = self.incoming().await? else {
                return Ok(Step::Questions);
            };
            if incoming.event_id.is_some() {
                self.last_event = incoming.event_id.clone();
            }
            self.retry = incoming.retry.or(self.retry);
            if let Some(step) = self.taken(&incoming)? {
                return Ok(step);
            }
        }
    }

    /// The next event; `None` when there are questions, and they have been gathered.
    async fn incoming(&mut self) -> Result<Option<Incoming>, Error> {
        loop {
            let next = if self.questions.is_empty() {
                self.next().await?
            } else {
                // However much else comes meanwhile.
                let gather = self.inner.options.gather;
                let until = *self.gathered.get_or_insert_with(|| Instant::now() + gather);
                if Instant::now() >= until {
                    return Ok(self.have_gathered());
                }
                match tokio::time::timeout_at(until, self.next()).await {
                    Ok(next) => next?,
                    Err(_) => return Ok(self.have_gathered()),
                }
            };
            match next {
                Some(incoming) => return Ok(Some(incoming)),
                // The server has cut the stream, and may go on when its answers have come.
                None if !self.questions.is_empty() => return Ok(self.have_gathered()),
                None => self.take_up().await?,
            }
        }
    }

    fn have_gathered(&mut self) -> Option<Incoming> {
        self.gathered = None;
        None
    }

    /// The next event of the call's stream, or what came elsewhere and is of this call.
    async fn next(&mut self) -> Result<Option<Incoming>, Error> {
        let Some(entered) = &mut self.entered else {
            return self.events.next().await;
        };
        let (event, question) = (pin!(self.events.next()), pin!(entered.question()));
        match select(event, question).await {
            Either::Left((event, _)) => event,
            Either::Right((question, _)) => Ok(question),
        }
    }

    /// Whether the client has been asked, and has not answered yet.
    pub(super) fn waits(&self, waits: bool) {
        if let Some(entered) = &self.entered {
            entered.waits(waits);
        }
    }

    fn taken(&mut self, incoming: &Incoming) -> Result<Option<Step>, Error> {
        match &incoming.kind {
            IncomingKind::Notification(method) => self.notification(incoming, method),
            IncomingKind::Request(id, method) => self.asked(incoming, id, method),
            IncomingKind::Response(id) if id.as_ref() == Some(&self.call.upstream_id) => {
                self.over = true;
                let text = self.said(&incoming.text)?;
                Ok(Some(Step::Last(text)))
            }
            // Someone else's answer is nobody's.
            IncomingKind::Response(_) | IncomingKind::Other => Ok(None),
        }
    }

    fn notification(&self, incoming: &Incoming, method: &McpMethod) -> Result<Option<Step>, Error> {
        // Its session is its own, and what is told in it.
        let is_earlier = self.call.extensions.get::<ClientSession>().is_some();
        let text = match method.as_str() {
            "notifications/progress" => self.progress(&incoming.text)?,
            // A server may log unasked, until it is told from which level on.
            "notifications/message" if is_earlier => Some(incoming.text.clone()),
            "notifications/message" => {
                let params = edit::member(&incoming.text, "params").unwrap_or_default();
                let level = edit::text(&params, "level").and_then(|level| Level::of(&level));
                let wanted = self.call.level.zip(level);
                wanted
                    .is_some_and(|(least, level)| level >= least)
                    .then(|| incoming.text.clone())
            }
            // Not of this request: for those who listen.
            _ if method.as_str().ends_with("/list_changed")
                || *method == McpMethod::NOTIFICATIONS_RESOURCES_UPDATED =>
            {
                let is_heard = self.session.hub.tell(incoming.text.clone());
                (is_earlier && !is_heard).then(|| incoming.text.clone())
            }
            _ if *method == McpMethod::NOTIFICATIONS_CANCELLED => None,
            // A client of the newest revision makes its call again by itself.
            _ if *method == McpMethod::NOTIFICATIONS_ELICITATION_COMPLETE && !is_earlier => None,
            _ => Some(incoming.text.clone()),
        };
        Ok(text.map(Step::Message))
    }

    /// Progress of this request, by the client's own token.
    fn progress(&self, text: &Bytes) -> Result<Option<Bytes>, Error> {
        let Some(token) = &self.call.token else {
            return Ok(None);
        };
        let params = edit::member(text, "params").unwrap_or_default();
        let named = edit::member(&params, MetaKey::PROGRESS_TOKEN);
        if named.as_deref() != Some(self.call.upstream_id.as_raw()) {
            return Ok(None);
        }
        let own = [(MetaKey::PROGRESS_TOKEN, Some(token.clone()))];
        edit::within(text, "params", |params| json::with_members(&params, &own))
            .map(Some)
            .map_err(invalid)
    }

    fn asked(
        &mut self,
        incoming: &Incoming,
        id: &RpcId,
        method: &McpMethod,
    ) -> Result<Option<Step>, Error> {
        if *method == McpMethod::PING {
            self.reply(ping_answer(id));
            return Ok(None);
        }
        let Some(kind) = Kind::of(method) else {
            let error = RpcError::new(METHOD_NOT_FOUND, "no client has this method");
            self.reply(error.encode(id));
            return Ok(None);
        };
        if edit::member(&self.call.capabilities, kind.capability()).is_none() {
            return Ok(Some(Step::Lacks(kind)));
        }
        self.count += 1;
        self.unanswered += 1;
        if self.unanswered > MAX_QUESTIONS {
            return Err(bad("the server asks more at once than a client is asked"));
        }
        let mut question = Question::new(incoming, id, kind, self.count);
        let is_taken = |key: &str| self.questions.iter().any(|other| other.key == key);
        if is_taken(&question.key) {
            question.key = format!("{}_{}", question.key, self.count);
        }
        match answer_in(&self.call.given, &question.key) {
            Some(result) => self.say(question.answered(&result)),
            None => self.questions.push(question),
        }
        Ok(None)
    }

    fn reply(&self, message: Bytes) {
        let (server, extensions) = (&self.inner.server, &self.call.extensions);
        self.session.reply(server, message, extensions);
    }

    /// Says something to the server that nobody waits for.
    fn say(&self, message: Bytes) {
        let ask = Ask::message(message).with_extensions(&self.call.extensions);
        if let Ok(request) = self.session.request(ask) {
            in_passing(&self.inner.server, request);
        }
    }

    /// The server's answer, as the client is told it.
    ///
    /// # Errors
    /// It has a member twice that decides.
    pub(super) fn said(&self, text: &Bytes) -> Result<Bytes, Error> {
        if self.call.method == McpMethod::TOOLS_LIST {
            let list = edit::member(text, "result").unwrap_or_default();
            self.inner.tools.learn_all(&list, "");
        }
        match self.urls(text) {
            Some(round) => Ok(round),
            None => self.inner.modern(text, &self.call, &self.session),
        }
    }

    /// A user who must go somewhere first, as a round: what was an error has become a question.
    fn urls(&self, text: &Bytes) -> Option<Bytes> {
        let error = edit::member(text, "error")?;
        if results::code(&error) != Some(URL_ELICITATION_REQUIRED) {
            return None;
        }
        let elicitation = edit::member(&self.call.capabilities, "elicitation")?;
        edit::member(&elicitation, "url")?;
        let places = edit::member(&edit::member(&error, "data")?, "elicitations")?;
        let places_raw = json::Raw::parse(&places).ok()?;
        let mut asked = Vec::new();
        let mut count = 0;
        json::elements(places_raw, |place| {
            count += 1;
            if count > 1 {
                asked.push(b',');
            }
            let key = json::quote(&format!("elicitation_{count}"));
            asked.extend_from_slice(key.as_bytes());
            asked.extend_from_slice(br#":{"method":"elicitation/create","params":"#);
            asked.extend_from_slice(place.get().as_bytes());
            asked.push(b'}');
        })
        .ok()?;
        let state = self.inner.again(&self.call);
        (count > 0).then(|| self.inner.round(&self.call, &self.session, &asked, &state))
    }

    /// Takes the stream up behind its last event: the server has ended it without the answer.
    async fn take_up(&mut self) -> Result<(), Error> {
        let Some(after) = self.last_event.clone() else {
            return Err(truncated());
        };
        self.resumes += 1;
        if self.resumes > self.inner.options.max_resumes {
            return Err(truncated());
        }
        tokio::time::sleep(self.retry.unwrap_or(RETRY).min(LONGEST_RETRY)).await;
        let request = self.session.stream(Some(&after), &self.call.extensions)?;
        let response = self.inner.server.send(request).await?;
        let most = self.inner.options.max_message_bytes;
        match Answer::read(response, most).await? {
            Answer::Events(head, events) if head.status.is_success() => {
                self.events = events;
                Ok(())
            }
            Answer::Events(..) | Answer::Whole(..) => Err(truncated()),
        }
    }

    /// What was asked, in the server's words; and that the call is over.
    pub(super) fn gave_up(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            let mut params = br#"{"requestId":"#.to_vec();
            params.extend_from_slice(self.call.upstream_id.as_raw());
            params.extend_from_slice(br#","reason":"the client has gone"}"#);
            let method = McpMethod::NOTIFICATIONS_CANCELLED;
            let ask = Ask::notification(&method, &params.into());
            self.say(ask.body().clone());
        }
    }
}

/// A client of 2026-07-28 that leaves cancels its request; an earlier server wants to be told.
impl Drop for Relay {
    fn drop(&mut self) {
        self.gave_up();
    }
}

/// The answer to this question, when it is one: an object.
pub(super) fn answer_in(given: &Bytes, key: &str) -> Option<Bytes> {
    let answer = edit::member(given, key)?;
    answer.starts_with(b"{").then_some(answer)
}

pub(super) fn ping_answer(id: &RpcId) -> Bytes {
    let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
    text.extend_from_slice(id.as_raw());
    text.extend_from_slice(br#","result":{}}"#);
    text.into()
}

fn truncated() -> Error {
    Error::new(
        ErrorKind::BadAnswer,
        "the server's stream ended without the answer",
    )
    .with_origin(Origin::Upstream)
}

/// What is asked, without what is said about it.
pub(super) fn substance(params: &Bytes) -> Bytes {
    let about = [
        (META, None),
        ("inputResponses", None),
        ("requestState", None),
    ];
    json::with_members(params, &about).unwrap_or_else(|_| params.clone())
}

/// The server's name, for a client that has not been told it: one of an earlier revision was at `initialize`, and its
/// results stay as they are.
pub(super) fn told_by(session: &Session, extensions: &Extensions) -> Option<Bytes> {
    let is_told = extensions.get::<ClientSession>().is_some();
    session.server_info().filter(|_| !is_told)
}

impl Inner {
    /// An answer as a server of 2026-07-28 says it.
    pub(super) fn modern(
        &self,
        text: &Bytes,
        call: &RelayedCall,
        session: &Session,
    ) -> Result<Bytes, Error> {
        let info = told_by(session, &call.extensions);
        results::modern(
            text,
            Asked {
                id: &call.id,
                method: &call.method,
                uri: call.uri.as_deref(),
                server_info: info.as_ref(),
            },
        )
    }
}
