//! The transport of 2024-11-05: one stream for all that a client is told, and POSTs beside it.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use agentgateway_core::{
    Body, Error, ErrorKind,
    context::MountPath,
    jsonrpc::{RpcError, RpcId},
    media,
    seal::unguessable,
    sse::{KEEP_ALIVE, SseMessage},
};
use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream, SelectAll},
};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream};
use tokio::{
    sync::mpsc,
    time::{Instant, Sleep},
};

use super::{
    dispatch, greeting,
    listen::{self, Filter},
    live::lock,
    local,
    questions::no_randomness,
    service::Shared,
    session::Session,
    stream::{Head, event_head},
};
use crate::{
    bridge::caller,
    call::{McpCall, McpKind},
    wire::McpMethod,
};

/// What one connection may have open: requests that are not answered yet, and its session's stream.
const MAX_SOURCES: usize = 64;

/// The parameter of the URL that a client is to POST to.
const PARAMETER: &str = "sessionId";

/// The connections of this transport in this replica, by the names in their URLs.
#[derive(Default)]
pub(super) struct Connections(Mutex<HashMap<Box<str>, Arc<Connection>>>);

struct Connection {
    /// Who has opened it.
    caller: String,
    /// From `initialize` on.
    session: Mutex<Option<Session>>,
    /// What its stream is to tell.
    sources: mpsc::Sender<Source>,
}

/// Events of one request, as they stand on the wire.
type Source = BoxStream<'static, Bytes>;

// === impl Connections ===

impl Connections {
    fn enter(&self, name: &str, connection: Connection, max: usize) -> Result<(), Error> {
        let mut connections = lock(&self.0);
        if connections.len() >= max {
            let message =
                "there are as many streams of the transport of 2024-11-05 as there may be";
            return Err(Error::new(ErrorKind::Overloaded, message));
        }
        connections.insert(name.into(), Arc::new(connection));
        Ok(())
    }

    /// The connection of this name, if this caller has opened it.
    fn find(&self, name: &str, caller: &str) -> Option<Arc<Connection>> {
        let connection = lock(&self.0).get(name).cloned();
        connection.filter(|connection| connection.caller == caller)
    }
}

/// The connection that a POST is for.
pub(super) fn connection(request: &Request<Bytes>) -> Option<&str> {
    let mut parameters = request.uri().query()?.split('&');
    parameters.find_map(|parameter| parameter.strip_prefix(PARAMETER)?.strip_prefix('='))
}

/// Opens a connection: its stream says first where to POST.
///
/// # Errors
/// There are too many.
pub(super) fn open(
    shared: &Arc<Shared>,
    request: &Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let name = unguessable().ok_or_else(no_randomness)?;
    let (give, sources) = mpsc::channel(MAX_SOURCES);
    let connection = Connection {
        caller: caller(request.extensions()),
        session: Mutex::default(),
        sources: give,
    };
    let settings = &shared.settings;
    shared
        .connections
        .enter(&name, connection, settings.max_connections)?;
    let mount = request.extensions().get::<MountPath>();
    let mount = mount.map_or("", MountPath::as_str);
    let endpoint = format!("{mount}{}?{PARAMETER}={name}", request.uri().path());
    let endpoint = SseMessage::new(endpoint).with_event("endpoint").encode();
    let body = Body::new(ConnectionBody {
        shared: shared.clone(),
        name,
        first: Some(endpoint),
        sources,
        open: SelectAll::new(),
        silence: Box::pin(tokio::time::sleep(settings.keep_alive)),
        keep_alive: settings.keep_alive,
    });
    let (head, ()) = Response::new(()).into_parts();
    Ok(Response::from_parts(event_head(head), body))
}

/// Takes a message of a connection; what there is to be told goes on its stream.
///
/// # Errors
/// There is no such connection of this caller, or it has too much open.
pub(super) async fn post(
    shared: Arc<Shared>,
    name: &str,
    call: McpCall,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let caller = caller(request.extensions());
    let connection = shared.connections.find(name, &caller);
    let connection = connection.ok_or_else(local::unknown_session)?;
    let session = lock(&connection.session).clone();
    match (call.kind(), session) {
        (McpKind::Request, session) => {
            let id = call.id().cloned().unwrap_or_else(RpcId::null);
            let told = connection.clone();
            let answering = async move {
                let answer = match session {
                    _ if call.is(&McpMethod::INITIALIZE) => {
                        greet(&shared, &told, &id, request).await
                    }
                    Some(session) => dispatch::answer_in(shared, session, call, request).await,
                    None => Err(local::no_session()),
                };
                events(answer, &id).await
            };
            connection.tell(stream::once(answering).flatten().boxed())?;
        }
        (McpKind::Notification | McpKind::Response, Some(session)) => {
            if call.is(&McpMethod::NOTIFICATIONS_INITIALIZED) {
                let extensions = request.extensions().clone();
                let changes = changes(shared, session, extensions);
                connection.tell(stream::once(changes).flatten().boxed())?;
            } else {
                dispatch::answer_in(shared, session, call, request).await?;
            }
        }
        _ => return Err(local::no_session()),
    }
    Ok(local::accepted())
}

impl Connection {
    fn tell(&self, source: Source) -> Result<(), Error> {
        self.sources.try_send(source).map_err(|_| {
            let message = "this connection has as many requests open as it may have";
            Error::new(ErrorKind::Overloaded, message)
        })
    }
}

async fn greet(
    shared: &Shared,
    connection: &Connection,
    id: &RpcId,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let (response, session) = greeting::greet(shared, request, id).await?;
    if let Some(session) = session {
        // A stream of this transport is not taken up again.
        *lock(&connection.session) = Some(session.without_event_ids());
    }
    Ok(response)
}

/// What the server tells of changes.
async fn changes(shared: Arc<Shared>, session: Session, extensions: http::Extensions) -> Source {
    let Ok(Some(filter)) = Filter::of_server(&shared, &extensions, &session).await else {
        return stream::empty().boxed();
    };
    let live = shared.lives.enter(&session.name);
    let mut extensions = extensions;
    extensions.insert(session.known_as());
    let mut reader = listen::begin(&shared, live, session, filter, extensions, Vec::new());
    match reader.head().await {
        Head::Open(_) => stream::poll_fn(move |cx| reader.poll_event(cx)).boxed(),
        Head::Whole(_) | Head::Failed(_) | Head::None => stream::empty().boxed(),
    }
}

/// An answer as events.
async fn events(answer: Result<Response<Body>, Error>, id: &RpcId) -> Source {
    let event = |message: Bytes| SseMessage::new(message).with_event("message").encode();
    let failed = |error: &Error| event(RpcError::from(error).encode(id));
    let response = match answer {
        Ok(response) => response,
        Err(error) => return one(failed(&error)),
    };
    if !media::is_event_stream(response.headers()) {
        return match response.into_body().collect().await {
            Ok(whole) => one(event(whole.to_bytes())),
            Err(error) => one(failed(&error)),
        };
    }
    let frames = BodyStream::new(response.into_body());
    let data = frames.filter_map(|frame| {
        std::future::ready(frame.ok().and_then(|frame| frame.into_data().ok()))
    });
    data.boxed()
}

/// Nothing is told of what has no answer, such as a request that was cancelled.
fn one(event: Bytes) -> Source {
    stream::iter(Some(event).filter(|event| *event != EMPTY_EVENT)).boxed()
}

const EMPTY_EVENT: &[u8] = b"event: message\ndata: \n\n";

/// The stream of a connection. It drives what it tells; the connection is there as long as it is.
struct ConnectionBody {
    shared: Arc<Shared>,
    name: String,
    first: Option<Bytes>,
    sources: mpsc::Receiver<Source>,
    open: SelectAll<Source>,
    silence: Pin<Box<Sleep>>,
    keep_alive: Duration,
}

impl ConnectionBody {
    fn poll_told(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(first);
        }
        while self.open.len() < MAX_SOURCES {
            match self.sources.poll_recv(cx) {
                Poll::Ready(Some(source)) => self.open.push(source),
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        match self.open.poll_next_unpin(cx) {
            Poll::Ready(Some(event)) => Poll::Ready(event),
            // Nothing is open; what comes wakes this.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl http_body::Body for ConnectionBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let told = match self.poll_told(cx) {
            Poll::Ready(told) => told,
            Poll::Pending => {
                std::task::ready!(self.silence.as_mut().poll(cx));
                Bytes::from_static(KEEP_ALIVE)
            }
        };
        let next = Instant::now() + self.keep_alive;
        self.silence.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(told))))
    }
}

impl Drop for ConnectionBody {
    fn drop(&mut self) {
        lock(&self.shared.connections.0).remove(&*self.name);
    }
}
