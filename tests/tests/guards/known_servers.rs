//! What the admin listener tells of servers of MCP.

use agentgateway_tests::{Manifests, Peer, TestGateway, free_port, get};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_listener_tells_what_each_server_was_found_to_speak() {
    let modern = Peer::node("mcp/modern.mjs", &[]).await;
    let legacy = Peer::node("mcp/legacy.mjs", &[]).await;
    let away = free_port();
    let target = |name: &str, port: u16, more: &str| {
        format!("{{name: {name}, static: {{host: 127.0.0.1, port: {port}, path: /mcp{more}}}}}")
    };
    let targets = [
        target("modern", modern.port(), ""),
        target("legacy", legacy.port(), ""),
        target("told", legacy.port(), ", era: Legacy"),
        target("away", away, ""),
    ];
    let spec = format!(
        "{{mcp: {{failureMode: FailOpen, targets: [{}]}}}}",
        targets.join(", ")
    );
    let gateway = TestGateway::serve(&Manifests::default().route("mcp", "/mcp", None, &spec)).await;
    let known = async || -> Vec<Value> {
        let page = get(&format!("{}/mcp", gateway.admin())).await;
        serde_json::from_slice(page.body()).unwrap()
    };
    let before = known().await;
    let names: Vec<_> = before.iter().map(|server| &server["target"]).collect();
    assert_eq!(names, ["away", "legacy", "modern", "told"]);
    assert!(before.iter().all(|server| server.get("found").is_none()));
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {},
                       "clientInfo": {"name": "test", "version": "1"}});
    let hello = call(&gateway.url("mcp"), None, "initialize", hello).await;
    assert_eq!(status(&hello), StatusCode::OK, "{hello:?}");
    let after = known().await;
    let [away_one, legacy, modern, told] = &after[..] else {
        panic!("{after:?}")
    };
    assert_eq!(
        (&modern["modern"], &modern["told"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&legacy["modern"], &told["modern"]),
        (&json!(false), &json!(false))
    );
    assert!(modern["found"].is_string() && legacy["found"].is_string());
    assert_eq!(told["told"], true);
    assert!(told.get("failed").is_none(), "{told}");
    let failure = away_one["failure"].as_str().unwrap();
    assert!(failure.contains(&format!("127.0.0.1:{away}")), "{failure}");
    assert!(away_one["failed"].is_string() && away_one.get("modern").is_none());
}
