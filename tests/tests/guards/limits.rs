//! How much may be asked.

use super::*;

/// A policy of the listener of models or of servers of tools.
fn limited(listener: &str, limit: &str) -> String {
    let field = format!("traffic:\n    rateLimit: {limit}");
    policy("limits", &of_listener(listener), &field)
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_above_the_rate_are_refused_in_the_protocols_form() {
    let limit = "{local: [{requests: 2, unit: Hours, burst: 1}]}";
    let (gateway, _servers) = before_demo(&limited("mcp", limit)).await;
    let url = gateway.url("mcp");
    // Two, and one more at once.
    for _ in 0..3 {
        let answer = call(&url, None, "tools/list", json!({})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
    }
    let refused = call(&url, None, "tools/list", json!({})).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    let told = said(&refused);
    assert_eq!(
        (&told["id"], &told["error"]["code"]),
        (&json!(7), &json!(-31429)),
        "{told}"
    );
    // The policy is for one listener.
    let url = gateway.url("llm");
    let other = agentgateway_tests::get(&format!("{url}/v1/models")).await;
    assert_ne!(other.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_limit_whose_condition_holds_counts() {
    let limit = r#"
      conditional:
      - condition: mcp.method == "tools/call"
        policy: {local: [{requests: 1, unit: Hours}]}
      - policy: {local: [{requests: 3, unit: Hours}]}"#;
    let (gateway, _servers) = before_demo(&limited("mcp", limit)).await;
    let url = gateway.url("mcp");
    let tool = async || {
        let echo = json!({ "name": "echo", "arguments": {} });
        call(&url, None, "tools/call", echo).await.status()
    };
    assert_eq!(tool().await, StatusCode::OK);
    assert_eq!(tool().await, StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..3 {
        let list = call(&url, None, "tools/list", json!({})).await;
        assert_eq!(list.status(), StatusCode::OK);
    }
    let list = call(&url, None, "tools/list", json!({})).await;
    assert_eq!(list.status(), StatusCode::TOO_MANY_REQUESTS);
}

/// A key may ask about the call; what it says null about is not counted.
#[tokio::test(flavor = "multi_thread")]
async fn each_tool_counts_by_itself() {
    let limit = r#"{local: [{requests: 1, unit: Hours, key: 'has(mcp.tool) ? mcp.tool : null'}]}"#;
    let (gateway, _servers) = before_demo(&limited("mcp", limit)).await;
    let url = gateway.url("mcp");
    let tool = async |name: &str| {
        let params = json!({ "name": name, "arguments": {} });
        call(&url, None, "tools/call", params).await.status()
    };
    for name in ["echo", "another"] {
        assert_eq!(tool(name).await, StatusCode::OK);
        assert_eq!(tool(name).await, StatusCode::TOO_MANY_REQUESTS);
    }
    for _ in 0..2 {
        let list = call(&url, None, "tools/list", json!({})).await;
        assert_eq!(list.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_count_when_they_are_used() {
    let limit = "{local: [{tokens: 1, unit: Hours}]}";
    let (gateway, _servers) = before_demo(&limited("llm", limit)).await;
    let url = format!("{}/v1/chat/completions", gateway.url("llm"));
    let ask = async || {
        let body = json!({ "model": "demo", "messages": [{ "role": "user", "content": "hello" }] });
        post(&url, &[], body.to_string()).await
    };
    let first = ask().await;
    assert_eq!(first.status(), StatusCode::OK, "{first:?}");
    assert!(said(&first)["usage"]["total_tokens"].as_u64() > Some(1));
    let second = ask().await;
    assert_eq!(second.status(), StatusCode::TOO_MANY_REQUESTS, "{second:?}");
    assert!(said(&second)["error"].is_object());
}
