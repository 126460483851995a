use std::sync::{Arc, Mutex};

use agentgateway_core::{
    Body, Error, Peeked,
    context::{AuthMethod, Principal},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Channel, channel::Sender};
use serde_json::{Value, json};

use crate::{
    McpServer,
    bridge::{Ask, LegacyServer},
    wire::{McpMethod, ProtocolVersion},
};

/// What an earlier server was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn rpc(&self) -> &str {
        self.body["method"].as_str().unwrap_or_default()
    }
}

/// Of an answer that does not come.
#[derive(Clone)]
struct Stalled;

/// An earlier server, which says what it is told to say.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Vec<(String, Response<Body>)>>>,
    sessions: Arc<Mutex<u32>>,
}

impl Script {
    /// The next request of this method gets this answer.
    pub(crate) fn on(&self, method: &str, answer: Response<Body>) {
        self.answers
            .lock()
            .unwrap()
            .push((method.to_owned(), answer));
    }

    /// The next request of this method gets no answer.
    pub(crate) fn stall(&self, method: &str) {
        let mut answer = status(200);
        answer.extensions_mut().insert(Stalled);
        self.on(method, answer);
    }

    /// Those that were sent this method.
    pub(crate) fn sent(&self, method: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|seen| seen.rpc() == method)
            .cloned()
            .collect()
    }

    pub(crate) fn server(&self) -> LegacyServer {
        let script = self.clone();
        LegacyServer::new(McpServer::new(tower::service_fn(
            move |request: Request<Peeked<Body>>| {
                let script = script.clone();
                async move { Ok::<_, Error>(script.answer(request).await) }
            },
        )))
    }

    async fn answer(&self, request: Request<Peeked<Body>>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let seen = Seen {
            method: head.method,
            headers: head.headers,
            body,
        };
        let (rpc, id) = (seen.rpc().to_owned(), seen.body["id"].clone());
        let is_end = seen.method == Method::DELETE;
        self.seen.lock().unwrap().push(seen);
        let scripted = if is_end {
            None
        } else {
            let mut answers = self.answers.lock().unwrap();
            let at = answers.iter().position(|(method, _)| *method == rpc);
            at.map(|at| answers.remove(at).1)
        };
        match (scripted, rpc.as_str()) {
            (Some(answer), _) if answer.extensions().get::<Stalled>().is_some() => {
                std::future::pending().await
            }
            (Some(answer), _) => answer,
            (None, "initialize") => {
                let mut sessions = self.sessions.lock().unwrap();
                *sessions += 1;
                let mut answer = json_of(&json!({"jsonrpc": "2.0", "id": id, "result": {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {"tools": {"listChanged": true}, "logging": {}, "tasks": {}},
                    "serverInfo": {"name": "old", "version": "1"},
                }}));
                let session = format!("s{sessions}").parse().unwrap();
                answer.headers_mut().insert("mcp-session-id", session);
                answer
            }
            (None, _) if id.is_null() => status(202),
            (None, _) => json_of(&json!({"jsonrpc": "2.0", "id": id, "result": {"done": rpc}})),
        }
    }
}

pub(crate) fn json_of(value: &Value) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(Bytes::from(value.to_string())))
        .unwrap()
}

pub(crate) fn status(status: u16) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(Body::empty())
        .unwrap()
}

/// A stream of these messages that then ends.
pub(crate) fn events(messages: &[Value]) -> Response<Body> {
    let text: String = messages
        .iter()
        .map(|message| format!("data: {message}\n\n"))
        .collect();
    stream(Body::from(Bytes::from(text)))
}

/// A stream that stays open, and who writes to it.
pub(crate) fn open_stream() -> (Sender<Bytes, Error>, Response<Body>) {
    let (sender, body) = Channel::new(16);
    (sender, stream(Body::new(body)))
}

pub(crate) async fn write(sender: &mut Sender<Bytes, Error>, message: &Value) {
    let text = format!("data: {message}\n\n");
    sender.send_data(Bytes::from(text)).await.unwrap();
}

fn stream(body: Body) -> Response<Body> {
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(body)
        .unwrap()
}

/// A request of a client of 2026-07-28, of this name.
pub(crate) fn ask(method: &McpMethod, params: Value, who: &str) -> Request<Bytes> {
    able(method, params, who, json!({"elicitation": {}, "roots": {}}))
}

/// The same of a client with these capabilities. Nobody has authenticated one without a name.
pub(crate) fn able(
    method: &McpMethod,
    params: Value,
    who: &str,
    capabilities: Value,
) -> Request<Bytes> {
    let mut params = params;
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
    let text = Bytes::from(params.to_string());
    let mut request = Ask::new(&RpcId::string("mine"), method, &text)
        .into_modern(ProtocolVersion::LATEST)
        .unwrap();
    if !who.is_empty() {
        Principal::new(AuthMethod::ApiKey, who).insert(request.extensions_mut());
    }
    request
}

pub(crate) fn call(tool: &str) -> Request<Bytes> {
    ask(
        &McpMethod::TOOLS_CALL,
        json!({"name": tool, "arguments": {"n": 1}}),
        "alice",
    )
}

/// The answer's status and its messages.
pub(crate) async fn answered(answer: Response<Body>) -> (StatusCode, Vec<Value>) {
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line));
    let messages = lines.filter_map(|line| serde_json::from_str(line).ok());
    (status, messages.collect())
}
