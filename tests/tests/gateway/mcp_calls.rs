//! What metrics tell of calls of MCP.

use agentgateway_tests::{Manifests, Peer, TestGateway, get, post};

const TEXT: &str = "application/json, text/event-stream";

async fn modern(url: &str, tool: &str) {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},
            "_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    );
    let headers = [
        ("accept", TEXT),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", tool),
    ];
    post(url, &headers, body).await;
}

async fn legacy(url: &str, tool: &str) {
    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
        "capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;
    let answer = post(url, &[("accept", TEXT)], hello).await;
    let session = answer.headers()["mcp-session-id"].to_str().unwrap();
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"{tool}","arguments":{{}}}}}}"#
    );
    let headers = [
        ("accept", TEXT),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-session-id", session),
    ];
    post(url, &headers, call).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_by_method_server_and_tool() {
    let peer = Peer::node("mcp/legacy.mjs", &[]).await;
    let target = |name, port| {
        format!(
            "{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp, \
             protocol: StreamableHTTP}}}}"
        )
    };
    let (one, away) = (target("one", peer.port()), target("away", 1));
    let backend = format!("{{mcp: {{failureMode: FailOpen, targets: [{one}, {away}]}}}}");
    let gateway =
        TestGateway::serve(&Manifests::default().route("mcp", "/mcp", None, &backend)).await;
    let url = format!("{}/mcp", gateway.url("mcp"));
    modern(&url, "one_test_simple_text").await;
    legacy(&url, "one_test_simple_text").await;
    modern(&url, "away_search").await;
    modern(&url, "nobodys").await;
    let page = get(&format!("{}/metrics", gateway.admin())).await;
    let page = String::from_utf8(page.body().to_vec()).unwrap();
    for (target, tool, outcome, count) in [
        ("one", "one_test_simple_text", "complete", 2),
        ("away", "_OTHER", "failed", 1),
        ("", "_OTHER", "error", 1),
    ] {
        let line = format!(
            "agentgateway_mcp_calls_total{{method=\"tools/call\",target=\"{target}\",\
             tool=\"{tool}\",outcome=\"{outcome}\"}} {count}\n"
        );
        assert!(page.contains(&line), "no {line} in {page}");
    }
}
