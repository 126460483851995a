use std::{
    sync::{
        Arc, Mutex,
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
use tokio::{runtime::Handle, sync::Semaphore};

use super::{calls::Calls, hub::Hub, level::Level, options::Options};
use crate::{
    McpServer,
    bridge::{Answer, Ask, ClientSession, IncomingKind, Refusal, caller, edit},
    call::{Facts, McpCall, McpKind},
    wire::{McpMethod, MetaKey, ProtocolVersion, SessionId, error::INVALID_PARAMS},
};

/// How many answers to what a server asks of the gateway itself are sent at once, in a session. Those over it are
/// dropped: a server that asks faster than it takes answers does not need them all.
const MAX_REPLIES: usize = 8;
/// The longest capabilities of a client of 2026-07-28: they are kept as long as its session. Those of earlier clients
/// have been bounded at their `initialize`.
const MAX_CAPABILITIES: usize = 4096;
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
    /// The key of a request with these extensions and capabilities.
    ///
    /// # Errors
    /// The capabilities are over their limit.
    pub(super) fn of(
        extensions: &Extensions,
        capabilities: Option<Raw<'_>>,
    ) -> Result<Self, Refusal> {
        let client = extensions.get::<ClientSession>().cloned();
        let said = capabilities.map_or("{}", Raw::get);
        if client.is_none() && said.len() > MAX_CAPABILITIES {
            return Err(over_limit());
        }
        // The key outlives the request, of which they are a part.
        let mut own = Bytes::copy_from_slice(said.as_bytes());
        if own != "{}" {
            // Extensions of the newer revision mean nothing to an earlier server.
            own = json::with_members(&own, &[("extensions", None)]).unwrap_or(own);
        }
        Ok(Self {
            client,
            caller: caller(extensions),
            capabilities: own,
        })
    }

    pub(super) const fn capabilities(&self) -> &Bytes {
        &self.capabilities
    }

    pub(super) fn caller(&self) -> &str {
        &self.caller
    }

    /// Whether it is one client's. Who has authenticated may run several.
    pub(super) const fn is_ones(&self) -> bool {
        self.client.is_some()
    }
}

fn over_limit() -> Refusal {
    let message = format!(
        "{} of params._meta is over the limit of {MAX_CAPABILITIES} bytes",
        MetaKey::CLIENT_CAPABILITIES
    );
    Refusal::new(StatusCode::BAD_REQUEST, INVALID_PARAMS, message)
}

/// A session with a server, from the answer to `initialize` on. The server is told that it is over when nobody has it
/// any more.
#[derive(Debug)]
pub(super) struct Session {
    server: McpServer,
    pub(super) id: Option<SessionId>,
    pub(super) version: Box<str>,
    /// What the server says of itself.
    pub(super) opened: Bytes,
    /// Its name, as it says it.
    info: Option<Bytes>,
    pub(super) hub: Hub,
    /// Those whose clients the server may ask something.
    pub(super) calls: Arc<Calls>,
    /// The server does not know it any more.
    is_lost: AtomicBool,
    /// It has said so beyond doubt: it need not be told that it is over.
    is_gone: AtomicBool,
    /// It has no stream but those of calls.
    pub(super) is_mute: AtomicBool,
    /// Its stream does not begin before it has something to tell.
    pub(super) is_slow: AtomicBool,
    next_id: AtomicU64,
    /// How many answers to what the server asks by itself may be on their way to it.
    replying: Arc<Semaphore>,
    has_dropped: AtomicBool,
    /// The level of log messages that it was asked for last.
    pub(super) log_level: Mutex<Option<Level>>,
    /// In whose name it is ended: its opener's where it is of one call, else nobody's, whose credential it may outlive.
    ends_for: Extensions,
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
        if self.id.is_none() {
            return false;
        }
        match status {
            StatusCode::NOT_FOUND => true,
            StatusCode::BAD_REQUEST => is_of_none(),
            _ => false,
        }
    }

    /// Gives it up, since the server has said so with this status: whoever comes next opens another one, and those who
    /// listen may listen there.
    pub(super) fn lose(&self, status: StatusCode) {
        self.is_lost.store(true, Ordering::Relaxed);
        if status == StatusCode::NOT_FOUND {
            self.is_gone.store(true, Ordering::Relaxed);
        }
        self.hub.end();
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
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
    fn end(&self) -> Result<Request<Bytes>, Error> {
        self.bare(Method::DELETE, McpKind::EndSession, &self.ends_for)
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

impl Drop for Session {
    fn drop(&mut self) {
        if self.id.is_none() || *self.is_gone.get_mut() {
            return;
        }
        if let Ok(request) = self.end() {
            in_passing(&self.server, request);
        }
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
pub(super) async fn open(
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
    // From here on it is ended where it is not needed: so also where its client leaves before it is open.
    let session = Session {
        server: server.clone(),
        id: SessionId::from_headers(&head.headers),
        version: version.into(),
        info: edit::member(&opened, "serverInfo"),
        opened,
        hub: Hub::default(),
        calls: Arc::new(Calls::new(key.is_ones())),
        is_lost: AtomicBool::new(false),
        is_gone: AtomicBool::new(false),
        is_mute: AtomicBool::new(false),
        is_slow: AtomicBool::new(false),
        next_id: AtomicU64::new(1),
        replying: Arc::new(Semaphore::new(MAX_REPLIES)),
        has_dropped: AtomicBool::new(false),
        log_level: Mutex::default(),
        ends_for: if options.stateless {
            ask.extensions().clone()
        } else {
            Extensions::new()
        },
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

/// The server does not open a session. With which status it says so is told; what it says besides is its own, and may
/// name what is no client's business.
fn refused(head: &http::response::Parts, text: &Bytes) -> Error {
    let (kind, what) = match head.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
            ErrorKind::BadAnswer,
            "the server refuses the gateway's credential",
        ),
        StatusCode::TOO_MANY_REQUESTS => (ErrorKind::RateLimited, "the server is asked too often"),
        status if status.is_server_error() => {
            (ErrorKind::Unavailable, "the server is not available")
        }
        _ => (ErrorKind::BadAnswer, "the server refuses to open a session"),
    };
    let status = head.status.as_u16();
    let code = edit::member(text, "error").and_then(|error| super::results::code(&error));
    tracing::warn!(status, code, kind = kind.as_str(), "{what}");
    let message = match code {
        Some(code) => {
            format!("{what}: it answers initialize with status {status} and error {code}")
        }
        None => format!("{what}: it answers initialize with status {status}"),
    };
    Error::new(kind, message).with_origin(Origin::Upstream)
}

pub(super) fn bad(message: &'static str) -> Error {
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}

fn number(id: u64) -> RpcId {
    RpcId::parse(id.to_string()).unwrap_or_else(RpcId::null)
}
