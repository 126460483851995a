use std::{
    fmt,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked, seal::Sealer, store::SessionStore,
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    LegacyClientsBuilder, builder::Settings, dispatch, live::Lives, local, old::Connections,
    opened::Opened, session::Session, stream::Streams,
};
use crate::{
    bridge::{GATHER_BYTES, Tools, caller, whole},
    call::{McpCall, McpKind},
    upstream::{Answering, McpServer},
    wire::{Era, McpMethod},
};

/// Clients of every revision in front of a server of 2026-07-28.
///
/// It stands inside of [`McpLayer`](crate::McpLayer). A call of 2026-07-28 goes to the server as it is. What
/// clients of 2024-11-05 to 2025-11-25 say is said to the server as that revision says it, and its answers
/// as theirs does. Bytes that neither revision says otherwise stay as they are. A clone costs a reference
/// count.
///
/// # Behaviour
/// | a client's | becomes |
/// |---|---|
/// | `initialize` | `server/discover`, and a session: its id is sealed, bound to the caller, and any replica with the key serves it |
/// | request | the same with `_meta` and headers of 2026-07-28; `Mcp-Param-*` from the schemas that lists have told, which are read anew when the server refuses a call for them |
/// | answer to a request of the server's | a member of `inputResponses` in the next round |
/// | `ping` | an answer given here |
/// | `logging/setLevel`, `resources/subscribe`, `resources/unsubscribe` | an answer given here; the level goes into each later request. Servers of an earlier revision are asked, and what one refuses is refused |
/// | `notifications/roots/list_changed` | the same to servers of an earlier revision |
/// | `notifications/cancelled` | the end of the server's answer; a request that has no answer yet is answered 202 |
/// | GET | one `subscriptions/listen` for the session, opened anew when its subscriptions change; a second GET takes the place of the first; 405 where the server tells of no changes. Of a server of an earlier revision it brings all that this one tells in the session |
/// | GET with `Last-Event-ID` | what is kept of that stream behind the event, and what comes |
/// | DELETE | the end of the session, in every replica that shares the store |
/// | GET without a session | the stream of the transport of 2024-11-05; the connection is the session |
///
/// | the server's | becomes |
/// |---|---|
/// | result | the same without `resultType`, `ttlMs` and `cacheScope`, and without structured content and schemas of results that are no objects |
/// | `input_required` | requests to the client on the stream of its request, with ids that nobody can guess, and then the request again |
/// | a question that the client has no capability for, -32021 | a tool's error, or -32603 |
/// | -32602 about `resources/read` | -32002 |
/// | -32020, -32022 | -32603 |
/// | tool with a broken `x-mcp-header` | left out of the list |
/// | 404 or 400 with a message | 200 with it: to these clients 404 says that a session is gone |
///
/// A client that leaves does not cancel, as its revision says: its request goes on for a while
/// ([`resume_within`](LegacyClientsBuilder::resume_within)). What is told on a stream is kept, and told again to
/// its session where it comes back; an answer that was no stream is told nobody.
///
/// # Errors
/// No session named 400; one that is not there, of another caller, ended or expired 404; a revision that is
/// not spoken 400 and -32022.
///
/// # Limits
/// Streams and connections of the transport of 2024-11-05 are of one replica: another one tells a client that
/// comes back to such a stream to begin anew. What a client answers reaches the replica that asked by the
/// store, where it is no longer than 48 KiB. What the store has forgotten, such as the end of a session under
/// a small bound, was not. Tasks of 2025-11-25 are not bridged. On streams of
/// 2025-03-26 and 2025-06-18 that are cancelled before their first event, `McpLayer` says that the answer is
/// missing.
///
/// # Source
/// MCP 2024-11-05, HTTP with SSE; MCP 2025-11-25, Lifecycle and Streamable HTTP; MCP 2026-07-28,
/// Versioning, Streamable HTTP, Multi round-trip requests and Subscriptions.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use agentgateway_core::{Body, Error, Peeked, seal::Sealer, store::MemorySessions};
/// use agentgateway_mcp::{McpLayer, bridge::LegacyClients, upstream::McpServer};
/// # use http::{Request, Response};
/// use tower::Layer;
///
/// let server = tower::service_fn(|request: Request<Peeked<Body>>| async move {
///     # drop(request);
///     Ok::<_, Error>(Response::new(Body::empty()))
/// });
/// let sessions = Arc::new(MemorySessions::new());
/// let clients = LegacyClients::new(McpServer::new(server), Sealer::random(), sessions);
/// let app = McpLayer::new().layer(clients);
/// # drop(app);
/// ```
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
    pub(super) connections: Connections,
    pub(super) streams: Arc<Streams>,
    pub(super) tools: Tools,
    pub(super) opened: Opened,
    /// Which replica this is.
    pub(super) home: Box<str>,
}

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

    /// Whether sessions are kept.
    #[cfg(feature = "federation")]
    pub(crate) fn keep_sessions(&self) -> bool {
        !self.shared.settings.stateless
    }

    /// Whether a request names a session that was opened here, or in a replica with the same key.
    #[cfg(feature = "federation")]
    pub(crate) fn have_opened(&self, extensions: &Extensions) -> bool {
        let call = extensions.get::<McpCall>();
        call.is_some_and(|call| self.shared.session(call, extensions).is_ok())
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
                Box::pin(dispatch::answer(shared, call, request))
            }
            None => Box::pin(async move {
                let body = whole(body.into_body(), GATHER_BYTES).await?;
                let request = Request::from_parts(head, body);
                if is_modern {
                    return shared.pass(&call, request).await;
                }
                dispatch::answer(shared, call, request).await
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
    pub(super) fn session(
        &self,
        call: &McpCall,
        extensions: &Extensions,
    ) -> Result<Session, Error> {
        let id = call.session_id().ok_or_else(local::no_session)?;
        let caller = caller(extensions);
        let now = (self.settings.clock)();
        if let Some(session) = self.opened.get(id.as_str(), &caller, now) {
            return Ok(session);
        }
        let opened = Session::open(&self.sealer, id.as_str(), &caller, now);
        let (session, expires) = opened.ok_or_else(local::unknown_session)?;
        let kept = (session.clone(), expires);
        self.opened.keep(id.as_str(), &caller, kept);
        Ok(session)
    }
}

/// Whether the server is to judge it: it is of a later era, or says that it is of one that nobody knows.
fn is_for_the_server(call: &McpCall, headers: &HeaderMap) -> bool {
    let is_stated = headers.contains_key(crate::wire::headers::PROTOCOL_VERSION);
    // A client that opens a session may propose any revision.
    let proposes = call.is(&McpMethod::INITIALIZE) && !is_stated;
    call.era() == Era::Modern && !proposes
}

fn no_call(method: &Method) -> Error {
    if *method == Method::POST {
        let message = "an MCP message is sent as application/json";
        return Error::new(ErrorKind::UnsupportedMediaType, message);
    }
    post_alone()
}

pub(super) fn post_alone() -> Error {
    let mut allowed = HeaderMap::new();
    allowed.insert(header::ALLOW, HeaderValue::from_static("POST"));
    let message =
        "MCP is spoken with POST; in sessions also with GET for an event stream, and DELETE";
    Error::new(ErrorKind::MethodNotAllowed, message).with_headers(allowed)
}
