use std::sync::Arc;

use agentgateway_core::{Body, Error, ErrorKind};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request};

use super::{
    asked::{Asked, AskedKind, AskedRequest},
    exchange::{Events, Exchange, Next},
    path::{at, replaced},
    pool::{Opened, Pool},
    sessions::Session,
};
use crate::{
    bridge::{ClientSession, caller},
    upstream::{Answering, Serve},
    wire::{
        Era, McpMethod, ProtocolVersion, SessionId,
        error::{self, HEADER_MISMATCH, METHOD_NOT_FOUND, MISSING_CAPABILITY, UNSUPPORTED_VERSION},
        headers,
    },
};

impl Serve for Arc<Pool> {
    fn is_pipe(&self) -> bool {
        true
    }

    fn serve(&self, request: Request<Bytes>) -> Answering {
        let pool = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let caller: Arc<str> = caller(&head.extensions).into();
            let era = era(&head.headers);
            match (&head.method, era) {
                (&Method::POST, Era::Modern) => pool.post_modern(&head, body, caller).await,
                (&Method::POST, Era::Legacy) => pool.post_legacy(&head, body, caller).await,
                (&Method::GET, Era::Legacy) => pool.listen(&head, &caller),
                (&Method::DELETE, Era::Legacy) => Ok(pool.delete(&head, &caller)),
                _ => Err(Error::new(
                    ErrorKind::MethodNotAllowed,
                    "this method is not allowed here; send messages by POST",
                )),
            }
        })
    }
}

impl Pool {
    /// A request that stands alone.
    async fn post_modern(
        self: &Arc<Self>,
        head: &request::Parts,
        body: Bytes,
        caller: Arc<str>,
    ) -> Result<Response<Body>, Error> {
        let mut asked = Asked::read(body)?;
        asked.carry_trace(&head.extensions);
        let session = head.extensions.get::<ClientSession>();
        let session = session.map(|session| session.0.clone());
        let owner = session.clone().unwrap_or_else(|| caller.clone());
        let standing = || self.standing(&caller, session.clone(), &head.extensions);
        match &asked.kind {
            AskedKind::Request(request) => {
                let mut opened = standing()?;
                let mut sent = opened.ask(&asked, request, &owner, Era::Modern).await;
                // It was about to end when it was found.
                if sent.is_err() && !opened.pipe.takes_more() {
                    opened = standing()?;
                    sent = opened.ask(&asked, request, &owner, Era::Modern).await;
                }
                Ok(Answered::to(sent?).await?.response(Some(&request.method)))
            }
            AskedKind::Notification(_) => {
                standing()?.pipe.pass(&asked, &owner).await?;
                Ok(accepted())
            }
            AskedKind::Response(_) => Err(Error::new(
                ErrorKind::InvalidRequest,
                "a server of this revision asks nothing, so it takes no answer",
            )),
        }
    }

    /// A message within a session, or the one that begins it.
    async fn post_legacy(
        self: &Arc<Self>,
        head: &request::Parts,
        body: Bytes,
        caller: Arc<str>,
    ) -> Result<Response<Body>, Error> {
        let mut asked = Asked::read(body)?;
        asked.carry_trace(&head.extensions);
        let request = match &asked.kind {
            AskedKind::Request(request) => Some(request),
            AskedKind::Notification(_) | AskedKind::Response(_) => None,
        };
        if let Some(request) = request.filter(|it| it.method == McpMethod::INITIALIZE) {
            let session = self.begin_session(&caller, &head.extensions)?;
            return self.initialize(&asked, request, session).await;
        }
        let session = match self.named(head, &caller) {
            Ok(session) => session,
            Err(error) => return Ok(refused(&error, request)),
        };
        let Some(request) = request else {
            let opened = &session.opened;
            let is_initialized = matches!(
                &asked.kind,
                AskedKind::Notification(method) if *method == McpMethod::NOTIFICATIONS_INITIALIZED
            );
            // The first of those who share it has said it for all.
            if !(is_initialized && self.is_shared()) {
                opened.pipe.pass(&asked, &session.id).await?;
            }
            return Ok(accepted());
        };
        let pipe = &session.opened;
        let sent = pipe.ask(&asked, request, &session.id, Era::Legacy).await;
        Ok(Answered::to(sent?).await?.response(None))
    }

    async fn initialize(
        self: &Arc<Self>,
        asked: &Asked,
        request: &AskedRequest,
        session: Session,
    ) -> Result<Response<Body>, Error> {
        let unfinished = Unfinished {
            pool: self,
            session: Some(session),
        };
        let session = unfinished.session.as_ref().ok_or_else(no_session)?;
        let opened = &session.opened;
        let answered = if self.is_shared() {
            let text = opened.hello(asked, request, &session.id).await?;
            let own = request.id.to_bytes();
            Answered::whole(replaced(&text, &["id"], own).unwrap_or(text))
        } else {
            let sent = opened.ask(asked, request, &session.id, Era::Legacy).await;
            Answered::to(sent?).await?
        };
        let is_refused = matches!(
            &answered.first,
            Next::Answer(text) if at(text, &["error"]).is_some()
        );
        if is_refused {
            return Ok(answered.response(None));
        }
        let id = HeaderValue::from_str(&session.id).map_err(|_| no_session())?;
        let mut response = answered.response(None);
        response.headers_mut().insert(headers::SESSION_ID, id);
        unfinished.done();
        Ok(response)
    }

    fn listen(&self, head: &request::Parts, caller: &Arc<str>) -> Result<Response<Body>, Error> {
        let session = match self.named(head, caller) {
            Ok(session) => session,
            Err(error) => return Ok(refused(&error, None)),
        };
        let stream = session.opened.pipe.listen(&session.id)?;
        Ok(events(Body::new(stream)))
    }

    fn delete(&self, head: &request::Parts, caller: &Arc<str>) -> Response<Body> {
        match self.named(head, caller) {
            Ok(session) => {
                self.end_session(&session.id);
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            Err(error) => refused(&error, None),
        }
    }

    /// The session that a request names.
    fn named(&self, head: &request::Parts, caller: &Arc<str>) -> Result<Session, Error> {
        let Some(id) = SessionId::from_headers(&head.headers) else {
            let message = "the header Mcp-Session-Id is missing; begin with initialize";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        self.session(id.as_str(), caller).ok_or_else(|| {
            let message = "there is no such session; begin with initialize";
            Error::new(ErrorKind::NotFound, message)
        })
    }
}

/// A session that its client has not been told of yet, and that ends if it never is.
struct Unfinished<'a> {
    pool: &'a Arc<Pool>,
    session: Option<Session>,
}

impl Unfinished<'_> {
    fn done(mut self) {
        self.session = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            self.pool.end_session(&session.id);
        }
    }
}

impl Opened {
    async fn ask(
        &self,
        asked: &Asked,
        request: &AskedRequest,
        owner: &Arc<str>,
        era: Era,
    ) -> Result<Exchange, Error> {
        self.pipe.ask(asked, request, owner, era).await
    }

    /// The answer to `initialize` that all who share the pipe are given. The first one asks for it.
    async fn hello(
        &self,
        asked: &Asked,
        request: &AskedRequest,
        owner: &Arc<str>,
    ) -> Result<Bytes, Error> {
        let ask = || async {
            let sent = self.ask(asked, request, owner, Era::Legacy).await;
            let mut exchange = sent.map_err(NoHello::Failed)?;
            let text = loop {
                if let Next::Answer(text) = exchange.next().await.map_err(NoHello::Failed)? {
                    break text;
                }
            };
            if at(&text, &["result"]).is_none() {
                return Err(NoHello::Refused(text));
            }
            let heard = self.pipe.tell(Bytes::from_static(INITIALIZED)).await;
            heard.map(|()| text).map_err(NoHello::Failed)
        };
        match self.hello.get_or_try_init(ask).await.cloned() {
            Ok(text) | Err(NoHello::Refused(text)) => Ok(text),
            Err(NoHello::Failed(error)) => Err(error),
        }
    }
}

const INITIALIZED: &[u8] = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// Why there is no answer that could be kept.
enum NoHello {
    Refused(Bytes),
    Failed(Error),
}

/// An answer that has begun.
struct Answered {
    first: Next,
    rest: Option<Exchange>,
}

impl Answered {
    async fn to(mut exchange: Exchange) -> Result<Self, Error> {
        let first = exchange.next().await?;
        Ok(Self {
            first,
            rest: Some(exchange),
        })
    }

    const fn whole(text: Bytes) -> Self {
        Self {
            first: Next::Answer(text),
            rest: None,
        }
    }

    /// JSON where the answer came first, else a stream of events.
    fn response(self, modern: Option<&McpMethod>) -> Response<Body> {
        match (self.first, self.rest) {
            (Next::Message(text), Some(exchange)) => events(Body::new(Events::new(text, exchange))),
            (Next::Answer(text) | Next::Message(text), _) => {
                let status = modern.map_or(StatusCode::OK, |method| status(&text, method));
                let mut response = Response::new(Body::from(text));
                *response.status_mut() = status;
                response.headers_mut().insert(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                );
                response
            }
        }
    }
}

/// With which status an answer of 2026-07-28 goes over HTTP.
///
/// A server that refuses `server/discover` is none of this revision, and says so as an earlier one over
/// HTTP would: 400, with its own error.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP, Sending messages to the server; Versioning.
fn status(text: &Bytes, method: &McpMethod) -> StatusCode {
    let Some(code) = at(text, &["error", "code"]) else {
        return StatusCode::OK;
    };
    if *method == McpMethod::SERVER_DISCOVER {
        return StatusCode::BAD_REQUEST;
    }
    match code.get().parse() {
        Ok(METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        Ok(HEADER_MISMATCH | MISSING_CAPABILITY | UNSUPPORTED_VERSION) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

fn era(head: &HeaderMap) -> Era {
    let version = head.get(headers::PROTOCOL_VERSION);
    let version = version.and_then(|value| value.to_str().ok());
    version.map_or(Era::Legacy, |name| ProtocolVersion::new(name.trim()).era())
}

fn events(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let own = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in own {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// A refusal as a server over HTTP would say it.
fn refused(error: &Error, request: Option<&AskedRequest>) -> Response<Body> {
    error::response_to(error, request.map(|request| &request.id)).map(Body::from)
}

fn no_session() -> Error {
    Error::new(ErrorKind::Internal, "the session could not be named")
}
