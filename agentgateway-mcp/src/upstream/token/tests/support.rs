use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    Body, Error, Peeked,
    context::{AuthMethod, Credential, Principal},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::sync::Semaphore;
use tower::{Layer, ServiceExt, service_fn};

use super::super::*;
use crate::{McpLayer, McpUpstreamLayer};

pub(super) const ENDPOINT: &str = "https://id.example.org/token";
pub(super) const SERVER: &str = "https://files.example.org/mcp";

/// An authorization server: what it was asked, and what it answers. It answers as often as it may.
#[derive(Clone)]
pub(super) struct Issuer {
    asked: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    gate: Arc<Semaphore>,
}

pub(super) type Answer = (u16, &'static str, String);

impl Issuer {
    /// One that issues `t1`, `t2` and so on, good for an hour.
    pub(super) fn new() -> Self {
        Self {
            asked: Arc::default(),
            answers: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    /// One that answers nothing until it may.
    pub(super) fn waiting() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self {
            gate,
            ..Self::new()
        }
    }

    pub(super) fn may_answer(&self, times: usize) {
        self.gate.add_permits(times);
    }

    pub(super) fn answers(self, status: u16, body: impl Into<String>) -> Self {
        self.says(status, "application/json", body)
    }

    pub(super) fn says(self, status: u16, media: &'static str, body: impl Into<String>) -> Self {
        self.answers
            .lock()
            .unwrap()
            .push_back((status, media, body.into()));
        self
    }

    /// How often it was asked.
    pub(super) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(super) fn asked(&self, at: usize) -> (HeaderMap, String) {
        self.asked.lock().unwrap()[at].clone()
    }

    pub(super) fn endpoint(&self) -> TokenEndpoint {
        let own = self.clone();
        let service = service_fn(move |request: Request<Body>| own.clone().answer(request));
        TokenEndpoint::new(ENDPOINT, service).unwrap()
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, Error> {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), ENDPOINT);
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let form = String::from_utf8(body.to_vec()).unwrap();
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push((head.headers, form));
            asked.len()
        };
        self.gate.acquire().await.unwrap().forget();
        let next = self.answers.lock().unwrap().pop_front();
        let (status, media, text) =
            next.unwrap_or_else(|| (200, "application/json", issued(&format!("t{number}"), 3600)));
        let response = Response::builder()
            .status(status)
            .header("content-type", media);
        Ok(response.body(Body::from(Bytes::from(text))).unwrap())
    }
}

pub(super) fn issued(token: &str, seconds: u64) -> String {
    format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}}}"#)
}

/// A call of this caller, who has come with this token.
pub(super) fn call(caller: Option<(&str, &str)>) -> Request<Full<Bytes>> {
    let mut request = Request::post("/mcp")
        .header("content-type", "application/json")
        .header("authorization", "Bearer of-the-client")
        .body(Full::from(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        ))
        .unwrap();
    if let Some((name, token)) = caller {
        let extensions = request.extensions_mut();
        Principal::new(AuthMethod::Jwt, name)
            .with_issuer("https://id.example.org")
            .insert(extensions);
        Credential::new(AuthMethod::Jwt, token).insert(extensions);
    }
    request
}

/// What a call came to: its status, and what was sent to the server as `authorization`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Called {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) sent: Option<String>,
}

/// Sends a request through the layers to a server that answers with this head.
pub(super) async fn sent(
    tokens: &UpstreamTokens,
    request: Request<Full<Bytes>>,
    answer: (u16, &'static [(&'static str, &'static str)]),
) -> Called {
    let seen = Arc::new(Mutex::new(None));
    let server = service_fn({
        let seen = Arc::clone(&seen);
        move |request: Request<Peeked<Full<Bytes>>>| {
            let values = request.headers().get_all("authorization").iter();
            let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
            *seen.lock().unwrap() = Some(values.join("|"));
            let mut response = Response::builder().status(answer.0);
            for (name, value) in answer.1 {
                response = response.header(*name, *value);
            }
            let response = response.body(Full::<Bytes>::default()).unwrap();
            async { Ok::<_, Error>(response) }
        }
    });
    let upstream = McpUpstreamLayer::new(SERVER.parse().unwrap());
    let credited = upstream.layer(UpstreamTokenLayer::new(tokens.clone()).layer(server));
    let response = McpLayer::new()
        .layer(credited)
        .oneshot(request)
        .await
        .unwrap();
    let sent = seen.lock().unwrap().take();
    Called {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        sent,
    }
}

/// What was sent to a server that is content.
pub(super) async fn token_of(
    tokens: &UpstreamTokens,
    caller: Option<(&str, &str)>,
) -> Option<String> {
    sent(tokens, call(caller), (200, &[])).await.sent
}
