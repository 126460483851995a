use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::{Body, Peeked};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use super::super::AnyAgent;
use crate::{
    A2aBinding, A2aLayer, A2aVersion,
    bridge::{Interface, Speech},
    upstream::{A2aAgent, A2aUpstreamLayer},
};

/// What an agent was asked.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Seen {
    /// One whose body is of no matter.
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().to_string(),
            headers: request.headers().clone(),
            body: String::new(),
        }
    }
}

pub(super) type Record = Arc<Mutex<Vec<Seen>>>;

/// An agent of these interfaces that says this to everything.
pub(super) fn agent(
    speech: Speech,
    answer: impl Fn() -> Response<Body> + Clone + Send + Sync + 'static,
) -> (AnyAgent, Record) {
    let seen = Record::default();
    let record = seen.clone();
    let client = service_fn(move |request: Request<Peeked<Body>>| {
        let (record, answer) = (record.clone(), answer.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.into_body().collect().await.unwrap().to_bytes();
            record.lock().unwrap().push(Seen {
                method: head.method,
                uri: head.uri.to_string(),
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            });
            Ok::<_, Infallible>(answer())
        }
    });
    let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:1/base".parse().unwrap();
    let upstream = A2aUpstreamLayer::new(endpoint.clone()).layer(client);
    let agent = AnyAgent::builder(A2aAgent::new(upstream), endpoint.clone())
        .interfaces([Interface::new(speech, endpoint)])
        .build();
    (agent, seen)
}

pub(super) fn json(status: u16, body: &'static str) -> impl Fn() -> Response<Body> + Clone {
    move || typed(status, "application/json", body)
}

pub(super) fn events(body: &'static str) -> impl Fn() -> Response<Body> + Clone {
    move || typed(200, "text/event-stream", body)
}

/// A stream that says this and never ends.
#[cfg(feature = "grpc")]
pub(super) fn open_events(body: Bytes) -> Response<Body> {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    struct Open(Option<Bytes>);

    impl http_body::Body for Open {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            match self.0.take() {
                Some(data) => Poll::Ready(Some(Ok(http_body::Frame::data(data)))),
                None => Poll::Pending,
            }
        }
    }

    let mut answer = typed(200, "text/event-stream", "");
    *answer.body_mut() = Body::new(Open(Some(body)));
    answer
}

pub(super) fn typed(status: u16, media: &str, body: &'static str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", media)
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

pub(super) fn layer() -> A2aLayer {
    let layer = A2aLayer::new();
    #[cfg(feature = "grpc")]
    let layer = layer.grpc(true);
    layer
}

pub(super) async fn ask(
    agent: AnyAgent,
    request: Request<Body>,
) -> (StatusCode, HeaderMap, String) {
    let answer = layer().layer(agent).oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        head.status,
        head.headers,
        String::from_utf8_lossy(&body).into_owned(),
    )
}

pub(super) fn rpc(version: &str, body: &'static str) -> Request<Body> {
    Request::post("/a2a")
        .header("content-type", "application/json")
        .header("a2a-version", version)
        .header("a2a-extensions", "https://x.example/one")
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

pub(super) fn rest(method: &str, path: &str, body: &'static str) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("a2a-version", "1.0");
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let body = Body::from(Bytes::from_static(body.as_bytes()));
    request.body(body).unwrap()
}

pub(super) const RPC_1: Speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V1_0);

pub(super) const RPC_03: Speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V0_3);

pub(super) const REST_1: Speech = Speech::new(A2aBinding::HttpJson, A2aVersion::V1_0);

pub(super) const REST_03: Speech = Speech::new(A2aBinding::HttpJson, A2aVersion::V0_3);

/// An agent that has a card, which says this speech, and is asked what is not it with this answer.
pub(super) fn found(speech: Speech, refusal: fn() -> Response<Body>) -> (AnyAgent, Record) {
    let seen = Record::default();
    let record = seen.clone();
    let client = service_fn(move |request: Request<Peeked<Body>>| {
        let record = record.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.into_body().collect().await.unwrap().to_bytes();
            let path = head.uri.path().to_owned();
            record.lock().unwrap().push(Seen {
                method: head.method,
                uri: head.uri.to_string(),
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            });
            let card = format!(
                r#"{{"name":"a","supportedInterfaces":[{{"url":"http://localhost:1/own","protocolBinding":"{}","protocolVersion":"{}"}}]}}"#,
                speech.binding.as_str(),
                speech.version.as_str(),
            );
            Ok::<_, Infallible>(match &*path {
                "/.well-known/agent-card.json" => typed(200, "application/json", card.leak()),
                "/own" => typed(
                    200,
                    "application/json",
                    r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"task","id":"7","contextId":"c","status":{"state":"working"}}}"#,
                ),
                _ => refusal(),
            })
        }
    });
    let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:1".parse().unwrap();
    let upstream = A2aUpstreamLayer::new(endpoint.clone()).layer(client);
    (
        AnyAgent::builder(A2aAgent::new(upstream), endpoint).build(),
        seen,
    )
}

pub(super) fn uris(seen: &Record) -> Vec<String> {
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.into_iter().map(|seen| seen.uri).collect()
}
