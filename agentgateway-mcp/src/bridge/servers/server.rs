use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use agentgateway_core::{Body, Error, json, jsonrpc::RpcId, seal::Sealer};
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
    session::{Session, SessionKey, Sessions, answer, bad},
    wanted::Wanted,
};
use crate::{
    McpServer,
    bridge::{Answer, Ask, Refusal, Tools, ask::invalid, edit, judge},
    call::{McpCall, McpKind},
    upstream::{Answering, SayingEarlier, Serve},
    wire::{McpMethod, ProtocolVersion, error::HEADER_MISMATCH},
};

/// A server of a revision up to 2025-11-25 that looks like one of 2026-07-28.
///
/// # Behaviour
/// `LegacyServer` goes in front of a server that knows `initialize`, sessions and requests of its own;
/// [`AnyServer`](super::AnyServer) finds out first whether there is need to.
///
/// | a client of 2026-07-28 | the server, up to 2025-11-25 |
/// |---|---|
/// | the first request | `initialize`, with the capabilities of this request, and `notifications/initialized`. A session is kept for each caller and set of capabilities; a server that has forgotten it (404, or 400 without an answer to the request) gets a new one, and the request once more |
/// | `server/discover` | what `initialize` was answered with |
/// | `params._meta` of the protocol's | left out |
/// | `logLevel` | `logging/setLevel`, where fewer messages come; each request is told those from its level on, and none without one. Those on the stream of a GET are told where one call alone is under way |
/// | `progressToken` | one of our own; it is put back |
/// | a result | gets `resultType`, `ttlMs` and `cacheScope` where it has none, and the server's name |
/// | `input_required` | requests of the server's on the stream of the call. Those that come within 30 ms of the first are asked together; the stream waits for the answers, which are sent to the server, and goes on. What it asks on the stream of a GET is asked about the call that is alone under way in the session; only where the session is that of one client of an earlier revision, about its oldest of several |
/// | -32021, with status 400 | a request for what the client does not declare: the call is over, and cancelled |
/// | -32602 with the URI | -32002 |
/// | a round in URL mode | -32042 |
/// | it leaves | `notifications/cancelled` |
/// | a stream that goes on | a stream that was cut and has ids: it is taken up |
/// | `subscriptions/listen` | `resources/subscribe`, and the stream of a GET: one for all listeners of a session, who are told that it is over where the server has forgotten the session. It stands for calls in which the client can be asked something, too, and for 30 s after them |
/// | methods that it does not have | 404, and the server does not see them |
///
/// A client of an earlier revision has a session of its own with the server, as without a gateway: it is told all that
/// the server tells in it, logs asked for or not, and the server hears what 2026-07-28 has no word for
/// (`logging/setLevel`, `resources/subscribe`, `notifications/roots/list_changed`).
///
/// A server's question has no name. It is asked as `elicitation_1`, `sampling_2` and so on, or under the
/// name in its `params._meta["agentgateway.dev/input-key"]`: a client that knows it may answer in its
/// first request.
///
/// Tasks of the two eras have nothing in common but their names: the capability is left out.
///
/// # Limits
/// A client's capabilities may have 4096 bytes. Sessions ([`max_sessions`](Self::max_sessions)), calls that
/// wait ([`max_rounds`](Self::max_rounds)) and the bytes of a message are bounded; a stream is taken up 16
/// times at most. A call ends in which the server asks more than 64 questions at once. Of what it asks of the
/// gateway itself, such as pings, 8 are answered at a time, and others not at all. A listener that is 256
/// messages behind is ended, and may listen anew.
///
/// # Replicas
/// The state of a round is sealed, bound to its caller and its request, and opens once. The stream that
/// waits is in one process: on another the state is refused, and the client calls again.
///
/// # Errors
/// Those of the server pass as JSON-RPC. What is no MCP is a `BadAnswer`.
///
/// # Source
/// MCP 2026-07-28, Versioning, Patterns (Multi round-trip requests, Subscriptions), Streamable HTTP; MCP
/// 2025-11-25, Lifecycle, Streamable HTTP, Client (Sampling, Elicitation, Roots).
///
/// # Example
/// ```
/// # use agentgateway_core::{Body, Error, Peeked};
/// # use http::{Request, Response};
/// use agentgateway_mcp::{
///     McpLayer, McpServer,
///     bridge::{AnyServer, LegacyServer},
/// };
/// use tower::Layer;
///
/// # let service = tower::service_fn(|_: Request<Peeked<Body>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
/// let server = AnyServer::new(LegacyServer::new(McpServer::new(service))).into_server();
/// let app = McpLayer::new().layer(server);
/// # let _ = app;
/// ```
#[derive(Clone, Debug)]
pub struct LegacyServer(Options, McpServer);

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

impl LegacyServer {
    /// Speaks to this server, which knows Streamable HTTP with sessions.
    #[must_use]
    pub fn new(server: McpServer) -> Self {
        Self(Options::default(), server)
    }

    /// Seals the state of rounds, which clients bring back. Default: with a key of this process alone.
    #[must_use]
    pub fn sealer(mut self, sealer: Sealer) -> Self {
        self.0.sealer = sealer;
        self
    }

    /// The longest message of the server, in bytes. Default: 16 MiB. A longer one ends the call with an
    /// error.
    #[must_use]
    pub const fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.0.max_message_bytes = bytes;
        self
    }

    /// Whether each call has a session of its own with the server: it is opened for the call, and ended when the call
    /// is over. A listener has one as long as it listens, and a call that waits for its client's answers as long as it
    /// waits. Default: false, and sessions are kept. With it their number is that of the calls.
    #[must_use]
    pub const fn stateless(mut self, stateless: bool) -> Self {
        self.0.stateless = stateless;
        self
    }

    /// How many sessions with the server stand at once. Default: 1024. One more ends one of the caller that has
    /// the most: the one that was not used for longest, and not before its calls and listeners are over.
    #[must_use]
    pub const fn max_sessions(mut self, sessions: usize) -> Self {
        self.0.max_sessions = sessions;
        self
    }

    /// How long a session stands that nobody uses. Default: 30 minutes. It is ended when another one is
    /// opened.
    #[must_use]
    pub const fn session_idle(mut self, idle: Duration) -> Self {
        self.0.session_idle = idle;
        self
    }

    /// How many calls may wait for their clients' answers at once. Default: 1024. One more ends the one
    /// that has waited longest.
    #[must_use]
    pub const fn max_rounds(mut self, rounds: usize) -> Self {
        self.0.max_rounds = rounds;
        self
    }

    /// How long a call waits for its client's answers. Default: 5 minutes. Then the server is told that it
    /// is cancelled, and the client that it must call again.
    #[must_use]
    pub const fn round_lifetime(mut self, lifetime: Duration) -> Self {
        self.0.round_lifetime = lifetime;
        self
    }

    pub(super) const fn server(&self) -> &McpServer {
        &self.1
    }

    /// The server as one of 2026-07-28.
    #[must_use]
    pub fn into_server(self) -> McpServer {
        McpServer::of(self.into_facade())
    }

    pub(super) fn into_facade(self) -> Facade {
        Facade(Arc::new(Inner {
            server: self.1,
            options: self.0,
            sessions: Sessions::default(),
            rounds: Rounds::default(),
            tools: Tools::new(MAX_TOOLS),
        }))
    }
}

/// An earlier server as one of 2026-07-28.
#[derive(Clone, Debug)]
pub(super) struct Facade(Arc<Inner>);

impl Facade {
    /// The answer to a request, which may be sent elsewhere yet.
    pub(super) async fn answer(&self, ask: &mut Ask) -> Result<Response<Body>, Error> {
        let call = match ask.extensions().get::<McpCall>() {
            Some(call) => call.clone(),
            None => McpCall::read(ask.headers(), ask.body())?,
        };
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
