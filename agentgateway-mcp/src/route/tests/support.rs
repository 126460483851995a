use std::sync::{Arc, Mutex};

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    context::{AuthMethod, Principal},
    seal::Sealer,
    sse::SseMessage,
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::{Value, json};

use crate::{
    bridge::edit,
    route::{Federation, FederationTarget},
    upstream::McpServer,
    wire::{McpMethod, NameParam, headers},
};

/// What a scripted server says. `$ID` stands for the id of the request, `$TOKEN` for its progress token.
pub(super) enum Say {
    Result(String),
    Error(u16, i64, &'static str),
    /// A whole body.
    Text(String),
    Events(Vec<String>),
    /// Events, and then nothing more without an end.
    Open(Vec<String>),
    Body(Body),
    Late,
    Fail(ErrorKind),
}

/// What a scripted server was asked.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Asked {
    pub(super) fn methods(&self) -> Vec<String> {
        let all = self.0.lock().unwrap();
        all.iter()
            .map(|(_, body)| parsed(body)["method"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(super) fn last(&self) -> Value {
        parsed(&self.last_body())
    }

    pub(super) fn last_body(&self) -> Bytes {
        self.0.lock().unwrap().last().unwrap().1.clone()
    }

    pub(super) fn last_headers(&self) -> HeaderMap {
        self.0.lock().unwrap().last().unwrap().0.clone()
    }
}

/// A server that answers by method and params; it can do everything unless it says otherwise.
pub(super) fn server(
    say: impl Fn(&str, &Value) -> Say + Clone + Send + Sync + 'static,
) -> (McpServer, Asked) {
    let asked = Asked::default();
    let log = asked.clone();
    let service = tower::service_fn(move |request: Request<Peeked<Body>>| {
        let (say, log) = (say.clone(), log.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.whole().unwrap();
            // What a tree cannot hold is not looked at.
            let message: Value = serde_json::from_slice(&body).unwrap_or_default();
            let member = |key: &str| edit::member(&body, key).unwrap_or_default();
            let text = |raw: Bytes| String::from_utf8(raw.to_vec()).unwrap();
            let (id, method) = (text(member("id")), text(member("method")));
            let method: String = serde_json::from_str(&method).unwrap();
            log.0.lock().unwrap().push((head.headers, body));
            let token = message["params"]["_meta"]["progressToken"].to_string();
            let fill = |text: String| text.replace("$ID", &id).replace("$TOKEN", &token);
            match say(&method, &message["params"]) {
                Say::Text(text) if text.is_empty() && method == "server/discover" => {
                    Ok(json_answer(200, discovered(&id)))
                }
                Say::Text(text) => Ok(json_answer(200, fill(text))),
                Say::Result(result) => Ok(json_answer(
                    200,
                    fill(format!(
                        r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#
                    )),
                )),
                Say::Error(status, code, message) => Ok(json_answer(
                    status,
                    format!(
                        r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{message}"}}}}"#
                    ),
                )),
                Say::Events(events) => {
                    let text: Vec<u8> = events
                        .into_iter()
                        .flat_map(|event| SseMessage::new(fill(event)).encode())
                        .collect();
                    Ok(events_answer(Body::new(Full::new(Bytes::from(text)))))
                }
                Say::Open(events) => {
                    let frames: Vec<_> = events
                        .into_iter()
                        .map(|event| {
                            Ok::<_, Error>(Frame::data(SseMessage::new(fill(event)).encode()))
                        })
                        .collect();
                    let frames = futures_util::StreamExt::chain(
                        futures_util::stream::iter(frames),
                        futures_util::stream::pending(),
                    );
                    Ok(events_answer(Body::new(StreamBody::new(frames))))
                }
                Say::Body(body) => Ok(events_answer(body)),
                Say::Late => std::future::pending().await,
                Say::Fail(kind) => Err(Error::new(kind, "it is down")),
            }
        }
    });
    (McpServer::new(service), asked)
}

fn discovered(id: &str) -> String {
    let capabilities = r#"{"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},"completions":{}}"#;
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{capabilities},"ttlMs":60000,"cacheScope":"public"}}}}"#
    )
}

/// What a server says that was asked for nothing in particular.
pub(super) fn nothing() -> Say {
    Say::Text(String::new())
}

fn json_answer(status: u16, text: String) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::from(text)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let json = "application/json".parse().unwrap();
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn events_answer(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let events = "text/event-stream".parse().unwrap();
    response.headers_mut().insert(header::CONTENT_TYPE, events);
    response
}

pub(super) fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// A list's result.
pub(super) fn list(key: &str, items: &[&str], next: Option<&str>) -> Say {
    let next = next.map_or_else(String::new, |next| format!(r#","nextCursor":{next}"#));
    Say::Result(format!(
        r#"{{"resultType":"complete","{key}":[{}]{next},"ttlMs":60000,"cacheScope":"public"}}"#,
        items.join(",")
    ))
}

pub(super) fn federation<const N: usize>(targets: [(&str, McpServer); N]) -> Federation {
    targets.into_iter().fold(
        Federation::new(Sealer::new(&[5; 32])),
        |all, (name, server)| all.target(FederationTarget::new(name, server).unwrap()),
    )
}

pub(super) fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// A client's request, with `_meta` as it must be.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a `json!` can be given"
)]
pub(super) fn request(id: Value, method: &str, mut params: Value) -> Request<Bytes> {
    let mut all = meta();
    if let Some(own) = params["_meta"].as_object() {
        all.as_object_mut().unwrap().extend(own.clone());
    }
    params["_meta"] = all;
    let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    raw(body.to_string())
}

/// This body, with the headers that repeat it.
pub(super) fn raw(body: String) -> Request<Bytes> {
    let body = Bytes::from(body);
    let mut request = Request::post("/mcp")
        .header("mcp-protocol-version", "2026-07-28")
        .body(body.clone())
        .unwrap();
    let Some(method) = edit::text(&body, "method").map(|method| McpMethod::new(&method)) else {
        return request;
    };
    let params = edit::member(&body, "params").unwrap_or_default();
    let name = method.name_param().map(NameParam::key);
    let name = name.and_then(|key| edit::text(&params, key));
    let own = request.headers_mut();
    own.insert(headers::METHOD, headers::encode(method.as_str()));
    if let Some(name) = name {
        own.insert(headers::NAME, headers::encode(&name));
    }
    request
}

pub(super) fn by(who: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    request
        .extensions_mut()
        .insert(Principal::new(AuthMethod::ApiKey, who));
    request
}

/// A whole answer: its status and its text.
pub(super) async fn answer(server: &McpServer, request: Request<Bytes>) -> (u16, Bytes) {
    let answer = server.send(request).await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        answer.into_body().collect().await.unwrap().to_bytes(),
    )
}

pub(super) async fn ask(server: &McpServer, method: &str, params: Value) -> Value {
    parsed(&answer(server, request(json!(1), method, params)).await.1)
}

/// The events of a text.
pub(super) fn events(text: &[u8]) -> Vec<Value> {
    std::str::from_utf8(text)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| parsed(data.as_bytes()))
        .collect()
}
