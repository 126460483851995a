//! Policies of manifests that decide who may call, with real protocols behind them.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod callers;
mod closed;
mod copies;

use agentgateway_tests::{Manifests, TestGateway, post};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

/// A gateway with these objects before the demo's servers.
async fn guarded(objects: &str) -> (TestGateway, TestGateway) {
    let servers = TestGateway::demo().await;
    let (mcp, llm, a2a) = (
        servers.addr("mcp").port(),
        servers.addr("llm").port(),
        servers.addr("a2a").port(),
    );
    let mcp =
        format!("{{mcp: {{targets: [{{name: demo, static: {{host: 127.0.0.1, port: {mcp}}}}}]}}}}");
    let llm = format!(
        "{{ai: {{groups: [{{providers: [{{name: demo, host: 127.0.0.1, port: {llm}, openai: {{}}}}]}}]}}}}"
    );
    let a2a = format!("{{static: {{host: 127.0.0.1, port: {a2a}}}}}");
    let manifests = Manifests::default()
        .route("mcp", "/", None, &mcp)
        .route("llm", "/", None, &llm)
        .route("a2a", "/", None, &a2a)
        .and(objects);
    (TestGateway::serve(&manifests).await, servers)
}

async fn call(url: &str, key: Option<&str>, method: &str, params: Value) -> Response<Bytes> {
    let bearer = key.map(|key| format!("Bearer {key}"));
    let mut headers = vec![("accept", "application/json, text/event-stream")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    post(&format!("{url}/mcp"), &headers, body.to_string()).await
}

fn said(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn status(response: &Response<Bytes>) -> StatusCode {
    response.status()
}
