use std::{
    fmt,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked, json, jsonrpc::RpcId, seal::Sealer,
    store::SessionStore,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    LegacyClientsBuilder,
    builder::Settings,
    greeting,
    kept::Kept,
    live::{Live, Lives},
    local,
    relay::{self, Template},
    session::Session,
    stream::Streams,
    tools::Tools,
};
use crate::{
    bridge::{Ask, answer::whole, caller, edit},
    call::{McpCall, McpKind},
    upstream::{Answering, McpServer},
    wire::{Era, META, McpMethod, MetaKey, ProtocolVersion},
};

/// Clients of every revision in front of a server of 2026-07-28.
///
/// See the [module](super) for what it does. A clone costs a reference count.
#[derive(Clone)]
pub struct LegacyClients {
    shared: Arc<Shared>,
}

/// What is the same for every request.
pub(super) struct Shared {
    pub(super) server: McpServer,
    pub(super) sealer: Sealer,
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) settings: Settings,
    pub(super) lives: Arc<Lives>,
    pub(super) streams: Arc<Streams>,
    pub(super) tools: Tools,
}

/// The largest body that is gathered when a layer between has taken it apart.
const GATHER_BYTES: usize = 64 * 1024 * 1024;

// === impl LegacyClients ===

impl LegacyClients {
    /// With the defaults of [`builder`](Self::builder).
    #[must_use]
    pub fn new(server: McpServer, sealer: Sealer, store: Arc<dyn SessionStore>) -> Self {
        Self::builder().build(server, sealer, store)
    }

    /// With other bounds.
    #[must_use]
    pub fn builder() -> LegacyClientsBuilder {
        LegacyClientsBuilder::new()
    }

    pub(super) fn of(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { shared }
    }

    #[cfg(test)]
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl<B> Service<Request<Peeked<B>>> for LegacyClients
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Answering {
        let Some(call) = request.extensions().get::<McpCall>().cloned() else {
            return Box::pin(ready(Err(no_call(request.method()))));
        };
        let is_modern = is_for_the_server(&call, request.headers());
        let (head, body) = request.into_parts();
        let shared = self.shared.clone();
        match body.whole() {
            Some(body) => {
                let request = Request::from_parts(head, body);
                if is_modern {
                    return shared.pass(&call, request);
                }
                Box::pin(answer(shared, call, request))
            }
            None => Box::pin(async move {
                let body = whole(body.into_body(), GATHER_BYTES).await?;
                let request = Request::from_parts(head, body);
                if is_modern {
                    return shared.pass(&call, request).await;
                }
                answer(shared, call, request).await
            }),
        }
    }
}

impl fmt::Debug for LegacyClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyClients")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

// === impl Shared ===

impl Shared {
    /// Hands a call of the server's own revision on, as it is.
    fn pass(&self, call: &McpCall, request: Request<Bytes>) -> Answering {
        if matches!(call.kind(), McpKind::ListenStream | McpKind::EndSession) {
            return Box::pin(ready(Err(post_alone())));
        }
        self.server.send(request)
    }

    /// The session that a request names.
    fn session(&self, call: &McpCall, request: &Request<Bytes>) -> Result<Session, Error> {
        let id = call.session_id().ok_or_else(local::no_session)?;
        let caller = caller(request.extensions());
        let now = (self.settings.clock)();
        Session::open(&self.sealer, id.as_str(), &caller, now).ok_or_else(local::unknown_session)
    }
}

/// Whether the server is to judge it: it is of a later era, or says that it is of one that nobody knows.
fn is_for_the_server(call: &McpCall, headers: &HeaderMap) -> bool {
    let is_stated = headers.contains_key(crate::wire::headers::PROTOCOL_VERSION);
    // A client that opens a session may propose any revision.
    let proposes = call.is(&McpMethod::INITIALIZE) && !is_stated;
    call.era() == Era::Modern && !proposes
}

/// Answers a call of an earlier revision.
async fn answer(
    shared: Arc<Shared>,
    call: McpCall,
    mut request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let opens = call.is(&McpMethod::INITIALIZE);
    if !opens && !is_spoken(&call) {
        if names_its_version(request.body()) {
            return shared.server.send(request).await;
        }
        return Ok(local::unsupported(&call));
    }
    if let (true, McpKind::Request, Some(id)) = (opens, call.kind(), call.id()) {
        return greeting::greet(&shared, request, id).await;
    }
    let session = shared.session(&call, &request)?;
    let kept = Kept::read(&shared, &session.name).await;
    if kept.ended {
        return Err(local::unknown_session());
    }
    let live = shared.lives.enter(&session.name);
    request.extensions_mut().insert(session.known_as());
    match (call.kind(), call.id()) {
        (McpKind::Request, Some(id)) => {
            let id = id.clone();
            asked(shared, live, (session, kept), (call, id), request).await
        }
        (McpKind::Notification, _) => told(&shared, &live, &session, &call, request).await,
        (McpKind::Response, id) => {
            if let Some(id) = id {
                live.answer(id, request.into_body());
            }
            Ok(local::accepted())
        }
        (McpKind::EndSession, _) => ended(&shared, &live).await,
        _ => Err(post_alone()),
    }
}

/// Answers a request of a session.
async fn asked(
    shared: Arc<Shared>,
    live: Arc<Live>,
    (session, kept): (Session, Kept),
    (call, id): (McpCall, RpcId),
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let method = call.method().map_or("", McpMethod::as_str);
    match method {
        "ping" => Ok(local::empty(&id)),
        "logging/setLevel" => set_level(&shared, &live, &id, request.body()).await,
        "resources/subscribe" | "resources/unsubscribe" => {
            let wanted = method == "resources/subscribe";
            let uri = call.resource().unwrap_or_default();
            let max = shared.settings.max_subscriptions;
            let changed = Kept::change(&shared, &live, |kept| {
                if wanted {
                    return kept.subscribe(uri, max);
                }
                let before = kept.uris.len();
                kept.uris.retain(|known| **known != *uri);
                Ok(kept.uris.len() != before)
            });
            if changed.await? {
                live.subscriptions.notify_waiters();
            }
            Ok(local::empty(&id))
        }
        _ => {
            let parts = (id, McpMethod::new(method), call.tool());
            let template = Template::new(Ask::of(request), parts, &session, kept.level)?;
            relay::answer(shared, live, template).await
        }
    }
}

const LEVELS: [&str; 8] = [
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
];

/// Keeps the level from which on a session wants log messages.
async fn set_level(
    shared: &Shared,
    live: &Live,
    id: &RpcId,
    body: &Bytes,
) -> Result<Response<Body>, Error> {
    let params = edit::member(body, "params").unwrap_or_default();
    let level = edit::text(&params, "level");
    let Some(level) = level.filter(|level| LEVELS.contains(&level.as_str())) else {
        return Ok(local::invalid_params(
            id,
            "params.level is no level of log messages",
        ));
    };
    Kept::change(shared, live, |kept| {
        kept.level = Some(level.into());
        Ok(())
    })
    .await?;
    Ok(local::empty(id))
}

/// Takes a notification.
async fn told(
    shared: &Shared,
    live: &Live,
    session: &Session,
    call: &McpCall,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    if call.is(&McpMethod::NOTIFICATIONS_CANCELLED) {
        let params = edit::member(request.body(), "params").unwrap_or_default();
        let id = edit::member(&params, "requestId").and_then(RpcId::parse);
        if let Some(id) = id {
            live.cancel(&id);
        }
    } else if !call.method().is_some_and(McpMethod::is_known) {
        let mut ask = Ask::of(request);
        relay::describe(&mut ask, session, None)?;
        let request = ask.into_modern(ProtocolVersion::LATEST)?;
        shared.server.send(request).await?;
    }
    Ok(local::accepted())
}

/// Ends a session, for its lifetime.
async fn ended(shared: &Shared, live: &Live) -> Result<Response<Body>, Error> {
    Kept::change(shared, live, |kept| {
        *kept = Kept {
            ended: true,
            ..Kept::default()
        };
        Ok(())
    })
    .await?;
    live.cancel_all();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Whether the revision that a call states is one of those that are spoken.
fn is_spoken(call: &McpCall) -> bool {
    let version = call.protocol_version().map(ProtocolVersion::as_str);
    version.is_none_or(|version| ProtocolVersion::SPOKEN.contains(&version))
}

/// Whether the message says in `_meta` of which revision it is, as those from 2026-07-28 on do.
fn names_its_version(body: &Bytes) -> bool {
    let params = edit::member(body, "params").unwrap_or_default();
    let meta = edit::member(&params, META).unwrap_or_default();
    let named = json::members(&meta, [MetaKey::PROTOCOL_VERSION]);
    named.is_ok_and(|[version]| version.is_some())
}

fn no_call(method: &Method) -> Error {
    if *method == Method::POST {
        let message = "an MCP message is sent as application/json";
        return Error::new(ErrorKind::UnsupportedMediaType, message);
    }
    post_alone()
}

fn post_alone() -> Error {
    let mut allowed = HeaderMap::new();
    allowed.insert(header::ALLOW, HeaderValue::from_static("POST"));
    let message =
        "MCP is spoken with POST; in sessions also with GET for an event stream, and DELETE";
    Error::new(ErrorKind::MethodNotAllowed, message).with_headers(allowed)
}
