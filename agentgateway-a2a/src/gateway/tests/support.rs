use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use agentgateway_core::{Body, Peeked};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header::HOST};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::{ServiceExt, service_fn};

use crate::{
    A2aCall, A2aGateway, bridge::AnyAgent, gateway::A2aGatewayBuilder, upstream::A2aAgent,
};

/// What an agent was asked: method, path, body, and the agent's name in the call.
pub(super) type Asked = (String, String, String, Option<String>);

/// An agent that writes down what it is asked, and answers each call with a message that has its name.
#[derive(Clone)]
pub(super) struct Scripted {
    pub(super) agent: AnyAgent,
    asked: Arc<Mutex<Vec<Asked>>>,
    away: Arc<AtomicBool>,
}

impl Scripted {
    /// It speaks this binding of v1.0, and has these skills, as JSON.
    pub(super) fn new(name: &'static str, binding: &'static str, skills: &'static str) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let away = Arc::new(AtomicBool::new(false));
        let (record, gone) = (asked.clone(), away.clone());
        let service = service_fn(move |request: Request<Peeked<Body>>| {
            let (record, gone) = (record.clone(), gone.clone());
            async move {
                let (head, body) = request.into_parts();
                let body = body.into_body().collect().await.unwrap().to_bytes();
                if binding == "HTTP+JSON" && body.windows(9).any(|w| w == b"\"jsonrpc\"") {
                    let mut answer = Response::new(Body::empty());
                    *answer.status_mut() = StatusCode::NOT_FOUND;
                    return Ok(answer);
                }
                let text = if gone.load(Ordering::SeqCst) {
                    let mut answer = Response::new(Body::empty());
                    *answer.status_mut() = StatusCode::BAD_GATEWAY;
                    return Ok(answer);
                } else if head.uri.path().starts_with("/.well-known/agent") {
                    card(name, binding, skills)
                } else if head.uri.path().ends_with("extendedAgentCard")
                    || body.windows(20).any(|w| w == b"GetExtendedAgentCard")
                {
                    let card = card(name, binding, skills);
                    match binding {
                        "JSONRPC" => format!(r#"{{"jsonrpc":"2.0","id":1,"result":{card}}}"#),
                        _ => card,
                    }
                } else {
                    let message = format!(
                        r#"{{"message":{{"messageId":"m","role":"ROLE_AGENT","parts":[{{"text":"{name}"}}]}}}}"#
                    );
                    match binding {
                        "JSONRPC" => format!(r#"{{"jsonrpc":"2.0","id":1,"result":{message}}}"#),
                        _ => message,
                    }
                };
                let call = head.extensions.get::<A2aCall>();
                record.lock().unwrap().push((
                    head.method.to_string(),
                    head.uri.path().to_owned(),
                    String::from_utf8_lossy(&body).into_owned(),
                    call.and_then(A2aCall::agent).map(str::to_owned),
                ));
                let answer = Response::builder().header("content-type", "application/json");
                Ok::<_, Infallible>(answer.body(Body::from(Bytes::from(text))).unwrap())
            }
        });
        let endpoint = format!("http://{name}.internal").parse().unwrap();
        Self {
            agent: AnyAgent::builder(A2aAgent::new(service), endpoint).build(),
            asked,
            away,
        }
    }

    /// Whether it fails with everything.
    pub(super) fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// The calls since it was asked last, without those for its card.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.retain(|(_, path, ..)| !path.starts_with("/.well-known/"));
        asked
    }
}

fn card(name: &str, binding: &str, skills: &str) -> String {
    format!(
        r#"{{"name":"{name}","description":"","version":"1","supportedInterfaces":[{{"url":"http://{name}.internal","protocolBinding":"{binding}","protocolVersion":"1.0"}}],"capabilities":{{"streaming":true,"extendedAgentCard":true}},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/html"],"skills":[{skills}]}}"#
    )
}

pub(super) fn planner() -> Scripted {
    let skills = r#"{"id":"trip","name":"Trip","description":"Plans","tags":["travel"],"x":1.0},{"id":"echo","name":"e","description":"","tags":[]}"#;
    Scripted::new("planner", "JSONRPC", skills)
}

pub(super) fn booker() -> Scripted {
    let skills = r#"{"id":"book","name":"Book","description":"","tags":[],"inputModes":["a/b"],"security":[{"k":[]}]},{"id":"echo","name":"e","description":"","tags":[]}"#;
    Scripted::new("booker", "HTTP+JSON", skills)
}

pub(super) fn both(planner: &Scripted, booker: &Scripted) -> A2aGatewayBuilder {
    A2aGateway::builder()
        .agent("planner", planner.agent.clone())
        .agent("booker", booker.agent.clone())
}

/// A request with these headers; a body makes it a POST of JSON.
pub(super) fn request(path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header(HOST, "gw.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request
            .method("POST")
            .header("content-type", "application/json");
    }
    request
        .body(Body::from(Bytes::from(body.to_owned())))
        .unwrap()
}

/// The status and the body, as JSON where it is.
pub(super) async fn ask(gateway: &A2aGateway, request: Request<Body>) -> (u16, Value) {
    let (status, _, text) = whole(gateway, request).await;
    (status, serde_json::from_slice(&text).unwrap_or_default())
}

pub(super) async fn whole(
    gateway: &A2aGateway,
    request: Request<Body>,
) -> (u16, http::HeaderMap, Bytes) {
    let answer = gateway.clone().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), head.headers, body)
}

/// A message of JSON-RPC, v1.0, with more parameters.
pub(super) fn sends(more: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{{{more}"message":{{"messageId":"1","role":"ROLE_USER","parts":[{{"text":"hi"}}]}}}}}}"#
    )
}

pub(super) const V1: (&str, &str) = ("a2a-version", "1.0");

/// The name of the agent that answered a call of JSON-RPC.
pub(super) fn name(answer: &Value) -> Option<&str> {
    answer["result"]["message"]["parts"][0]["text"].as_str()
}
