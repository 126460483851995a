use std::convert::Infallible;

use agentgateway_core::{Body, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::service_fn;

use super::support::*;
use crate::A2aGateway;

/// A service that knows v1.0 over JSON-RPC alone, and streams.
async fn own(request: Request<Peeked<Body>>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.into_body().collect().await.unwrap().to_bytes();
    let said = |kind: &str, text: String| {
        let answer = Response::builder().header("content-type", kind);
        Ok(answer.body(Body::from(Bytes::from(text))).unwrap())
    };
    if head.uri.path() == "/.well-known/agent-card.json" {
        return said(
            "application/json",
            r#"{"name":"own","skills":[]}"#.to_owned(),
        );
    }
    assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/"));
    let call: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let (id, parts) = (&call["id"], &call["params"]["message"]["parts"]);
    let message =
        format!(r#"{{"message":{{"messageId":"m","role":"ROLE_AGENT","parts":{parts}}}}}"#);
    let result = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{message}}}"#);
    match call["method"].as_str() {
        Some("SendMessage") => said("application/json", result),
        Some("SendStreamingMessage") => said("text/event-stream", format!("data: {result}\n\n")),
        _ => panic!("{call}"),
    }
}

#[tokio::test]
async fn ones_own_service_speaks_every_binding_and_version() {
    let gateway = A2aGateway::expose(service_fn(own)).build().unwrap();
    let (_, answer) = ask(&gateway, request("/", &[V1], &sends(""))).await;
    assert_eq!(name(&answer), Some("hi"));
    let body = r#"{"message":{"messageId":"1","role":"ROLE_USER","parts":[{"text":"rest"}]}}"#;
    let (_, answer) = ask(&gateway, request("/message:send", &[V1], body)).await;
    assert_eq!(answer["message"]["parts"][0]["text"], "rest", "{answer}");
    let (_, _, stream) = whole(&gateway, request("/message:stream", &[V1], body)).await;
    let stream = std::str::from_utf8(&stream).unwrap();
    assert!(
        stream.starts_with("data:") && stream.contains("rest"),
        "{stream}"
    );
    let old = r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"kind":"message","messageId":"1","role":"user","parts":[{"kind":"text","text":"old"}]}}}"#;
    let (_, answer) = ask(&gateway, request("/", &[], old)).await;
    assert_eq!(answer["result"]["parts"][0]["text"], "old", "{answer}");
    let (_, card) = ask(&gateway, request("/.well-known/agent-card.json", &[], "")).await;
    let offered = card["supportedInterfaces"].as_array().unwrap().len();
    assert_eq!(offered, if cfg!(feature = "grpc") { 6 } else { 4 });
}

#[tokio::test]
async fn a_stream_by_tenant_passes_and_its_agent_is_told_of_no_tenant() {
    let planner = planner();
    let gateway = A2aGateway::builder()
        .agent("own", crate::gateway::expose(service_fn(own)))
        .agent("planner", planner.agent.clone())
        .build()
        .unwrap();
    let sent = sends(r#""tenant":"own","#).replace("SendMessage", "SendStreamingMessage");
    let (_, headers, stream) = whole(&gateway, request("/", &[V1], &sent)).await;
    assert_eq!(headers["content-type"], "text/event-stream");
    let stream = std::str::from_utf8(&stream).unwrap();
    assert!(
        stream.starts_with("data:") && stream.contains(r#""text":"hi""#),
        "{stream}"
    );
}
