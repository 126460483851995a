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

use super::AnyAgent;
use crate::{
    A2aBinding, A2aLayer, A2aVersion,
    bridge::{Interface, Speech},
    upstream::{A2aAgent, A2aUpstreamLayer},
};

/// What an agent was asked.
#[derive(Debug)]
struct Seen {
    method: Method,
    uri: String,
    headers: HeaderMap,
    body: String,
}

type Record = Arc<Mutex<Vec<Seen>>>;

/// An agent of these interfaces that says this to everything.
fn agent(
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

fn json(status: u16, body: &'static str) -> impl Fn() -> Response<Body> + Clone {
    move || typed(status, "application/json", body)
}

fn events(body: &'static str) -> impl Fn() -> Response<Body> + Clone {
    move || typed(200, "text/event-stream", body)
}

fn typed(status: u16, media: &str, body: &'static str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", media)
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

fn layer() -> A2aLayer {
    let layer = A2aLayer::new();
    #[cfg(feature = "grpc")]
    let layer = layer.grpc(true);
    layer
}

async fn ask(agent: AnyAgent, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let answer = layer().layer(agent).oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        head.status,
        head.headers,
        String::from_utf8_lossy(&body).into_owned(),
    )
}

fn rpc(version: &str, body: &'static str) -> Request<Body> {
    Request::post("/a2a")
        .header("content-type", "application/json")
        .header("a2a-version", version)
        .header("a2a-extensions", "https://x.example/one")
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

fn rest(method: &str, path: &str, body: &'static str) -> Request<Body> {
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

const RPC_1: Speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V1_0);
const RPC_03: Speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V0_3);
const REST_1: Speech = Speech::new(A2aBinding::HttpJson, A2aVersion::V1_0);
const REST_03: Speech = Speech::new(A2aBinding::HttpJson, A2aVersion::V0_3);

#[tokio::test]
async fn a_client_of_v0_3_sends_to_an_agent_of_v1_0_over_http_json() {
    let (agent, seen) = agent(
        REST_1,
        json(
            200,
            r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"},"artifacts":[{"artifactId":"a","parts":[{"data":{"n":1.0}}]}]}}"#,
        ),
    );
    let sent = r#"{"jsonrpc":"2.0","id":"7","method":"message/send","params":{"message":{"kind":"message","messageId":"m","role":"user","parts":[{"kind":"text","text":"hi"}]},"configuration":{"blocking":false}}}"#;
    let (status, _, body) = ask(agent, rpc("", sent)).await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        r#"{"jsonrpc":"2.0","id":"7","result":{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"},"artifacts":[{"artifactId":"a","parts":[{"kind":"data","data":{"n":1.0}}]}]}}"#
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri, "http://agent:1/base/message:send");
    assert_eq!(seen[0].headers["a2a-version"], "1.0");
    assert_eq!(seen[0].headers["a2a-extensions"], "https://x.example/one");
    assert_eq!(
        seen[0].body,
        r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]},"configuration":{"returnImmediately":true}}"#
    );
}

#[tokio::test]
async fn a_route_of_v1_0_becomes_a_method_of_v0_3() {
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"task","id":"7","contextId":"c","status":{"state":"working"}}}"#;
    let (agent, seen) = agent(RPC_03, json(200, answer));
    let (status, headers, body) = ask(agent, rest("GET", "/x/tasks/7?historyLength=2", "")).await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "application/a2a+json");
    assert_eq!(
        body,
        r#"{"id":"7","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}"#
    );
    let seen = seen.lock().unwrap();
    assert_eq!(
        (seen[0].method.as_str(), &*seen[0].uri),
        ("POST", "http://agent:1/base")
    );
    assert_eq!(
        seen[0].body,
        r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"7","historyLength":2}}"#
    );
}

#[tokio::test]
async fn no_history_is_none_whatever_the_agent_takes_it_for() {
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"task","id":"7","contextId":"c","status":{"state":"working"},"history":[{"kind":"message","messageId":"m","role":"user","parts":[]}]}}"#;
    let (agent, _) = agent(RPC_03, json(200, answer));
    let (_, _, body) = ask(agent, rest("GET", "/tasks/7?historyLength=0", "")).await;
    assert!(!body.contains("history"), "{body}");
}

#[tokio::test]
async fn a_stream_of_v0_3_begins_with_a_task_for_a_client_of_v1_0() {
    let stream = concat!(
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"working\"},\"final\":false}}\r\n\r\n",
        ": ping\r\n\r\n",
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"completed\"},\"final\":true}}\r\n\r\n",
    );
    let (agent, _) = agent(RPC_03, events(stream));
    let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    let (status, headers, body) = ask(agent, rest("POST", "/message:stream", sent)).await;
    assert_eq!(
        (status.as_u16(), &headers["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(
        body,
        concat!(
            "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n",
            "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n",
            ": keep-alive\n\n",
            "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n",
        )
    );
}

#[tokio::test]
async fn a_translated_stream_that_breaks_off_is_no_success() {
    let stream = "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n";
    let (agent, _) = agent(REST_1, events(stream));
    let sent = r#"{"jsonrpc":"2.0","id":7,"method":"message/stream","params":{"message":{"messageId":"m","role":"user","parts":[]}}}"#;
    let (_, _, body) = ask(agent, rpc("0.3", sent)).await;
    let last = body.trim_end().lines().last().unwrap();
    assert!(
        last.starts_with(r#"data: {"jsonrpc":"2.0","id":7,"error":{"#),
        "{body}"
    );
}

#[tokio::test]
async fn errors_of_agents_are_said_in_the_clients_binding() {
    let fault = r#"{"error":{"code":404,"status":"NOT_FOUND","message":"no such task","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND","domain":"a2a-protocol.org"}]}}"#;
    let get = r#"{"jsonrpc":"2.0","id":7,"method":"tasks/get","params":{"id":"x"}}"#;
    let (agent_1, _) = agent(REST_1, json(404, fault));
    let (status, _, body) = ask(agent_1, rpc("", get)).await;
    assert_eq!(status, 200);
    assert!(
        body.starts_with(
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"no such task""#
        ),
        "{body}"
    );

    let said = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"done"}}"#;
    let (agent_03, _) = agent(RPC_03, json(200, said));
    let (status, _, body) = ask(agent_03, rest("POST", "/tasks/7:cancel", "{}")).await;
    assert_eq!(status, 400);
    assert!(body.contains(r#""reason":"TASK_NOT_CANCELABLE""#), "{body}");

    // Not the protocol's word: of whoever stands before the agent.
    let denied = || {
        let mut answer = typed(401, "text/plain", "who are you");
        let challenge = "Bearer realm=\"agent\"".parse().unwrap();
        answer.headers_mut().insert("www-authenticate", challenge);
        answer
    };
    let (agent_1, _) = agent(REST_1, denied);
    let (status, headers, body) = ask(agent_1, rpc("", get)).await;
    assert_eq!(status, 401);
    assert_eq!(headers["www-authenticate"], "Bearer realm=\"agent\"");
    assert!(body.contains("who are you"), "{body}");
}

#[tokio::test]
async fn what_v0_3_has_no_method_for_is_said() {
    let (agent, seen) = agent(REST_03, json(200, "{}"));
    let (status, _, body) = ask(agent, rest("GET", "/tasks?pageSize=3", "")).await;
    assert_eq!(status, 404, "{body}");
    assert!(body.contains("METHOD_NOT_FOUND"), "{body}");
    assert!(seen.lock().unwrap().is_empty());
}

/// An agent that has a card, which says this speech, and is asked what is not it with this answer.
fn found(speech: Speech, refusal: fn() -> Response<Body>) -> (AnyAgent, Record) {
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

fn uris(seen: &Record) -> Vec<String> {
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.into_iter().map(|seen| seen.uri).collect()
}

#[tokio::test]
async fn a_doubtful_answer_alone_makes_the_card_be_asked() {
    let call = || rest("GET", "/tasks/7", "");
    for refusal in [
        (|| typed(404, "text/plain", "no")) as fn() -> Response<Body>,
        || {
            typed(
                405,
                "application/json",
                r#"{"detail":"Method Not Allowed"}"#,
            )
        },
    ] {
        let (agent, seen) = found(RPC_03, refusal);
        let (status, _, body) = ask(agent.clone(), call()).await;
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("TASK_STATE_WORKING"), "{body}");
        assert_eq!(
            uris(&seen),
            [
                "http://agent:1/tasks/7",
                "http://agent:1/.well-known/agent-card.json",
                "http://agent:1/own"
            ]
        );
        ask(agent, call()).await;
        assert_eq!(uris(&seen), ["http://agent:1/own"]);
    }
    // The agent's own word, or no word of the protocol: nothing is asked twice.
    for refusal in [
        (|| {
            typed(
                404,
                "application/json",
                r#"{"error":{"code":404,"details":[{"reason":"TASK_NOT_FOUND"}]}}"#,
            )
        }) as fn() -> Response<Body>,
        || typed(500, "text/plain", "no"),
        || typed(200, "application/json", r#"{"id":"7"}"#),
    ] {
        let (agent, seen) = found(RPC_03, refusal);
        ask(agent, call()).await;
        assert_eq!(uris(&seen), ["http://agent:1/tasks/7"]);
    }
}

#[tokio::test]
async fn a_card_that_passes_to_a_client_is_learnt() {
    let (agent, seen) = found(RPC_03, || typed(404, "text/plain", "no"));
    let request = || {
        let card = Request::get("/.well-known/agent-card.json");
        card.header("host", "gw").body(Body::empty()).unwrap()
    };
    let (status, _, _) = ask(agent.clone(), request()).await;
    assert_eq!(status, 200);
    ask(agent, rest("GET", "/tasks/7", "")).await;
    assert_eq!(
        uris(&seen),
        [
            "http://agent:1/.well-known/agent-card.json",
            "http://agent:1/own"
        ]
    );
}

/// Fault A06 (part): what a client chooses to ask for does not tell where the agent is.
#[tokio::test]
async fn a_card_elsewhere_or_asked_for_otherwise_is_not_learnt() {
    for (path, version) in [
        ("/files/evil/.well-known/agent-card.json", None),
        ("/.well-known/agent-card.json?x", None),
        ("/.well-known/agent-card.json", Some("0.3")),
    ] {
        let (agent, seen) = found(RPC_03, || {
            let card = r#"{"name":"a","supportedInterfaces":[{"url":"http://localhost:2/evil","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
            typed(200, "application/json", card)
        });
        let mut request = Request::get(path).header("host", "gw");
        if let Some(version) = version {
            request = request.header("a2a-version", version);
        }
        let request = request.body(Body::empty()).unwrap();
        ask(agent.clone(), request).await;
        ask(agent, rest("GET", "/tasks/7", "")).await;
        assert_eq!(
            uris(&seen).last().unwrap(),
            "http://agent:1/tasks/7",
            "{path}"
        );
    }
}

#[tokio::test]
async fn behind_a_balancer_interfaces_are_at_one_port() {
    let card = r#"{"name":"a","supportedInterfaces":[{"url":"localhost:50051","protocolBinding":"GRPC","protocolVersion":"1.0"},{"url":"http://0.0.0.0:8000/own","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
    for (behind, port) in [(false, 50051), (true, 8000)] {
        let service = service_fn(move |_: Request<Peeked<Body>>| async move {
            Ok::<_, Infallible>(typed(200, "application/json", card))
        });
        let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:80".parse().unwrap();
        let agent = AnyAgent::builder(A2aAgent::new(service), endpoint)
            .behind_balancer(behind)
            .build();
        agent.refresh().await.unwrap();
        let known = agent.0.found.fresh().unwrap();
        assert_eq!(known[0].endpoint.port(), port);
        assert_eq!(known.len(), if behind { 1 } else { 2 });
    }
}

/// Fault A20 (part): what is no call and sends something reaches no agent.
#[tokio::test]
async fn a_message_that_does_not_say_that_it_is_json_goes_nowhere() {
    let (agent, seen) = agent(RPC_1, json(200, "{}"));
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"CancelTask","params":{"id":"victim"}}"#;
    for media in [Some("text/plain"), None] {
        let mut request = Request::post("/");
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let request = request.body(Body::from(Bytes::from(body))).unwrap();
        let (status, _, _) = ask(agent.clone(), request).await;
        assert_eq!(status, 415);
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A20 (part): no id becomes the path of another operation.
#[tokio::test]
async fn ids_that_are_paths_are_refused() {
    let (agent, seen) = agent(REST_1, json(200, "{}"));
    for id in [
        "7/pushNotificationConfigs/c1",
        "7:subscribe",
        "..",
        "",
        "a\\\\b",
    ] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{{"id":"{id}"}}}}"#);
        let (_, _, body) = ask(agent.clone(), rpc("", body.leak())).await;
        assert!(body.contains("-32602"), "{id} {body}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A21 (part): a version that nobody speaks is refused, and not taken for another.
#[tokio::test]
async fn an_unknown_version_is_not_translated() {
    let (agent, seen) = agent(REST_1, json(200, "{}"));
    let get = r#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"x"}}"#;
    let (_, _, body) = ask(agent, rpc("99", get)).await;
    assert!(body.contains("-32009"), "{body}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_clients_own_binding_and_version_pass_byte_by_byte() {
    let answer = r#"{ "jsonrpc":"2.0", "id":7,"result":{ "task":{"id":"t","x":1.0}} }"#;
    let (agent, seen) = agent(RPC_1, json(200, answer));
    let sent = r#"{"jsonrpc":"2.0", "id":7,"method":"SendMessage","params":{ "message":{"messageId":"m","parts":[],"x":1e2}}}"#;
    let (_, _, body) = ask(agent, rpc("1.0", sent)).await;
    assert_eq!(body, answer);
    let seen = seen.lock().unwrap();
    assert_eq!(
        (&*seen[0].uri, &*seen[0].body),
        ("http://agent:1/base", sent)
    );
}

#[tokio::test]
async fn routes_of_the_clients_own_version_go_behind_the_interface() {
    for (speech, path, expected) in [
        (
            REST_1,
            "/x/tasks/a%20b?historyLength=1",
            "/base/tasks/a%20b?historyLength=1",
        ),
        (REST_1, "/x/acme/tasks/7", "/base/acme/tasks/7"),
        (REST_1, "/tasks?tenant=acme", "/base/tasks?tenant=acme"),
        (
            REST_1,
            "/x/tasks/7/pushNotificationConfigs/c",
            "/base/tasks/7/pushNotificationConfigs/c",
        ),
    ] {
        let (agent, seen) = agent(speech, json(200, "{}"));
        let public = "https://gw.example/x".parse().unwrap();
        let request = rest("GET", path, "");
        let layer = layer().public_url(public).layer(agent);
        layer.oneshot(request).await.unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0].uri, format!("http://agent:1{expected}"), "{path}");
    }
}

#[cfg(feature = "grpc")]
mod grpc {
    use super::*;
    use crate::{A2aOperation, wire::grpc};

    const GRPC_1: Speech = Speech::new(A2aBinding::Grpc, A2aVersion::V1_0);

    fn call(operation: &A2aOperation, json: &str) -> Request<Body> {
        let version = A2aVersion::V1_0;
        let message = grpc::request_from_json(version, operation, json.as_bytes()).unwrap();
        Request::post(grpc::method_path(version, operation).unwrap())
            .version(http::Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Body::from(grpc::frame(&message.bytes).unwrap()))
            .unwrap()
    }

    async fn called(
        agent: AnyAgent,
        request: Request<Body>,
    ) -> (HeaderMap, Bytes, Option<HeaderMap>) {
        let answer = layer().layer(agent).oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned();
        (head.headers, body.to_bytes(), trailers)
    }

    #[tokio::test]
    async fn a_client_of_grpc_asks_an_agent_of_v0_3_over_json_rpc() {
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"message","messageId":"m2","role":"agent","parts":[{"kind":"data","data":{"n":42}}]}}"#;
        let (agent, seen) = agent(RPC_03, json(200, answer));
        let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
        let (_, body, trailers) = called(agent, call(&A2aOperation::SendMessage, sent)).await;
        assert_eq!(trailers.unwrap()["grpc-status"], "0");
        let message = crate::bridge::only_message(&body).unwrap().unwrap();
        let json = grpc::response_to_json(A2aVersion::V1_0, &A2aOperation::SendMessage, &message);
        assert_eq!(
            json.unwrap(),
            r#"{"message":{"messageId":"m2","role":"ROLE_AGENT","parts":[{"data":{"n":42}}]}}"#
        );
        assert!(seen.lock().unwrap()[0].body.contains("message/send"));
    }

    #[tokio::test]
    async fn a_stream_for_a_client_of_grpc_says_by_its_status_whether_it_is_whole() {
        let task = "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n";
        let done = "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n";
        let whole: &'static str = format!("{task}{done}").leak();
        for (stream, frames, status) in [(whole, 2, "0"), (task, 1, "14"), (&task[..40], 0, "13")] {
            let (agent, _) = agent(REST_1, events(stream));
            let sent =
                r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
            let request = call(&A2aOperation::SendStreamingMessage, sent);
            let (headers, mut body, trailers) = called(agent, request).await;
            // What fails before its first message says so in its head.
            let told = trailers.unwrap_or(headers);
            assert_eq!(told["grpc-status"], status, "{stream}");
            let mut decoder = grpc::FrameDecoder::new(1 << 20);
            let mut count = 0;
            while decoder.next_message(&mut body).unwrap().is_some() {
                count += 1;
            }
            assert_eq!(count, frames, "{stream}");
        }
    }

    #[tokio::test]
    async fn an_error_is_a_status_with_its_details() {
        let said = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no such task"}}"#;
        let (agent, _) = agent(RPC_1, json(200, said));
        let request = call(&A2aOperation::GetTask, r#"{"id":"x"}"#);
        let (headers, body, _) = called(agent, request).await;
        assert!(body.is_empty());
        let fault = grpc::RpcFault::read(&headers).unwrap();
        assert_eq!((fault.code, &*fault.message), (-32001, "no such task"));
        assert_eq!(headers["grpc-status"], "5");
    }

    #[tokio::test]
    async fn a_client_of_json_rpc_streams_from_an_agent_of_grpc() {
        let event = |json: &str| {
            let carried = grpc::event_from_json(A2aVersion::V1_0, json.as_bytes()).unwrap();
            grpc::frame(&carried.bytes).unwrap()
        };
        let frames = [
            event(r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#),
            event(r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#),
        ]
        .concat();
        let frames = Bytes::from(frames);
        for (status, ends_well) in [("0", true), ("14", false)] {
            let frames = frames.clone();
            let answer = move || {
                let trailers = HeaderMap::from_iter([(
                    http::HeaderName::from_static("grpc-status"),
                    http::HeaderValue::from_static(status),
                )]);
                let body = crate::bridge::events::Trailed::new(frames.clone(), trailers);
                let mut answer = Response::new(Body::new(body));
                let media = http::HeaderValue::from_static("application/grpc");
                answer.headers_mut().insert("content-type", media);
                answer
            };
            let (agent, seen) = agent(GRPC_1, answer);
            let sent = r#"{"jsonrpc":"2.0","id":7,"method":"message/stream","params":{"message":{"messageId":"m","role":"user","parts":[{"kind":"text","text":"hi"}]}}}"#;
            let (_, _, body) = ask(agent, rpc("0.3", sent)).await;
            let events: Vec<&str> = body
                .split("\n\n")
                .filter(|event| !event.is_empty())
                .collect();
            assert_eq!(events.len(), if ends_well { 2 } else { 3 }, "{body}");
            assert!(events[1].contains(r#""final":true"#), "{body}");
            assert_eq!(body.contains(r#""error""#), !ends_well, "{body}");
            let seen = seen.lock().unwrap();
            assert_eq!(
                seen[0].uri,
                "http://agent:1/lf.a2a.v1.A2AService/SendStreamingMessage"
            );
        }
    }
}
