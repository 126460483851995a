use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    Body, Error, Peeked,
    context::{AuthMethod, Principal},
    seal::Sealer,
    store::MemorySessions,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};

use super::super::{LegacyClients, LegacyClientsBuilder};
use crate::{Mcp, McpLayer, bridge::ClientSession, upstream::McpServer};

pub(crate) const CALL: &str =
    r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}"#;

/// What has come to the server.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
    pub(crate) session: Option<ClientSession>,
}

impl Seen {
    pub(crate) fn method(&self) -> &str {
        self.body["method"].as_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn meta(&self, key: &str) -> &Value {
        &self.body["params"]["_meta"][format!("io.modelcontextprotocol/{key}")]
    }

    /// The result of this request.
    pub(crate) fn result(&self, result: &Value) -> Response<Body> {
        reply(
            200,
            &json!({"jsonrpc": "2.0", "id": self.body["id"], "result": result}),
        )
    }

    pub(crate) fn error(&self, status: u16, code: i64, data: &Value) -> Response<Body> {
        let error = json!({"code": code, "message": "no", "data": data});
        reply(
            status,
            &json!({"jsonrpc": "2.0", "id": self.body["id"], "error": error}),
        )
    }
}

pub(crate) type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// What a server has seen, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    /// The requests of this method.
    pub(crate) fn of(&self, method: &str) -> Vec<Seen> {
        let mut all = self.all();
        all.retain(|seen| seen.method() == method);
        all
    }
}

/// A server of 2026-07-28 that answers with this, but `server/discover` by itself.
pub(crate) fn server(
    answer: impl Fn(Seen) -> Answering + Clone + Send + Sync + 'static,
) -> (McpServer, Log) {
    let log = Log::default();
    let seen = log.clone();
    let service = tower::service_fn(move |request: Request<Peeked<Body>>| {
        let (answer, log) = (answer.clone(), seen.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.whole().unwrap();
            let seen = Seen {
                headers: head.headers,
                text: String::from_utf8(body.to_vec()).unwrap(),
                body: serde_json::from_slice(&body).unwrap(),
                session: head.extensions.get().cloned(),
            };
            log.0.lock().unwrap().push(seen.clone());
            if seen.method() == "server/discover" {
                return Ok::<_, Error>(seen.result(&discovered()));
            }
            Ok(answer(seen).await)
        }
    });
    (McpServer::new(service), log)
}

pub(crate) fn discovered() -> Value {
    json!({
        "resultType": "complete", "ttlMs": 5, "cacheScope": "public", "odd": 1,
        "supportedVersions": ["2026-07-28"], "instructions": "be kind",
        "capabilities": {
            "tools": {"listChanged": true}, "resources": {"subscribe": true}, "logging": {},
            "prompts": {}, "mine": {"x": 1}, "tasks": {},
            "extensions": {"io.modelcontextprotocol/tasks": {}, "io.example/ui": {}},
        },
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "s", "version": "3"}, "k": 1},
    })
}

/// An answer that is there at once.
pub(crate) fn now(response: Response<Body>) -> Answering {
    Box::pin(std::future::ready(response))
}

pub(crate) fn reply(status: u16, message: &Value) -> Response<Body> {
    raw_reply(status, &message.to_string())
}

pub(crate) fn raw_reply(status: u16, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::copy_from_slice(message.as_bytes())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// A stream of these messages; `open` leaves it without an end.
pub(crate) fn events(messages: &[Value], open: bool) -> Response<Body> {
    let messages: Vec<_> = messages
        .iter()
        .map(|message| format!("data: {message}\n\n"))
        .collect();
    let frames = stream::iter(messages).map(|text| Ok::<_, Error>(Frame::data(Bytes::from(text))));
    let body = if open {
        Body::new(StreamBody::new(frames.chain(stream::pending())))
    } else {
        Body::new(StreamBody::new(frames))
    };
    event_stream(body)
}

pub(crate) fn event_stream(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let kind = http::HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// A client of an earlier revision.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) clients: LegacyClients,
    app: Mcp<LegacyClients>,
    pub(crate) session: Option<String>,
    pub(crate) version: Option<&'static str>,
    pub(crate) who: &'static str,
}

/// In front of this server, without a session.
pub(crate) fn client(server: McpServer) -> Client {
    client_of(LegacyClients::builder(), server, &Sealer::random())
}

pub(crate) fn client_of(
    builder: LegacyClientsBuilder,
    server: McpServer,
    sealer: &Sealer,
) -> Client {
    let clients = builder.build(server, sealer.clone(), Arc::new(MemorySessions::new()));
    let app = McpLayer::new().layer(clients.clone());
    Client {
        clients,
        app,
        session: None,
        version: None,
        who: "alice",
    }
}

impl Client {
    /// The same client of others.
    pub(crate) fn in_front(self, clients: LegacyClients) -> Self {
        let app = McpLayer::new().layer(clients.clone());
        Self {
            clients,
            app,
            ..self
        }
    }

    /// Opens a session.
    pub(crate) async fn initialized(mut self, version: &'static str, capabilities: Value) -> Self {
        let params = json!({
            "protocolVersion": version, "capabilities": capabilities,
            "clientInfo": {"name": "c", "version": "1"},
        });
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = self.post(&hello.to_string()).await;
        assert_eq!(answer.status(), 200);
        let session = answer.headers()["mcp-session-id"].to_str().unwrap();
        self.session = Some(session.to_owned());
        self.version = Some(version);
        self
    }

    pub(crate) fn app(&self) -> Mcp<LegacyClients> {
        self.app.clone()
    }

    /// Says who sends it.
    pub(crate) fn known<B>(&self, request: &mut Request<B>) {
        Principal::new(AuthMethod::Jwt, self.who).insert(request.extensions_mut());
    }

    pub(crate) async fn post(&self, text: &str) -> Response<Body> {
        self.send("POST", &[], text).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        headers: &[(&str, &str)],
        text: &str,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri("/mcp");
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        if let Some(version) = self.version {
            request = request.header("mcp-protocol-version", version);
        }
        request = match method {
            "POST" => request.header(CONTENT_TYPE, "application/json"),
            _ => request.header("accept", "text/event-stream"),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Full::from(text.to_owned())).unwrap();
        self.known(&mut request);
        let answer = self.app.clone().oneshot(request).await.unwrap();
        answer.map(Body::new)
    }

    /// The message that answers this request alone.
    pub(crate) async fn ask(&self, text: &str) -> Value {
        let answer = self.post(text).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        serde_json::from_str(&body(answer).await).unwrap()
    }
}

/// All of a body.
pub(crate) async fn body(answer: Response<Body>) -> String {
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// One event of a stream: its id, and its message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    pub(crate) message: Value,
}

/// Reads events one by one.
pub(crate) struct Events {
    body: Body,
    text: String,
}

impl Events {
    pub(crate) fn of(answer: Response<Body>) -> Self {
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/event-stream");
        let body = answer.into_body();
        Self {
            body,
            text: String::new(),
        }
    }

    /// The next one, comments left out; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = block.lines();
                    lines
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::to_owned)
                };
                let Some(data) = field("data: ") else {
                    continue;
                };
                let message = serde_json::from_str(&data).unwrap_or(Value::Null);
                let id = field("id: ");
                return Some(Event { id, message });
            }
            let frame = self.body.frame().await?.unwrap();
            let data = frame.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The message of the next event.
    pub(crate) async fn message(&mut self) -> Value {
        self.next().await.expect("the stream goes on").message
    }

    /// All that is left.
    pub(crate) async fn rest(mut self) -> Vec<Event> {
        let mut rest = Vec::new();
        while let Some(event) = self.next().await {
            rest.push(event);
        }
        rest
    }
}
