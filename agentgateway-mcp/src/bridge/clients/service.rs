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
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    LegacyClientsBuilder, builder::Settings, dispatch, live::Lives, local, old::Connections,
    session::Session, stream::Streams, tools::Tools,
};
use crate::{
    bridge::{answer::whole, caller},
    call::{McpCall, McpKind},
    upstream::{Answering, McpServer},
    wire::{Era, McpMethod},
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
    pub(super) connections: Connections,
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
        request: &Request<Bytes>,
    ) -> Result<Session, Error> {
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
