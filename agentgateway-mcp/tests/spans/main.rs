//! The spans of calls and attempts, and the trace context that an attempt carries.
//!
//! A package of its own: whether a span is wanted is remembered for the whole process, so every test
//! beside these would have to install the recorder first.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

mod recorder;

use std::sync::{Arc, Mutex};

use agentgateway_core::{
    Error, Peeked,
    telemetry::{Propagation, TelemetryLayer},
};
use agentgateway_mcp::{McpLayer, McpUpstreamLayer, telemetry::McpClient};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use self::recorder::{Links, Recorder};

const CALL: &str = r#"{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"t","_meta":{"traceparent":"00-0000000000000000000000000000000a-000000000000000b-01"}}}"#;
const ANSWER: &str = r#"{"jsonrpc":"2.0","id":"7","result":{"isError":true}}"#;

#[tokio::test]
async fn spans_are_named_filled_and_tied() {
    let recorder = Recorder::default();
    let _guard = recorder.install();
    let links = Links::default();
    let inner = service_fn(|_: Request<_>| async {
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, Error>(response.body(Full::from(ANSWER)).unwrap())
    });
    let inner = TelemetryLayer::client()
        .instrument(McpClient::new())
        .layer(inner);
    let app = TelemetryLayer::server()
        .propagation(Propagation::new(links.clone()))
        .layer(McpLayer::new().layer(inner));
    let answer = app.oneshot(post(CALL)).await.unwrap();
    answer.into_body().collect().await.unwrap();

    let spans = recorder.spans();
    let names: Vec<_> = spans
        .iter()
        .map(|span| span["otel.name"].as_str())
        .collect();
    assert_eq!(names, ["POST", "tools/call t", "tools/call t"]);
    for (span, kind) in spans[1..].iter().zip(["server", "client"]) {
        for (field, value) in [
            ("otel.kind", kind),
            ("mcp.method.name", "tools/call"),
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.name", "t"),
            ("jsonrpc.request.id", "7"),
            ("mcp.session.id", "s"),
            ("error.type", "tool_error"),
            ("otel.status_code", "ERROR"),
            ("agentgateway.end", "complete"),
        ] {
            assert_eq!(span.get(field).map(String::as_str), Some(value), "{field}");
        }
    }
    // The server span's parent is in `_meta`, and the HTTP server's span is linked.
    assert_eq!(links.told(), ["2 under 11", "2 linked to 1"]);
}

fn post(body: &'static str) -> Request<Full<Bytes>> {
    Request::post("http://gateway/mcp")
        .header("content-type", "application/json")
        .header("mcp-session-id", "s")
        .body(Full::from(body))
        .unwrap()
}

/// What the client is handed of a request whose trace is propagated.
async fn sent(upstream: &McpUpstreamLayer, body: &'static str) -> (HeaderMap, Bytes) {
    let seen = Arc::new(Mutex::new(None));
    let client = service_fn({
        let seen = seen.clone();
        move |request: Request<Peeked<Full<Bytes>>>| {
            let seen = seen.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                *seen.lock().unwrap() = Some((head.headers, body));
                Ok::<_, Error>(Response::new(Full::<Bytes>::default()))
            }
        }
    });
    let attempt = TelemetryLayer::client().instrument(McpClient::new());
    let app = McpLayer::new().layer(attempt.layer(upstream.layer(client)));
    let mut request = post(body);
    let propagation = Propagation::new(Links::default());
    request.extensions_mut().insert(propagation);
    app.oneshot(request).await.unwrap();
    seen.lock().unwrap().take().unwrap()
}

const PING: &str = r#" {"jsonrpc":"2.0", "id":1,"method":"ping"}"#;

#[tokio::test]
async fn the_attempts_trace_context_goes_into_the_body() {
    let recorder = Recorder::default();
    let _guard = recorder.install();
    let upstream = McpUpstreamLayer::new("https://mcp.example.org:8443/mcp?k".parse().unwrap());
    let (headers, body) = sent(&upstream, PING).await;
    let parent = headers["traceparent"].to_str().unwrap();
    let expected = format!(
        r#" {{"params":{{"_meta":{{"traceparent":"{parent}"}}}},"jsonrpc":"2.0", "id":1,"method":"ping"}}"#
    );
    assert_eq!(body, expected.as_bytes());
    let attempt = &recorder.spans()[1];
    assert_eq!(attempt["server.address"], "mcp.example.org");
    assert_eq!(attempt["server.port"], "8443");

    assert_eq!(
        sent(&upstream.clone().carry_trace(false), PING).await.1,
        PING
    );
    let note = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(sent(&upstream, note).await.1, note);
}
