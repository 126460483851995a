use std::{convert::Infallible, time::Duration};

use agentgateway_core::{
    BoxError, Error, ErrorKind, Peeked,
    policy::{Decision, Policy},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Channel, Full};
use tokio::time::Instant;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::*;
use crate::McpLayer;

const MODERN: &str = r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;

fn call(tool: &str, meta: &str) -> Request<Full<Bytes>> {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}"{meta}}}}}"#
    );
    Request::post("/mcp")
        .header("content-type", "application/json")
        .body(Full::from(body))
        .unwrap()
}

/// The status and text of an answer, behind limits before a service that answers so.
async fn answered(
    limits: ToolLimits,
    (kind, body): (&'static str, String),
    request: Request<Full<Bytes>>,
) -> (StatusCode, String) {
    let inner = service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let response = Response::builder().header("content-type", kind);
        let response = response.body(Full::<Bytes>::from(body.clone())).unwrap();
        async move { Ok::<_, Infallible>(response) }
    });
    let layers = ServiceBuilder::new()
        .layer(McpLayer::new().max_event_bytes(2048))
        .layer(limits);
    let answer = layers.service(inner).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Fault M26 (part): a result over its limit becomes one that says so.
#[tokio::test]
async fn a_result_that_is_too_large_is_an_error_of_the_tool() {
    let limits = || {
        ToolLimits::new()
            .result_bytes("*", 4096)
            .result_bytes("read_*", 256)
    };
    let result = |size: usize| {
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"result":{{"content":[],"x":"{}"}}}}"#,
            "x".repeat(size)
        )
    };
    let stream = |size: usize| {
        format!(
            "data: {{\"method\":\"notifications/progress\"}}\n\ndata: {}\n\n",
            result(size)
        )
    };
    let (json, events) = ("application/json", "text/event-stream");
    for (kind, body, whole) in [
        (json, result(9), true),
        (json, result(300), false),
        (json, result(100_000), false),
        (events, stream(9), true),
        (events, stream(300), false),
        // Longer than an event may be at all.
        (events, stream(100_000), false),
    ] {
        let (status, text) = answered(limits(), (kind, body.clone()), call("read_a", "")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(text == body, whole, "{text}");
        assert_eq!(
            text.contains("over the limit of 256 bytes"),
            !whole,
            "{text}"
        );
        assert_eq!(text.contains(r#"}],"isError":true}}"#), !whole);
        assert_eq!(text.contains("notifications/progress"), kind == events);
        assert!(!text.contains("error\":{"));
        // Another tool has a limit of its own.
        let (_, text) = answered(limits(), (kind, body.clone()), call("search", "")).await;
        assert_eq!(text == body, body.len() < 2048, "{}", body.len());
    }
    let (_, text) = answered(limits(), (json, result(300)), call("read_a", MODERN)).await;
    assert!(
        text.contains(r#""result":{"resultType":"complete","content""#),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_too_long_is_a_timeout_before_and_within_its_answer() {
    let limits = ToolLimits::new()
        .time("*", Duration::from_secs(60))
        .time("slow_*", Duration::from_secs(90))
        .time("quick", Duration::from_secs(5));
    let silent = service_fn(|_: Request<Peeked<Full<Bytes>>>| async {
        std::future::pending::<()>().await;
        Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
    });
    for (tool, seconds) in [("quick", 5), ("slow_a", 60)] {
        let layers = ServiceBuilder::new()
            .layer(McpLayer::new())
            .layer(limits.clone());
        let begun = Instant::now();
        let answer = layers
            .service(silent)
            .oneshot(call(tool, ""))
            .await
            .unwrap();
        assert_eq!(begun.elapsed(), Duration::from_secs(seconds));
        assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(br#"{"jsonrpc":"2.0","id":7,"error":{"code":-31504"#));
    }
    let streams = service_fn(|_: Request<Peeked<Full<Bytes>>>| async {
        let (sender, body) = Channel::<Bytes, Error>::new(1);
        let mut response = Response::new(body);
        let kind = "text/event-stream".parse().unwrap();
        response.headers_mut().insert("content-type", kind);
        // It lives as long as the answer, and sends nothing.
        response
            .extensions_mut()
            .insert(std::sync::Arc::new(std::sync::Mutex::new(sender)));
        Ok::<_, BoxError>(response)
    });
    let layers = ServiceBuilder::new().layer(McpLayer::new()).layer(limits);
    let answer = layers
        .service(streams)
        .oneshot(call("quick", ""))
        .await
        .unwrap();
    let (_head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains(r#""id":7,"error":{"code":-31504"#), "{text}");
}

struct Shut(ErrorKind);

impl Policy for Shut {
    fn name(&self) -> &str {
        "shut"
    }

    fn decide(&self, _: &mut http::request::Parts) -> Decision {
        Decision::Refuse(Error::new(self.0, "no"))
    }
}

#[tokio::test]
async fn a_policy_is_for_the_tools_that_its_pattern_names() {
    let limits = || {
        ToolLimits::new()
            .policy("search*", Shut(ErrorKind::RateLimited))
            .policy("build", Shut(ErrorKind::Overloaded))
    };
    let fine = || ("application/json", String::from("{}"));
    for (tool, status, code) in [
        ("search_web", 429, "-31429"),
        ("build", 503, "-31503"),
        ("builder", 200, ""),
    ] {
        let (found, text) = answered(limits(), fine(), call(tool, "")).await;
        assert_eq!(found, status, "{tool}");
        assert!(text.contains(code), "{text}");
    }
    // A list names no tool.
    let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#;
    let list = Request::post("/mcp")
        .header("content-type", "application/json")
        .body(Full::from(list))
        .unwrap();
    assert_eq!(answered(limits(), fine(), list).await.0, StatusCode::OK);
}
