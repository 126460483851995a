use agentgateway_core::telemetry::{Propagation, TelemetryLayer};
use http::Response;
use tower::{Layer, ServiceExt, service_fn};

use super::support::{JSON, Script, post};
use crate::{
    McpLayer,
    telemetry::McpClient,
    tests_support::{Links, Recorder},
};

const CALL: &str = r#"{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"t","_meta":{"traceparent":"00-0000000000000000000000000000000a-000000000000000b-01"}}}"#;
const ANSWER: &str = r#"{"jsonrpc":"2.0","id":"7","result":{"isError":true}}"#;

#[tokio::test]
async fn spans_are_named_filled_and_tied() {
    let recorder = Recorder::default();
    let _guard = recorder.install();
    let links = Links::default();
    let inner = service_fn(|_: http::Request<_>| async {
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, agentgateway_core::Error>(response.body(Script::of(ANSWER.as_bytes(), 9)).unwrap())
    });
    let inner = TelemetryLayer::client()
        .instrument(McpClient::new())
        .layer(inner);
    let app = TelemetryLayer::server()
        .propagation(Propagation::new(links.clone()))
        .layer(McpLayer::new().layer(inner));
    let answer = app
        .oneshot(post(&[JSON, ("mcp-session-id", "s")], CALL))
        .await
        .unwrap();
    http_body_util::BodyExt::collect(answer.into_body())
        .await
        .unwrap();

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
