use agentgateway_core::seal::Sealer;
use serde_json::{Value, json};

use super::support::*;
use crate::bridge::LegacyClients;

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
    "capabilities":{"sampling":{}},"clientInfo":{"name":"c","version":"1"}}}"#;

/// A client without a session, and what its server sees.
fn alone() -> (Client, Log) {
    let (server, log) = server(|seen| now(seen.result(&json!({"content": []}))));
    let builder = LegacyClients::builder().stateless(true);
    (client_of(builder, server, &Sealer::random()), log)
}

#[tokio::test]
async fn initialize_opens_no_session_and_offers_nothing_that_needs_one() {
    let (client, _) = alone();
    let answer = client.post(HELLO).await;
    assert_eq!(answer.headers().get("mcp-session-id"), None);
    let answer: Value = serde_json::from_str(&body(answer).await).unwrap();
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
    let expected = json!({
        "tools": {}, "resources": {}, "prompts": {}, "mine": {"x": 1},
        "extensions": {"io.example/ui": {}},
    });
    assert_eq!(answer["result"]["capabilities"], expected);
}

#[tokio::test]
async fn each_request_is_served_by_itself_whatever_session_it_names() {
    let (mut client, log) = alone();
    for session in [None, Some("of another replica".to_owned())] {
        client.session = session;
        let answer = client.post(CALL).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers().get("mcp-session-id"), None);
    }
    let calls = log.of("tools/call");
    for seen in &calls {
        assert_eq!(seen.meta("clientCapabilities"), &json!({}));
        assert_eq!(seen.session, None);
    }
    assert_eq!((calls.len(), log.all().len()), (2, 2));
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn what_is_of_sessions_is_refused() {
    let (client, log) = alone();
    for method in ["GET", "DELETE"] {
        let refused = client.send(method, &[], "").await;
        assert_eq!(refused.status(), 405, "{method}");
        assert_eq!(refused.headers()["allow"], "POST");
    }
    for method in ["logging/setLevel", "resources/subscribe"] {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"uri":"a:b","level":"info"}}}}"#
        );
        assert_eq!(client.ask(&text).await["error"]["code"], -32601, "{method}");
    }
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(client.ask(ping).await["result"], json!({}));
    for text in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":"nobody asked","result":{}}"#,
    ] {
        assert_eq!(client.post(text).await.status(), 202);
    }
    assert!(log.all().is_empty());
}

#[tokio::test]
async fn a_revision_that_is_not_spoken_is_refused_without_a_session_too() {
    let (mut client, _) = alone();
    client.version = Some("2025-01-01");
    assert_eq!(client.post(CALL).await.status(), 400);
    client.version = None;
    assert_eq!(client.post(CALL).await.status(), 200);
}

#[tokio::test]
async fn a_server_that_asks_is_told_that_nobody_can_be_asked() {
    let (server, _) = server(|seen| {
        let needs = json!({"requiredCapabilities": {"elicitation": {}}});
        now(seen.error(400, -32021, &needs))
    });
    let builder = LegacyClients::builder().stateless(true);
    let client = client_of(builder, server, &Sealer::random());
    let answer = client.ask(CALL).await;
    assert_eq!(answer["result"]["isError"], true, "{answer}");
}
