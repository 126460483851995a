use std::sync::{Arc, PoisonError};

use agentgateway_core::{Body, Error, json, jsonrpc::RpcId};
use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::{
    calls::Entered,
    level::Level,
    options::Options,
    outward::{events_answer, failed, json_answer, lacks},
    relay::{Relay, RelayedCall, Step, told_by},
    results,
    round::{Retried, Rounds},
    session::{Session, SessionKey, answer, bad},
    sessions::Sessions,
    wanted::Wanted,
};
use crate::{
    McpServer,
    bridge::{Answer, Ask, Refusal, Tools, ask::invalid, edit, judge, post_only},
    call::{McpCall, McpKind},
    upstream::{Answering, SayingEarlier, Serve},
    wire::{McpMethod, ProtocolVersion, error::HEADER_MISMATCH},
};

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) server: McpServer,
    pub(super) options: Options,
    pub(super) sessions: Sessions,
    pub(super) rounds: Rounds,
    /// Which arguments headers repeat, as far as lists have told.
    pub(super) tools: Tools,
}

/// Of how many tools it is known; over it, all are forgotten.
const MAX_TOOLS: usize = 4096;

/// An earlier server as one of 2026-07-28.
#[derive(Clone, Debug)]
pub(super) struct Facade(Arc<Inner>);

impl Facade {
    pub(super) fn new(server: McpServer, options: Options) -> Self {
        Self(Arc::new(Inner {
            server,
            options,
            sessions: Sessions::default(),
            rounds: Rounds::default(),
            tools: Tools::new(MAX_TOOLS),
        }))
    }

    /// The answer to a request, which may be sent elsewhere yet.
    pub(super) async fn answer(&self, ask: &mut Ask) -> Result<Response<Body>, Error> {
        let call = match ask.extensions().get::<McpCall>() {
            Some(call) => call.clone(),
            None => McpCall::read(ask.headers(), ask.body())?,
        };
        if matches!(call.kind(), McpKind::ListenStream | McpKind::EndSession) {
            return Err(post_only());
        }
        let places = ask.take_places();
        let body = ask.body().clone();
        let wanted = match &places {
            Some(places) => places.members().into(),
            None => Wanted::read(&body)?,
        };
        match self.0.serve(ask, &wanted, &call).await {
            Ok(response) => Ok(response),
            Err(Failed::Refused(refusal)) => Ok(refusal.response(call.id())),
            Err(Failed::Error(error)) => Err(error),
        }
    }
}

impl Serve for Facade {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let facade = self.clone();
        Box::pin(async move { facade.answer(&mut Ask::of(request)).await })
    }

    fn may_be_earlier(&self) -> bool {
        true
    }

    fn serve_earlier(&self, request: Request<Bytes>) -> SayingEarlier {
        let inner = self.0.clone();
        Box::pin(async move {
            let call = match request.extensions().get::<McpCall>() {
                Some(call) => call.clone(),
                None => McpCall::read(request.headers(), request.body())?,
            };
            match inner.earlier(Ask::of(request), &call).await {
                Ok(response) => Ok(Some(response)),
                Err(Failed::Refused(refusal)) => Ok(Some(refusal.response(call.id()))),
                Err(Failed::Error(error)) => Err(error),
            }
        })
    }
}

/// Why a request has no answer of the server's.
pub(super) enum Failed {
    Refused(Refusal),
    Error(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Inner {
    async fn serve(
        self: &Arc<Self>,
        ask: &Ask,
        wanted: &Wanted<'_>,
        call: &McpCall,
    ) -> Result<Response<Body>, Failed> {
        let version = wanted.version.and_then(json::string);
        let said = (version.as_deref(), wanted.capabilities.is_some());
        judge(ask.headers(), call, said)?;
        let key = SessionKey::of(ask.extensions(), wanted.capabilities)?;
        let asked = call.id().zip(call.method());
        let Some((id, method)) = asked.filter(|_| call.kind() != McpKind::Notification) else {
            return Ok(self.told((ask, wanted), &key).await?);
        };
        match method.as_str() {
            "server/discover" => Box::pin(self.discover(ask, &key, id)).await,
            "subscriptions/listen" => Box::pin(self.listen(ask, &key, id)).await,
            // Tasks of the two eras have nothing in common but their names.
            "tasks/get" | "tasks/update" | "tasks/cancel" => Err(Refusal::no_method(method).into()),
            _ => {
                let ask = (ask, wanted);
                self.called(ask, call, &key, (id, method)).await
            }
        }
    }

    pub(super) async fn session(&self, key: &SessionKey, ask: &Ask) -> Result<Arc<Session>, Error> {
        self.sessions
            .of(key, &self.server, &self.options, ask)
            .await
    }

    async fn discover(
        &self,
        ask: &Ask,
        key: &SessionKey,
        id: &RpcId,
    ) -> Result<Response<Body>, Failed> {
        let session = self.session(key, ask).await?;
        let capabilities =
            json::with_members(&session.capabilities(), &[("tasks", None)]).map_err(invalid)?;
        let versions = format!("[{}]", json::quote(ProtocolVersion::LATEST));
        let mut members = vec![
            ("supportedVersions", Some(versions.into())),
            ("capabilities", Some(capabilities)),
        ];
        if let Some(instructions) = edit::member(&session.opened, "instructions") {
            members.push(("instructions", Some(instructions)));
        }
        let result = json::with_members(&Bytes::from_static(b"{}"), &members).map_err(invalid)?;
        let info = session.server_info();
        let asked = results::Asked {
            id,
            method: &McpMethod::SERVER_DISCOVER,
            uri: None,
            server_info: info.as_ref(),
        };
        let result = results::complete(&result, asked).map_err(invalid)?;
        let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        text.extend_from_slice(id.as_raw());
        text.extend_from_slice(br#","result":"#);
        text.extend_from_slice(&result);
        text.push(b'}');
        Ok(json_answer(StatusCode::OK, text.into()))
    }

    pub(super) async fn called(
        self: &Arc<Self>,
        (ask, wanted): (&Ask, &Wanted<'_>),
        call: &McpCall,
        key: &SessionKey,
        (id, method): (&RpcId, &McpMethod),
    ) -> Result<Response<Body>, Failed> {
        self.judge_arguments(ask, call, wanted.arguments)?;
        let about = (call, id, method);
        if let Some(state) = wanted.state.and_then(json::string) {
            let relayed = wanted.relayed(ask, about, key, RpcId::null());
            if let Retried::Waiting(relay) = self.retried(&relayed, &state)? {
                return Box::pin(self.go_on(*relay, relayed)).await;
            }
        }
        let mut session = self.session(key, ask).await?;
        let asking = (method, key.capabilities());
        let (mut sent, mut answer) = self
            .dispatched((ask, wanted), call, (&session, asking))
            .await?;
        let lost = match &answer {
            Answer::Whole(head, text) if session.is_lost(head.status, text) => Some(head.status),
            Answer::Whole(..) | Answer::Events(..) => None,
        };
        if let Some(status) = lost {
            // The server has forgotten the session, and so done nothing: once more, in a new one.
            drop(sent);
            session.lose(status);
            session = self.session(key, ask).await?;
            (sent, answer) = self
                .dispatched((ask, wanted), call, (&session, asking))
                .await?;
        }
        if let Answer::Whole(_, text) = &answer {
            let info = told_by(&session, ask.extensions());
            let asked = results::Asked {
                id,
                method,
                uri: None,
                server_info: info.as_ref(),
            };
            if let Some((text, read)) = results::result(text, asked, &sent.0) {
                let mut response = json_answer(StatusCode::OK, text);
                response.extensions_mut().insert(read);
                return Ok(response);
            }
        }
        let (sent_as, entered) = sent;
        let relayed = wanted.relayed(ask, about, key, sent_as);
        Box::pin(self.relayed(answer, session, relayed, entered)).await
    }

    /// Headers that repeat arguments must say what these say, where the tool is known to want them.
    fn judge_arguments(
        &self,
        ask: &Ask,
        call: &McpCall,
        arguments: Option<json::Raw<'_>>,
    ) -> Result<(), Refusal> {
        let Some(known) = call.tool().and_then(|tool| self.tools.get(tool)) else {
            return Ok(());
        };
        known.check(arguments, ask.headers()).map_err(|name| {
            let message = format!("the header {name} differs from the argument that it repeats");
            Refusal::new(StatusCode::BAD_REQUEST, HEADER_MISMATCH, message)
        })
    }

    /// Asks the server; the id that it was asked by, and its answer.
    async fn dispatched(
        &self,
        (ask, wanted): (&Ask, &Wanted<'_>),
        call: &McpCall,
        (session, asking): (&Arc<Session>, (&McpMethod, &Bytes)),
    ) -> Result<((RpcId, Option<Entered>), Answer), Error> {
        if let Some(level) = wanted.level() {
            Box::pin(self.let_log(ask, session, level)).await?;
        }
        let entered = Box::pin(self.heard(session, asking, ask.extensions())).await;
        let id = session.mint();
        let text = wanted.legacy(ask.body(), &id)?;
        let place = (&*session.version, session.id.as_ref());
        let call = call.told_in(&id, place.0, place.1);
        let request = ask.said_in(text, place, call);
        let response = self.server.send(request).await?;
        let answer = Answer::read(response, self.options.max_message_bytes).await?;
        Ok(((id, entered), answer))
    }

    /// Asks the server for log messages from this level on, where it tells fewer.
    async fn let_log(&self, ask: &Ask, session: &Session, level: Level) -> Result<(), Error> {
        if !session.can("logging") {
            return Ok(());
        }
        {
            let mut known = session
                .log_level
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if known.is_some_and(|known| known <= level) {
                return Ok(());
            }
            *known = Some(level);
        }
        let params = format!("{{\"level\":\"{}\"}}", level.as_str());
        let set = Ask::new(
            &session.mint(),
            &McpMethod::LOGGING_SET_LEVEL,
            &params.into(),
        )
        .with_extensions(ask.extensions());
        // A server that refuses it logs as it likes: the call is none the worse.
        let response = self.server.send(session.request(set)?).await?;
        drop(answer(response, &self.options).await?);
        Ok(())
    }

    async fn relayed(
        self: &Arc<Self>,
        answer: Answer,
        session: Arc<Session>,
        call: RelayedCall,
        entered: Option<Entered>,
    ) -> Result<Response<Body>, Failed> {
        match answer {
            Answer::Events(head, events) if head.status.is_success() => {
                let relay = Relay::new(self.clone(), session, events, call, entered);
                self.begun(relay).await
            }
            Answer::Events(..) => Err(bad("the server answers a failure with a stream").into()),
            Answer::Whole(head, text) => {
                let is_answer = edit::member(&text, "result").is_some()
                    || edit::member(&text, "error").is_some();
                if !is_answer {
                    return Err(failed(head.status).into());
                }
                if results::is_of_another(&text, &call.upstream_id) {
                    return Err(bad("the server's answer is to another request").into());
                }
                let mut relay = Relay::new(self.clone(), session, no_events(), call, None);
                relay.over = true;
                let text = relay.said(&text)?;
                Ok(json_answer(results::status(&text), text))
            }
        }
    }

    /// A retry: the server gets the answers, and goes on.
    async fn go_on(
        self: &Arc<Self>,
        mut relay: Relay,
        call: RelayedCall,
    ) -> Result<Response<Body>, Failed> {
        let upstream_id = std::mem::replace(&mut relay.call, call).upstream_id;
        relay.call.upstream_id = upstream_id;
        let given = relay.call.given.clone();
        if !relay.answered(&given).await? {
            return Ok(json_answer(StatusCode::OK, self.park(relay)));
        }
        relay.waits(false);
        self.begun(relay).await
    }

    /// The head of the answer is held until it is known what it begins with, or for as long as is bearable.
    async fn begun(self: &Arc<Self>, mut relay: Relay) -> Result<Response<Body>, Failed> {
        let hold = self.options.hold_max;
        let first = match tokio::time::timeout(hold, relay.step()).await {
            Err(_) => None,
            Ok(step) => match step? {
                Step::Message(text) => Some(text),
                Step::Last(text) => return Ok(json_answer(results::status(&text), text)),
                Step::Questions => return Ok(json_answer(StatusCode::OK, self.park(relay))),
                Step::Lacks(kind) => return Err(lacks(kind).into()),
            },
        };
        Ok(events_answer(first, relay))
    }
}

fn no_events() -> crate::bridge::Events {
    crate::bridge::Events::new(Body::empty(), 0)
}
