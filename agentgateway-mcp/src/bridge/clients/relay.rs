use std::sync::{Arc, Weak};

use agentgateway_core::{
    Body, Error, ErrorKind,
    error::Origin,
    json,
    jsonrpc::{RpcError, RpcId},
    media,
    seal::unguessable,
};
use bytes::Bytes;
use http::{Extensions, HeaderName, Request, Response, StatusCode, response};
use tracing::Instrument as _;

use super::{
    live::Live,
    local,
    questions::{Round, Unanswered, no_randomness, visited},
    reply::{self, Reply},
    service::Shared,
    session::Session,
    stream::{Head, Sink, Stream},
};
use crate::{
    bridge::{Answer, Ask, Events, IncomingKind, Tools, edit},
    call::McpCall,
    wire::{McpMethod, MetaKey, PARAM_PREFIX, ProtocolVersion, error::HEADER_MISMATCH},
};

/// A client's request as it goes to the server, as often as it must.
pub(super) struct Template {
    ask: Ask,
    pub(super) id: RpcId,
    pub(super) method: McpMethod,
    /// The tool that is called.
    tool: Option<Box<str>>,
    session: Session,
    level: Option<Box<str>>,
}

// === impl Template ===

impl Template {
    pub(super) fn new(
        mut ask: Ask,
        (id, method, tool): (RpcId, McpMethod, Option<&str>),
        session: &Session,
        level: Option<Box<str>>,
    ) -> Result<Self, Error> {
        let own = ask.headers_mut();
        let repeated: Vec<HeaderName> = own
            .keys()
            .filter(|name| name.as_str().starts_with(PARAM_PREFIX))
            .cloned()
            .collect();
        for name in repeated {
            own.remove(name);
        }
        describe(&mut ask, session, level.as_deref())?;
        Ok(Self {
            ask,
            id,
            method,
            tool: tool.map(Into::into),
            session: session.clone(),
            level,
        })
    }

    pub(super) const fn extensions(&self) -> &Extensions {
        self.ask.extensions()
    }

    /// Says in a request's `_meta` what a session is for otherwise.
    pub(super) fn describe(&self, ask: &mut Ask) -> Result<(), Error> {
        describe(ask, &self.session, self.level.as_deref())
    }

    /// The request of one round.
    fn request(
        &self,
        shared: &Shared,
        id: &RpcId,
        (answers, state): (Option<Bytes>, Option<Bytes>),
    ) -> Result<Request<Bytes>, Error> {
        let mut ask = self.ask.clone();
        let is_new = *id != self.id;
        if is_new {
            ask.set_id(id)?;
        }
        let goes_on = answers.is_some() || state.is_some();
        if answers.is_some() || state.is_some() {
            let more = [("inputResponses", answers), ("requestState", state)];
            ask.change_params(|params| json::with_members(&params, &more))?;
        }
        if let Some(params) = self.tool.as_deref().and_then(|tool| shared.tools.get(tool)) {
            let arguments = edit::member(&ask.params(), "arguments");
            let arguments = arguments
                .as_ref()
                .and_then(|text| json::Raw::parse(text).ok());
            params.write(arguments, ask.headers_mut());
        }
        // What it says is known, but for what was changed.
        let known = ask.extensions().get::<McpCall>();
        let known = known.filter(|call| !is_new && !goes_on && call.id() == Some(id));
        if let Some(call) = known.map(McpCall::told_newly) {
            return Ok(ask.into_call(call));
        }
        ask.into_modern(ProtocolVersion::LATEST)
    }
}

/// Says in a request's `_meta` who the client is, what it can do, and which log messages it wants.
pub(super) fn describe(ask: &mut Ask, session: &Session, level: Option<&str>) -> Result<(), Error> {
    const LATEST: Bytes = Bytes::from_static(br#""2026-07-28""#);
    debug_assert_eq!(LATEST, json::quote(ProtocolVersion::LATEST));
    ask.set_meta(&[
        (MetaKey::PROTOCOL_VERSION, Some(LATEST)),
        (MetaKey::CLIENT_INFO, session.client.clone()),
        (MetaKey::CLIENT_CAPABILITIES, Some(session.told.clone())),
        (
            MetaKey::LOG_LEVEL,
            level.map(|level| json::quote(level).into()),
        ),
    ])
}

/// One request of a client on its way to the server, until it is answered.
pub(super) struct Relay {
    shared: Arc<Shared>,
    live: Arc<Live>,
    template: Template,
    sink: Sink,
}

// === impl Relay ===

/// Answers a client's request.
pub(super) async fn answer(
    shared: Arc<Shared>,
    live: Arc<Live>,
    template: Template,
) -> Result<Response<Body>, Error> {
    let (id, session) = (template.id.clone(), template.session.name.clone());
    let numbered = template.session.has_event_ids();
    let (streams, keep_alive) = (shared.streams.clone(), shared.settings.keep_alive);
    let calls = live.clone();
    let mut reader = Stream::begin(&streams, &session, Some(&id), numbered, move |sink| {
        let relay = Relay {
            shared,
            live,
            template,
            sink,
        };
        // Later rounds run where the body is read, and belong to the same span.
        Box::pin(relay.run().in_current_span())
    });
    calls.begin(&id, reader.stream());
    drop(calls);
    match reader.head().await {
        Head::Whole(response) => Ok(response),
        Head::Open(head) => Ok(Response::from_parts(head, reader.into_body(keep_alive))),
        Head::Failed(error) => failed(error, |error| {
            local::json(RpcError::from(error).encode(&id))
        }),
        Head::None => Ok(local::accepted()),
    }
}

/// An error of what stands inside. To a client with sessions, 404 says that its session is gone, so it is
/// told otherwise.
pub(super) fn failed(
    error: Error,
    otherwise: impl FnOnce(&Error) -> Response<Body>,
) -> Result<Response<Body>, Error> {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::MethodNotAllowed | ErrorKind::InvalidRequest => {
            Ok(otherwise(&error))
        }
        _ => Err(error),
    }
}

impl Relay {
    async fn run(self) {
        let id = self.template.id.clone();
        let _answered = Answered {
            live: self.live.clone(),
            id: id.clone(),
            stream: self.sink.stream().clone(),
        };
        if let Err(error) = self.rounds().await {
            self.sink.fail(error, &id);
        }
    }

    /// Asks the server until it has an answer.
    async fn rounds(&self) -> Result<(), Error> {
        let Self {
            shared, template, ..
        } = self;
        let mut id = template.id.clone();
        let mut more = (None, None);
        let mut visits = Vec::new();
        let (mut rounds, mut refreshed) = (0, false);
        loop {
            let request = template.request(shared, &id, more.clone())?;
            let (mut head, message) = self.exchange(request, &id).await?;
            let own = (&id, &template.id, &template.method);
            if let Some((text, read)) = reply::quick(&message, own).filter(|_| visits.is_empty()) {
                head.extensions.insert(read);
                self.end(head, text);
                return Ok(());
            }
            let round = match Reply::read(&message, &id)? {
                Some(Reply::InputRequired(result)) => {
                    Round::read(&result, shared.settings.max_questions)?
                }
                Some(Reply::Error(HEADER_MISMATCH, _)) if self.may_learn(refreshed) => {
                    refreshed = true;
                    self.learn().await?;
                    id = fresh()?;
                    continue;
                }
                Some(reply) => return self.tell(head, &message, reply, visits).await,
                None => return self.tell_strange(head, message),
            };
            rounds += 1;
            if rounds > shared.settings.max_rounds {
                return Err(endless(shared.settings.max_rounds));
            }
            let state = round.state.clone();
            let Some(answers) = self.ask(&head, round, &mut visits).await? else {
                return Ok(());
            };
            more = (answers, state);
            id = fresh()?;
        }
    }

    /// Sends a request, and reads its answer; what comes before it is told at once.
    async fn exchange(
        &self,
        request: Request<Bytes>,
        id: &RpcId,
    ) -> Result<(response::Parts, Bytes), Error> {
        let response = self.shared.server.send(request).await?;
        match Answer::read(response, self.shared.settings.max_answer_bytes).await? {
            Answer::Whole(head, message) => Ok((head, message)),
            Answer::Events(head, events) => {
                self.open(&head);
                let message = self.follow(events, id).await?;
                Ok((head, message))
            }
        }
    }

    /// Tells the events of a server until the answer.
    async fn follow(&self, mut events: Events, id: &RpcId) -> Result<Bytes, Error> {
        while let Some(event) = events.next().await? {
            match event.kind {
                IncomingKind::Notification(method) if is_for_clients(&method) => {
                    self.sink.event(event.text).await;
                }
                IncomingKind::Response(_) if Reply::read(&event.text, id)?.is_some() => {
                    return Ok(event.text);
                }
                // Requests of servers are of earlier revisions; answers to others are nobody's.
                _ => tracing::debug!("a message of the server's that belongs to no request"),
            }
        }
        let message = "the server's stream has ended without an answer";
        Err(Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream))
    }

    fn open(&self, head: &response::Parts) {
        let retry = self.template.session.retry();
        self.sink.open(head.clone(), retry);
    }

    /// Whether the server may be asked once more, with headers that it wants.
    fn may_learn(&self, refreshed: bool) -> bool {
        !refreshed && self.template.tool.is_some()
    }

    async fn learn(&self) -> Result<(), Error> {
        let tool = self.template.tool.as_deref().unwrap_or_default();
        Tools::refresh(&self.shared, &self.template, tool).await
    }

    /// Asks the client what the server needs; `None` when the request was ended with what the client lacks.
    async fn ask(
        &self,
        head: &response::Parts,
        round: Round,
        visits: &mut Vec<String>,
    ) -> Result<Option<Option<Bytes>>, Error> {
        let Template {
            id,
            method,
            session,
            ..
        } = &self.template;
        if !round.has_questions() {
            return Ok(Some(None));
        }
        if let Some(what) = round.missing(session) {
            self.end(head.clone(), reply::missing(id, method, &what));
            return Ok(None);
        }
        self.open(head);
        match round
            .ask(&self.shared, &self.live, &self.sink, visits)
            .await
        {
            Ok(answers) => Ok(Some(Some(answers))),
            Err(Unanswered::Refused(words)) if *method == McpMethod::TOOLS_CALL => {
                self.end(head.clone(), reply::tool_error(id, &words));
                Ok(None)
            }
            Err(Unanswered::Refused(words)) => Err(Error::new(ErrorKind::InvalidRequest, words)),
            Err(Unanswered::Failed(error)) => Err(error),
        }
    }

    /// Tells the answer in the client's revision.
    async fn tell(
        &self,
        head: response::Parts,
        message: &Bytes,
        reply: Reply,
        visits: Vec<String>,
    ) -> Result<(), Error> {
        let Template { id, method, .. } = &self.template;
        let answer = match reply {
            Reply::Error(code, error) => reply::error(message, id, method, code, &error)?,
            Reply::Result(_) | Reply::InputRequired(_) => {
                reply::result(message, id, method, &self.shared.tools)?
            }
        };
        for visit in visits {
            self.sink.event(visited(&visit)).await;
        }
        self.end(head, answer);
        Ok(())
    }

    /// What a server has answered that is no message about this request: a page of something on its way, or
    /// nothing.
    fn tell_strange(&self, mut head: response::Parts, body: Bytes) -> Result<(), Error> {
        let says_nothing = head.status.is_success()
            || matches!(
                head.status,
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST
            );
        if says_nothing || media::is_json(&head.headers) || self.sink.is_open() {
            let message = format!("the server has answered {} and no message", head.status);
            return Err(Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream));
        }
        local::own_headers(&mut head.headers);
        self.sink.whole(Response::from_parts(head, body.into()));
        Ok(())
    }

    /// Tells the answer: alone, or as the last of events.
    fn end(&self, head: response::Parts, answer: Bytes) {
        if self.sink.is_open() {
            self.sink.last(&answer);
        } else {
            self.sink.whole(local::json_with(head, answer));
        }
    }
}

/// The request is no longer one that can be cancelled, however it ends.
struct Answered {
    live: Arc<Live>,
    id: RpcId,
    stream: Weak<Stream>,
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.live.end(&self.id, &self.stream);
    }
}

/// Whether clients of earlier revisions know this notification.
fn is_for_clients(method: &McpMethod) -> bool {
    *method != McpMethod::NOTIFICATIONS_SUBSCRIPTIONS_ACKNOWLEDGED
}

/// The id of another round.
fn fresh() -> Result<RpcId, Error> {
    let name = unguessable().ok_or_else(no_randomness)?;
    Ok(RpcId::string(&format!("agw-{name}")))
}

fn endless(rounds: usize) -> Error {
    let message = format!("the server has asked for more input {rounds} times");
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}
