use http::Response;
use serde_json::{Value, json};

use agentgateway_core::Body;

use super::Tools;
use crate::demo::tests::{ask, bytes, events, json};

async fn post(headers: &[(&str, &str)], body: Value) -> Response<Body> {
    ask(&Tools::new(), "POST", "/mcp", headers, &body).await
}

async fn legacy(method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let answer = post(&[("mcp-protocol-version", "2025-11-25")], message).await;
    assert_eq!(answer.status(), 200);
    json(answer).await
}

fn modern(method: &str, params: Value) -> Value {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": "one", "method": method, "params": params})
}

const VERSION: (&str, &str) = ("mcp-protocol-version", "2026-07-28");

#[tokio::test(start_paused = true)]
async fn agrees_on_the_clients_revision_or_offers_the_latest() {
    for (asked, agreed) in [
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {}});
        let message = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = post(&[], message).await;
        assert!(!answer.headers().contains_key("mcp-session-id"));
        assert_eq!(json(answer).await["result"]["protocolVersion"], agreed);
    }
}

#[tokio::test(start_paused = true)]
async fn legacy_requests_have_results_without_the_modern_members() {
    assert_eq!(legacy("ping", json!({})).await["result"], json!({}));
    let tools = &legacy("tools/list", json!({})).await["result"];
    assert_eq!(tools["tools"].as_array().unwrap().len(), 3);
    assert!(tools.get("resultType").is_none());
    let unknown = legacy("resources/read", json!({"uri": "demo://none"})).await;
    assert_eq!(unknown["error"]["code"], -32002);
    assert_eq!(
        legacy("completion/complete", json!({})).await["error"]["code"],
        -32601
    );
    assert_eq!(
        legacy("tools/list", json!({"cursor": "x"})).await["error"]["code"],
        -32602
    );
}

#[tokio::test(start_paused = true)]
async fn accepts_notifications_and_answers() {
    let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answer = post(&[], note).await;
    assert_eq!(answer.status(), 202);
    assert!(bytes(answer).await.is_empty());
    let response = json!({"jsonrpc": "2.0", "id": 1, "result": {}});
    assert_eq!(post(&[], response).await.status(), 202);
}

#[tokio::test(start_paused = true)]
async fn serves_batches_in_the_revision_that_has_them() {
    let call = json!({"name": "add", "arguments": {"a": 1, "b": 2}});
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": "2", "method": "tools/call", "params": call},
        {"jsonrpc": "2.0", "id": 3, "method": "initialize", "params": {}},
    ]);
    let answers = json(post(&[], batch.clone()).await).await;
    assert_eq!(answers.as_array().unwrap().len(), 3);
    assert_eq!(answers[1]["result"]["structuredContent"], json!({"sum": 3}));
    assert_eq!(answers[2]["error"]["code"], -32600);
    let later = post(&[("mcp-protocol-version", "2025-06-18")], batch).await;
    assert_eq!(later.status(), 400);
}

#[tokio::test(start_paused = true)]
async fn calls_tools() {
    let said = legacy(
        "tools/call",
        json!({"name": "echo", "arguments": {"text": "é 🦀"}}),
    )
    .await;
    assert_eq!(said["result"]["content"][0]["text"], "é 🦀");
    let sum = json!({"name": "add", "arguments": {"a": i64::MAX, "b": 1.5}});
    assert!(legacy("tools/call", sum).await["result"]["structuredContent"]["sum"].is_f64());
    for arguments in [
        json!({"a": 1}),
        json!({"a": 1, "b": "2"}),
        json!({"a": 1e308, "b": 1e308}),
    ] {
        let call = json!({"name": "add", "arguments": arguments});
        assert_eq!(legacy("tools/call", call).await["result"]["isError"], true);
    }
    let call = json!({"name": "count", "arguments": {"to": 101}});
    assert_eq!(legacy("tools/call", call).await["result"]["isError"], true);
    assert_eq!(
        legacy("tools/call", json!({"name": "no"})).await["error"]["code"],
        -32602
    );
}

#[tokio::test(start_paused = true)]
async fn count_streams_its_progress_to_those_who_asked() {
    let params = json!({"name": "count", "arguments": {"to": 3}, "_meta": {"progressToken": "t"}});
    let message = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params});
    let both = ("accept", "application/json, text/event-stream");
    let events = events(post(&[both], message.clone()).await).await;
    let events: Vec<Value> = events
        .iter()
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(events.len(), 4);
    assert_eq!(events[1]["params"]["progressToken"], "t");
    assert_eq!(events[1]["params"]["progress"], 2);
    assert_eq!(events[3]["id"], 9);
    assert_eq!(events[3]["result"]["content"][0]["text"], "Counted to 3.");
    let plain = json(post(&[("accept", "application/json")], message).await).await;
    assert_eq!(plain, events[3]);
}

#[tokio::test(start_paused = true)]
async fn has_no_streams_to_get_and_no_sessions_to_delete() {
    for method in ["GET", "DELETE", "PUT"] {
        let answer = ask(&Tools::new(), method, "/mcp", &[], &Value::Null).await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "POST");
    }
    let path = "/.well-known/oauth-protected-resource/mcp";
    assert_eq!(
        ask(&Tools::new(), "GET", path, &[], &Value::Null)
            .await
            .status(),
        404
    );
}

#[tokio::test(start_paused = true)]
async fn modern_results_say_what_they_are_and_how_long_they_hold() {
    for method in [
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
    ] {
        let headers = [VERSION, ("mcp-method", method)];
        let answer = json(post(&headers, modern(method, json!({}))).await).await;
        let result = &answer["result"];
        assert_eq!(answer["id"], "one");
        assert_eq!(result["resultType"], "complete");
        assert_eq!(result["cacheScope"], "public");
        assert!(result["ttlMs"].as_u64().unwrap() > 0);
        assert!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"].is_string());
    }
    let call = modern(
        "tools/call",
        json!({"name": "echo", "arguments": {"text": "hi"}}),
    );
    let headers = [
        VERSION,
        ("mcp-method", "tools/call"),
        ("mcp-name", "=?base64?ZWNobw==?="),
    ];
    let result = &json(post(&headers, call).await).await["result"];
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["content"][0]["text"], "hi");
    assert!(result.get("ttlMs").is_none());
}

#[tokio::test(start_paused = true)]
async fn modern_requests_must_agree_with_their_headers() {
    let list = modern("tools/list", json!({}));
    let call = modern(
        "tools/call",
        json!({"name": "echo", "arguments": {"text": "x"}}),
    );
    let method = ("mcp-method", "tools/list");
    let mut no_meta = list.clone();
    no_meta["params"]["_meta"] = json!({});
    let mut no_capabilities = list.clone();
    no_capabilities["params"]["_meta"]
        .as_object_mut()
        .unwrap()
        .remove("io.modelcontextprotocol/clientCapabilities");
    let mut future = list.clone();
    future["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let cases: [(&[(&str, &str)], &Value, u16, i64); 9] = [
        (&[method], &list, 400, -32020),
        (&[VERSION], &list, 400, -32020),
        (&[VERSION, ("mcp-method", "tools/call")], &list, 400, -32020),
        (
            &[("mcp-protocol-version", "2025-11-25"), method],
            &list,
            400,
            -32020,
        ),
        (&[VERSION, ("mcp-method", "tools/call")], &call, 400, -32020),
        (
            &[VERSION, ("mcp-method", "tools/call"), ("mcp-name", "Echo")],
            &call,
            400,
            -32020,
        ),
        (&[VERSION, method], &no_meta, 400, -32602),
        (&[VERSION, method], &no_capabilities, 400, -32602),
        (
            &[("mcp-protocol-version", "2099-01-01"), method],
            &future,
            400,
            -32022,
        ),
    ];
    for (headers, message, status, code) in cases {
        let answer = post(headers, message.clone()).await;
        assert_eq!(answer.status(), status, "{headers:?}");
        assert_eq!(json(answer).await["error"]["code"], code, "{headers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn modern_knows_no_removed_methods() {
    for method in [
        "ping",
        "initialize",
        "logging/setLevel",
        "subscriptions/listen",
    ] {
        let answer = post(
            &[VERSION, ("mcp-method", method)],
            modern(method, json!({})),
        )
        .await;
        assert_eq!(answer.status(), 404);
        assert_eq!(json(answer).await["error"]["code"], -32601);
    }
}

#[tokio::test(start_paused = true)]
async fn takes_any_json_without_a_panic() {
    for body in [
        json!([]),
        json!("x"),
        json!({}),
        json!([null]),
        json!({"jsonrpc": "2.0", "id": null, "method": "ping"}),
        json!({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [1]}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 1}}),
    ] {
        let answer = post(&[], body.clone()).await;
        assert!(json(answer).await.to_string().contains("error"), "{body}");
        let answer = post(&[VERSION], body.clone()).await;
        assert!(json(answer).await.to_string().contains("error"), "{body}");
    }
}
