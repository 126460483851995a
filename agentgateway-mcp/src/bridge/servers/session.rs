use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use agentgateway_core::{
    Body, Error, ErrorKind,
    error::Origin,
    json::{self, Raw},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::{Extensions, Method, Request, Response, StatusCode};
use tokio::{
    runtime::Handle,
    sync::{OnceCell, Semaphore},
    time::Instant,
};

use super::{calls::Calls, hub::Hub, level::Level, options::Options};
use crate::{
    McpServer,
    bridge::{Answer, Ask, ClientSession, IncomingKind, caller, edit},
    call::{Facts, McpCall, McpKind},
    wire::{McpMethod, MetaKey, ProtocolVersion, SessionId},
};

/// How many answers to what a server asks of the gateway itself are sent at once, in a session. Those over it are
/// dropped: a server that asks faster than it takes answers does not need them all.
const MAX_REPLIES: usize = 8;
/// How long what nobody waits for may take to be sent.
const PASSING: Duration = Duration::from_secs(10);

/// Whose session at a server it is. What a server keeps for one is not shown to another.
///
/// Capabilities are told once, where a session begins, and in each request by a client of 2026-07-28: so a
/// client that tells others has another session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct SessionKey {
    client: Option<ClientSession>,
    caller: String,
    capabilities: Bytes,
}

impl SessionKey {
    pub(super) fn of(extensions: &Extensions, capabilities: Option<Raw<'_>>) -> Self {
        // The key outlives the request, of which they are a part.
        let mut own = match capabilities {
            Some(raw) => Bytes::copy_from_slice(raw.get().as_bytes()),
            None => Bytes::from_static(b"{}"),
        };
        if own != "{}" {
            // Extensions of the newer revision mean nothing to an earlier server.
            own = json::with_members(&own, &[("extensions", None)]).unwrap_or(own);
        }
        Self {
            client: extensions.get::<ClientSession>().cloned(),
            caller: caller(extensions),
            capabilities: own,
        }
    }

    pub(super) const fn capabilities(&self) -> &Bytes {
        &self.capabilities
    }

    /// Whether several clients may have this one, since none has said who it is.
    fn is_anyones(&self) -> bool {
        self.client.is_none() && self.caller.is_empty()
    }
}

/// A session with a server, from the answer to `initialize` on.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: Option<SessionId>,
    pub(super) version: Box<str>,
    /// What the server says of itself.
    pub(super) opened: Bytes,
    /// Its name, as it says it.
    info: Option<Bytes>,
    pub(super) hub: Hub,
    /// Those whose clients the server may ask something.
    pub(super) calls: Arc<Calls>,
    /// It has no stream but those of calls.
    pub(super) is_mute: AtomicBool,
    next_id: AtomicU64,
    /// How many answers to what the server asks by itself may be on their way to it.
    replying: Arc<Semaphore>,
    has_dropped: AtomicBool,
    /// The level of log messages that it was asked for last.
    pub(super) log_level: Mutex<Option<Level>>,
}

impl Session {
    /// An id that no other request of this session has.
    pub(super) fn mint(&self) -> RpcId {
        number(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn server_info(&self) -> Option<Bytes> {
        self.info.clone()
    }

    pub(super) fn capabilities(&self) -> Bytes {
        edit::member(&self.opened, "capabilities").unwrap_or_else(|| Bytes::from_static(b"{}"))
    }

    pub(super) fn can(&self, capability: &str) -> bool {
        edit::member(&self.capabilities(), capability).is_some()
    }

    /// Whether a server that answers a request of this session so does not know it, and so has done nothing.
    ///
    /// A session that has ended is 404. Many servers say 400 instead, with an error of no request: they see only that
    /// the session is none of theirs. An error of the request itself bears its id.
    ///
    /// # Source
    /// MCP 2025-11-25, Streamable HTTP, Session management.
    pub(super) fn is_lost(&self, status: StatusCode, text: &Bytes) -> bool {
        let is_of_none = || match IncomingKind::of(text) {
            IncomingKind::Response(id) => id.is_none_or(|id| id.is_null()),
            IncomingKind::Other => true,
            IncomingKind::Notification(_) | IncomingKind::Request(..) => false,
        };
        let is_it = match status {
            StatusCode::NOT_FOUND => true,
            StatusCode::BAD_REQUEST => is_of_none(),
            _ => false,
        };
        is_it && self.id.is_some()
    }

    /// This message, in this session.
    ///
    /// # Errors
    /// It is no message.
    pub(super) fn request(&self, ask: Ask) -> Result<Request<Bytes>, Error> {
        ask.into_legacy(Some(&self.version), self.id.as_ref())
    }

    /// The request that opens the stream of what belongs to no request, or takes a stream up again.
    pub(super) fn stream(
        &self,
        after: Option<&Bytes>,
        extensions: &Extensions,
    ) -> Result<Request<Bytes>, Error> {
        let mut request = self.bare(Method::GET, McpKind::ListenStream, extensions)?;
        let headers = request.headers_mut();
        headers.insert(
            http::header::ACCEPT,
            http::HeaderValue::from_static("text/event-stream"),
        );
        if let Some(after) = after.and_then(|id| http::HeaderValue::from_bytes(id).ok()) {
            headers.insert(crate::wire::headers::LAST_EVENT_ID, after);
        }
        Ok(request)
    }

    /// Answers what the server asks of the gateway itself, such as a ping, if it takes answers.
    pub(super) fn reply(&self, server: &McpServer, message: Bytes, extensions: &Extensions) {
        let Ok(place) = self.replying.clone().try_acquire_owned() else {
            if !self.has_dropped.swap(true, Ordering::Relaxed) {
                tracing::warn!("a server asks faster than it takes answers: some are dropped");
            }
            return;
        };
        let ask = Ask::message(message).with_extensions(extensions);
        if let (Ok(request), Ok(runtime)) = (self.request(ask), Handle::try_current()) {
            let sending = server.send(request);
            runtime.spawn(async move {
                let _ = tokio::time::timeout(PASSING, sending).await;
                drop(place);
            });
        }
    }

    /// The request that ends it.
    pub(super) fn end(&self) -> Result<Request<Bytes>, Error> {
        self.bare(Method::DELETE, McpKind::EndSession, &Extensions::new())
    }

    /// A request that its head says whole.
    fn bare(
        &self,
        method: Method,
        kind: McpKind,
        extensions: &Extensions,
    ) -> Result<Request<Bytes>, Error> {
        let ping = Ask::notification(&McpMethod::NOTIFICATIONS_INITIALIZED, &Bytes::new())
            .with_extensions(extensions);
        let mut request = self.request(ping)?;
        *request.method_mut() = method;
        *request.body_mut() = Bytes::new();
        request.headers_mut().remove(http::header::CONTENT_TYPE);
        request
            .extensions_mut()
            .insert(McpCall::from(Facts::new(kind)));
        Ok(request)
    }
}

/// The sessions with one server that stand, each opened once.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    standing: Mutex<HashMap<SessionKey, Place>>,
}

#[derive(Debug)]
struct Place {
    session: Arc<OnceCell<Arc<Session>>>,
    used: Instant,
}

impl Sessions {
    /// The session of this key; who comes first opens it, and the others wait for it.
    ///
    /// # Errors
    /// It could not be opened; whoever comes next tries again.
    pub(super) async fn of(
        &self,
        key: &SessionKey,
        server: &McpServer,
        options: &Options,
        ask: &Ask,
    ) -> Result<Arc<Session>, Error> {
        let (cell, evicted) = self.place(key, options);
        for session in evicted {
            end(server, &session);
        }
        cell.get_or_try_init(|| Box::pin(open(server, options, key, ask)))
            .await
            .cloned()
    }

    /// Forgets a session that the server does not know any more.
    pub(super) fn forget(&self, key: &SessionKey, lost: &Arc<Session>) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let is_lost = |place: &Place| {
            let known = place.session.get();
            known.is_some_and(|known| Arc::ptr_eq(known, lost))
        };
        if standing.get(key).is_some_and(is_lost) {
            standing.remove(key);
        }
    }

    fn place(
        &self,
        key: &SessionKey,
        options: &Options,
    ) -> (Arc<OnceCell<Arc<Session>>>, Vec<Arc<Session>>) {
        let now = Instant::now();
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = standing.get_mut(key) {
            place.used = now;
            return (place.session.clone(), Vec::new());
        }
        let evicted = evict(
            &mut standing,
            now,
            options.session_idle,
            options.max_sessions,
        );
        let session = Arc::new(OnceCell::new());
        let place = Place {
            session: session.clone(),
            used: now,
        };
        standing.insert(key.clone(), place);
        (session, evicted)
    }
}

/// Takes out what nobody has used for long, and where there are too many the one not used for longest.
fn evict(
    standing: &mut HashMap<SessionKey, Place>,
    now: Instant,
    idle: Duration,
    most: usize,
) -> Vec<Arc<Session>> {
    let mut out: Vec<SessionKey> = standing
        .iter()
        .filter(|(_, place)| now.duration_since(place.used) >= idle)
        .map(|(key, _)| key.clone())
        .collect();
    if out.is_empty() && standing.len() >= most {
        let oldest = standing.iter().min_by_key(|(_, place)| place.used);
        out.extend(oldest.map(|(key, _)| key.clone()));
    }
    out.iter()
        .filter_map(|key| standing.remove(key)?.session.get().cloned())
        .collect()
}

/// Tells the server that a session is over. Nobody waits for its word.
pub(super) fn end(server: &McpServer, session: &Session) {
    if session.id.is_none() {
        return;
    }
    if let Ok(request) = session.end() {
        in_passing(server, request);
    }
}

/// Sends what nobody waits for, where there is a runtime: it outlives the request that it is about.
pub(super) fn in_passing(server: &McpServer, request: Request<Bytes>) {
    if let Ok(runtime) = Handle::try_current() {
        let sending = server.send(request);
        runtime.spawn(tokio::time::timeout(PASSING, sending));
    }
}

/// `initialize`, and `notifications/initialized`.
async fn open(
    server: &McpServer,
    options: &Options,
    key: &SessionKey,
    ask: &Ask,
) -> Result<Arc<Session>, Error> {
    let meta = edit::member(&ask.params(), crate::wire::META).unwrap_or_default();
    let client =
        edit::member(&meta, MetaKey::CLIENT_INFO).unwrap_or_else(|| options.client_info.clone());
    let version = Bytes::from(json::quote(ProtocolVersion::LATEST_LEGACY));
    let params = json::with_members(
        &Bytes::from_static(b"{}"),
        &[
            ("protocolVersion", Some(version)),
            ("capabilities", Some(key.capabilities.clone())),
            ("clientInfo", Some(client)),
        ],
    )
    .map_err(crate::bridge::ask::invalid)?;
    let initialize = Ask::new(&number(0), &McpMethod::INITIALIZE, &params)
        .with_extensions(ask.extensions())
        .into_legacy(None, None)?;
    let (head, text) = answer(server.send(initialize).await?, options).await?;
    let Some(opened) = edit::member(&text, "result") else {
        return Err(refused(&head, &text));
    };
    let version = edit::text(&opened, "protocolVersion").unwrap_or_default();
    if ProtocolVersion::new(&version).era() == crate::Era::Modern
        || !ProtocolVersion::SPOKEN.contains(&version.as_str())
    {
        let message = "the server proposes a revision of MCP that is not spoken here";
        return Err(bad(message));
    }
    let opened = Bytes::copy_from_slice(&opened);
    let session = Session {
        id: SessionId::from_headers(&head.headers),
        version: version.into(),
        info: edit::member(&opened, "serverInfo"),
        opened,
        hub: Hub::default(),
        calls: Arc::new(Calls::new(key.is_anyones())),
        is_mute: AtomicBool::new(false),
        next_id: AtomicU64::new(1),
        replying: Arc::new(Semaphore::new(MAX_REPLIES)),
        has_dropped: AtomicBool::new(false),
        log_level: Mutex::default(),
    };
    let initialized = Ask::notification(&McpMethod::NOTIFICATIONS_INITIALIZED, &Bytes::new())
        .with_extensions(ask.extensions());
    let (head, _) = answer(server.send(session.request(initialized)?).await?, options).await?;
    if !head.status.is_success() {
        return Err(bad("the server refuses notifications/initialized"));
    }
    Ok(Arc::new(session))
}

/// The message that answers a request of our own, by whatever form it comes.
pub(super) async fn answer(
    response: Response<Body>,
    options: &Options,
) -> Result<(http::response::Parts, Bytes), Error> {
    match Answer::read(response, options.max_message_bytes).await? {
        Answer::Whole(head, text) => Ok((head, text)),
        Answer::Events(head, mut events) => {
            while let Some(event) = events.next().await? {
                if matches!(event.kind, IncomingKind::Response(_)) {
                    return Ok((head, event.text));
                }
            }
            Err(bad("the server's stream ended without its answer"))
        }
    }
}

fn refused(head: &http::response::Parts, text: &Bytes) -> Error {
    let error = match head.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            bad("the server refuses the gateway's credential")
        }
        StatusCode::TOO_MANY_REQUESTS => bad("the server is asked too often"),
        status if status.is_server_error() => {
            Error::new(ErrorKind::Unavailable, "the server is not available")
                .with_origin(Origin::Upstream)
        }
        _ => bad("the server refuses to open a session"),
    };
    let code = edit::member(text, "error").and_then(|error| super::results::code(&error));
    match code {
        Some(code) => error.with_source(format!("JSON-RPC error {code}")),
        None => error,
    }
}

pub(super) fn bad(message: &'static str) -> Error {
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}

fn number(id: u64) -> RpcId {
    RpcId::parse(id.to_string()).unwrap_or_else(RpcId::null)
}
