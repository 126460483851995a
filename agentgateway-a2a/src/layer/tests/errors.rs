use std::time::Duration;

use agentgateway_core::{Error, ErrorKind};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;

use super::support::{exchange, get, json, post, rpc};
use crate::A2aLayer;

#[tokio::test]
async fn refuses_what_is_no_message_within_json_rpc() {
    for (body, id, code) in [
        ("{", "null", -32700),
        ("[]", "null", -32600),
        (
            r#"[{"jsonrpc":"2.0","id":1,"method":"GetTask"}]"#,
            "null",
            -32600,
        ),
        (
            r#"{"jsonrpc":"1.0","id":7,"method":"GetTask"}"#,
            "7",
            -32600,
        ),
        (
            r#"{"jsonrpc":"2.0","id":"a","method":"GetTask","method":"SendMessage"}"#,
            "\"a\"",
            -32600,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"GetTask"}"#,
            "null",
            -32600,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{},"params":{}}"#,
            "1",
            -32600,
        ),
        (r#"{"jsonrpc":"2.0","id":1.0,"result":{}}"#, "1.0", -32600),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":[]}"#,
            "1",
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"a","id":"b"}}"#,
            "1",
            -32602,
        ),
    ] {
        let exchange = exchange(A2aLayer::new(), rpc(body), json(200, "{}")).await;
        assert!(exchange.seen.is_none(), "{body}");
        assert_eq!(exchange.answer.status(), StatusCode::OK);
        let start = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"#);
        assert!(
            exchange.text().starts_with(&start),
            "{body}: {}",
            exchange.text()
        );
        let told = exchange.only();
        assert_eq!(
            (told.end, told.report.failed, &told.call),
            ("failed", true, &None)
        );
    }
}

#[tokio::test]
async fn says_decisions_of_the_gateway_with_their_status() {
    let limited = || {
        Err(Error::new(ErrorKind::RateLimited, "slow down")
            .with_retry_after(Duration::from_millis(1500)))
    };
    let body = r#"{"jsonrpc":"2.0","id":"q","method":"SendMessage","params":{}}"#;
    let by_rpc = exchange(A2aLayer::new(), rpc(body), limited()).await;
    assert_eq!(by_rpc.answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(by_rpc.answer.headers()["retry-after"], "2");
    assert_eq!(by_rpc.answer.headers()["content-type"], "application/json");
    let start = r#"{"jsonrpc":"2.0","id":"q","error":{"code":-31429,"message":"slow down","data":[{"@type":"#;
    assert!(by_rpc.text().starts_with(start), "{}", by_rpc.text());
    assert_eq!(by_rpc.only().end, "failed");

    let by_rest = exchange(A2aLayer::new(), get("/tasks/t"), limited()).await;
    assert_eq!(by_rest.answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let start = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow down","#;
    assert!(by_rest.text().starts_with(start), "{}", by_rest.text());
}

/// Fault H47 (part): a request body at the limit and over it: 413, the service is not called.
#[tokio::test]
async fn refuses_bodies_over_the_limit_and_in_a_coding() {
    let layer = || A2aLayer::new().max_body_bytes(10);
    let by_rpc = exchange(layer(), rpc("12345678901"), json(200, "{}")).await;
    assert_eq!(by_rpc.answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        by_rpc
            .text()
            .contains(r#""id":null,"error":{"code":-31413"#)
    );
    let by_rest = exchange(
        layer(),
        post("/message:send", "12345678901"),
        json(200, "{}"),
    )
    .await;
    assert_eq!(by_rest.answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(by_rest.text().starts_with(r#"{"error":{"code":413"#));

    let mut coded = rpc("{}");
    coded
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    let refused = exchange(A2aLayer::new(), coded, json(200, "{}")).await;
    assert_eq!(refused.answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(refused.seen.is_none());
}

#[tokio::test]
async fn refuses_http_json_bodies_that_cannot_be_read() {
    for body in ["{", "[]", r#"{"message":{"taskId":1}}"#] {
        let exchange = exchange(
            A2aLayer::new(),
            post("/message:send", body),
            json(200, "{}"),
        )
        .await;
        assert_eq!(exchange.answer.status(), StatusCode::BAD_REQUEST);
        let text = exchange.text();
        assert!(text.contains(r#""status":"INVALID_ARGUMENT""#), "{text}");
        assert!(text.contains(r#""reason":"INVALID_PARAMS""#), "{text}");
    }
}

#[tokio::test]
async fn says_a_failure_to_grpc_in_the_head() {
    let request = Request::post("/lf.a2a.v1.A2AService/GetTask")
        .header("content-type", "application/grpc")
        .body(Full::new(Bytes::new()))
        .unwrap();
    let error = Error::new(ErrorKind::Unavailable, "100 % gone\n");
    let exchange = exchange(A2aLayer::new(), request, Err(error)).await;
    assert_eq!(exchange.answer.status(), StatusCode::OK);
    assert_eq!(exchange.answer.headers()["grpc-status"], "14");
    assert_eq!(exchange.answer.headers()["grpc-message"], "100 %25 gone%0A");
    assert!(exchange.text().is_empty());
}
