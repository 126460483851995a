//! When memory runs short.

use agentgateway_tests::{Process, get, post};
use http::StatusCode;
use serde_json::{Value, json};

/// Fault H57: with a soft limit that is crossed, requests are shed in their protocol's own form, and the admin listener answers as ever.
#[tokio::test(flavor = "multi_thread")]
async fn requests_are_shed_when_memory_is_used_up() {
    // The process has more than this from its start.
    let arguments = [
        ["--memory-limit", "1"],
        ["--a2a-port", "0"],
        ["--mcp-port", "0"],
        ["--llm-port", "0"],
        ["--admin", "127.0.0.1:0"],
    ];
    let process = Process::start(&arguments.concat(), &[]).await;
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {} });
    let headers = [("accept", "application/json, text/event-stream")];
    let url = process.url("mcp");
    let shed = post(&url, &headers, body.to_string()).await;
    assert_eq!(shed.status(), StatusCode::SERVICE_UNAVAILABLE, "{shed:?}");
    assert_eq!(shed.headers()["retry-after"], "1");
    let said: Value = serde_json::from_slice(shed.body()).unwrap();
    assert_eq!(said["error"]["code"], -31503, "{said}");
    let admin = process.url("admin");
    assert_eq!(
        get(&format!("{admin}/livez")).await.status(),
        StatusCode::OK
    );
    process.stop().await;
}
