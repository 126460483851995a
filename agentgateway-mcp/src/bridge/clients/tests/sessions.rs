use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    seal::Sealer,
    store::{Later, MemorySessions, SessionStore, StoreError},
};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::support::*;
use crate::bridge::LegacyClients;

const PING: &str = r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#;

fn echo() -> (crate::upstream::McpServer, Log) {
    server(|seen| now(seen.result(&json!({"resultType": "complete", "content": []}))))
}

#[tokio::test]
async fn initialize_says_what_discover_does() {
    let (server, log) = echo();
    let client = client(server);
    for (proposed, agreed) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2024-11-05"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let hello = format!(
            r#"{{"jsonrpc":"2.0","id":"a","method":"initialize","params":{{"protocolVersion":"{proposed}",
            "capabilities":{{"sampling":{{}},"tasks":{{}}}},"clientInfo":{{"name":"c","version":"1.0"}}}}}}"#
        );
        let answer = client.post(&hello).await;
        assert_eq!(answer.status(), 200);
        let session = answer.headers()["mcp-session-id"].to_str().unwrap();
        assert!(session.bytes().all(|byte| matches!(byte, 0x21..=0x7e)));
        let answer: Value = serde_json::from_str(&body(answer).await).unwrap();
        let expected = json!({
            "protocolVersion": agreed, "serverInfo": {"name": "s", "version": "3"},
            "instructions": "be kind", "odd": 1,
            "capabilities": {
                "tools": {"listChanged": true}, "resources": {"subscribe": true}, "logging": {},
                "prompts": {}, "mine": {"x": 1}, "extensions": {"io.example/ui": {}},
            },
            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "s", "version": "3"}, "k": 1},
        });
        assert_eq!(
            answer,
            json!({"jsonrpc": "2.0", "id": "a", "result": expected})
        );
    }
    let seen = &log.all()[0];
    assert_eq!(seen.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(seen.header("mcp-method"), Some("server/discover"));
    assert_eq!(seen.meta("clientCapabilities"), &json!({"sampling": {}}));
    assert_eq!(
        seen.meta("clientInfo"),
        &json!({"name": "c", "version": "1.0"})
    );
}

#[tokio::test]
async fn a_client_that_says_too_much_of_itself_is_refused() {
    let (server, _) = echo();
    let builder = LegacyClients::builder().max_greeting_bytes(64);
    let client = client_of(builder, server, &Sealer::random());
    let hello = |capabilities: &str, name: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"capabilities":
            {{"{capabilities}":{{}}}},"clientInfo":{{"name":"{name}","version":"1"}}}}}}"#
        )
    };
    assert_eq!(
        client.post(&hello("a", &"n".repeat(99))).await.status(),
        200
    );
    assert_eq!(
        client.post(&hello(&"a".repeat(99), "n")).await.status(),
        400
    );
}

#[tokio::test]
async fn what_is_of_sessions_alone_is_answered_here() {
    let (server, log) = echo();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    assert_eq!(
        client.ask(PING).await,
        json!({"jsonrpc": "2.0", "id": "p", "result": {}})
    );
    for method in [
        "notifications/initialized",
        "notifications/roots/list_changed",
    ] {
        let text = format!(r#"{{"jsonrpc":"2.0","method":"{method}"}}"#);
        let answer = client.post(&text).await;
        assert_eq!(answer.status(), 202);
        assert_eq!(body(answer).await, "");
    }
    let level = |level: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{{"level":"{level}"}}}}"#
        )
    };
    assert_eq!(client.ask(&level("loud")).await["error"]["code"], -32602);
    client.post(CALL).await;
    assert_eq!(client.ask(&level("debug")).await["result"], json!({}));
    client.post(CALL).await;
    let calls = log.of("tools/call");
    assert_eq!(calls[0].meta("logLevel"), &Value::Null);
    assert_eq!(calls[1].meta("logLevel"), "debug");
    assert_eq!(log.all().len(), 3);
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn requests_go_on_as_those_of_2026_07_28() {
    let (server, log) = echo();
    let capabilities = json!({"elicitation": {}, "roots": {"listChanged": true}, "tasks": {}});
    let client = client(server).initialized("2025-06-18", capabilities).await;
    let call = concat!(
        r#"{"jsonrpc":"2.0", "id":7.0,"method":"tools/call","x":1e2,"params":{"name":"tö","#,
        r#""arguments":{"n":1.00},"_meta":{"progressToken":3}}}"#
    );
    let answer = client.send("POST", &[("mcp-param-x", "1")], call).await;
    assert_eq!(
        body(answer).await,
        r#"{"id":7.0,"jsonrpc":"2.0","result":{"content":[]}}"#
    );
    let seen = &log.of("tools/call")[0];
    assert_eq!(seen.header("mcp-method"), Some("tools/call"));
    assert_eq!(seen.header("mcp-name"), Some("=?base64?dMO2?="));
    assert_eq!(seen.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(seen.header("mcp-session-id"), None);
    assert_eq!(seen.header("mcp-param-x"), None);
    let expected = json!({"elicitation": {}, "roots": {"listChanged": true}});
    assert_eq!(seen.meta("clientCapabilities"), &expected);
    assert_eq!(seen.body["params"]["_meta"]["progressToken"], 3);
    for kept in [r#""id":7.0"#, r#""x":1e2"#, r#""n":1.00"#] {
        assert!(seen.text.contains(kept), "{}", seen.text);
    }
    let first = seen.session.clone().unwrap();
    client.post(CALL).await;
    assert_eq!(log.all().last().unwrap().session, Some(first));
}

#[tokio::test]
async fn a_session_that_the_server_names_is_not_the_clients() {
    let (server, _) = server(|seen| {
        let mut answer = match seen.method() {
            "tools/list" => events(
                &[json!({"jsonrpc": "2.0", "id": 7, "result": {"tools": []}})],
                false,
            ),
            _ => seen.result(&json!({"content": []})),
        };
        let session = http::HeaderValue::from_static("x");
        answer.headers_mut().insert("mcp-session-id", session);
        now(answer)
    });
    let client = client(server).initialized("2025-11-25", json!({})).await;
    for text in [CALL, r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#] {
        assert_eq!(
            client.post(text).await.headers().get("mcp-session-id"),
            None
        );
    }
}

/// What a server is down for does not tell a client that its session is gone.
#[tokio::test]
async fn only_a_session_that_is_gone_is_not_found() {
    let (gone, sealer) = (
        Arc::new(std::sync::atomic::AtomicBool::new(false)),
        Sealer::random(),
    );
    let is_gone = gone.clone();
    let service = tower::service_fn(
        move |_: http::Request<agentgateway_core::Peeked<agentgateway_core::Body>>| {
            let error =
                agentgateway_core::Error::new(agentgateway_core::ErrorKind::NotFound, "no route");
            let result = json!({"jsonrpc": "2.0", "id": "agw-discover", "result": discovered()});
            let gone = is_gone.load(std::sync::atomic::Ordering::Relaxed);
            std::future::ready(if gone {
                Err(error)
            } else {
                Ok(reply(200, &result))
            })
        },
    );
    let client = client_of(
        LegacyClients::builder(),
        crate::upstream::McpServer::new(service),
        &sealer,
    );
    let client = client.initialized("2025-11-25", json!({})).await;
    gone.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(client.ask(CALL).await["error"]["code"], -31404);
    let odd = r#"{"jsonrpc":"2.0","method":"notifications/odd"}"#;
    assert_eq!(client.post(odd).await.status(), 202);
    assert_eq!(client.send("GET", &[], "").await.status(), 502);
}

#[tokio::test]
async fn a_request_without_a_session_or_of_an_unknown_revision_is_refused() {
    let (server, _) = echo();
    let mut client = client(server);
    let refused = client.post(PING).await;
    assert_eq!(refused.status(), 400);
    assert!(body(refused).await.contains(r#""id":"p""#));
    client = client.initialized("2025-11-25", json!({})).await;
    client.version = None;
    assert_eq!(client.post(PING).await.status(), 200);
    client.version = Some("2025-01-01");
    let refused = client.post(PING).await;
    assert_eq!(refused.status(), 400);
    let refused: Value = serde_json::from_str(&body(refused).await).unwrap();
    assert_eq!(refused["error"]["code"], -32022);
    assert_eq!(refused["error"]["data"]["requested"], "2025-01-01");
    assert_eq!(refused["error"]["data"]["supported"][0], "2026-07-28");
}

/// Fault M13: a session that another caller brings is not there for that one.
#[tokio::test]
async fn the_session_of_another_caller_is_not_there() {
    let (server, log) = echo();
    let mut client = client(server).initialized("2025-11-25", json!({})).await;
    client.who = "mallory";
    for (method, text) in [("POST", CALL), ("POST", PING), ("DELETE", "")] {
        let refused = client.send(method, &[], text).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{method}");
    }
    client.who = "alice";
    assert_eq!(client.post(PING).await.status(), 200);
    assert_eq!(log.of("tools/call").len(), 0);
}

/// Fault M14: a session's id that was changed, is of another gateway's key, or has expired: 404, so that the
/// client begins anew.
#[tokio::test]
async fn a_session_that_was_changed_or_has_expired_is_not_there() {
    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_secs(3601)
    }
    let sealer = Sealer::random();
    let builder = || LegacyClients::builder().session_lifetime(Duration::from_secs(3600));
    let opened = client_of(builder(), echo().0, &sealer);
    let opened = opened.initialized("2025-11-25", json!({})).await;
    let session = opened.session.clone().unwrap();
    let other = |builder, sealer: &Sealer, session: &str| {
        let mut client = client_of(builder, echo().0, sealer);
        client.session = Some(session.to_owned());
        client
    };
    // Any replica with the key serves it.
    assert_eq!(
        other(builder(), &sealer, &session)
            .post(PING)
            .await
            .status(),
        200
    );
    assert_eq!(
        other(builder().clock(later), &sealer, &session)
            .post(PING)
            .await
            .status(),
        404
    );
    assert_eq!(
        other(builder(), &Sealer::random(), &session)
            .post(PING)
            .await
            .status(),
        404
    );
    for at in [0, 1, 40, session.len() / 2, session.len() - 2] {
        let mut changed = session.clone().into_bytes();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        let refused = other(builder(), &sealer, &changed).post(PING).await;
        assert_eq!(refused.status(), 404, "{at}");
    }
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_there_in_any_replica() {
    let (sealer, store) = (Sealer::random(), Arc::new(MemorySessions::new()));
    let replica = || LegacyClients::new(echo().0, sealer.clone(), store.clone());
    let one = client(echo().0).in_front(replica());
    let one = one.initialized("2025-11-25", json!({})).await;
    let mut other = client(echo().0).in_front(replica());
    other.session = one.session.clone();
    assert_eq!(other.post(PING).await.status(), 200);
    assert_eq!(
        one.send("DELETE", &[], "").await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(one.post(PING).await.status(), 404);
    assert_eq!(other.post(PING).await.status(), 404);
    assert_eq!(one.send("DELETE", &[], "").await.status(), 404);
}

/// Fault M44: clients of both eras at one gateway: each is served as its own, and none sees the other's state.
#[tokio::test]
async fn clients_of_both_eras_are_served_side_by_side() {
    let (server, log) = echo();
    let legacy = client(server)
        .initialized("2025-11-25", json!({"sampling": {}}))
        .await;
    let mut modern = legacy.clone();
    modern.version = Some("2026-07-28");
    let call = concat!(
        r#"{"jsonrpc":"2.0","id":1, "method":"tools/call","params":{"name":"t","_meta":{"#,
        r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
        r#""io.modelcontextprotocol/clientCapabilities":{}}}}"#
    );
    // What is of sessions is of no meaning to it, even where it names one.
    let answer = modern
        .send("POST", &[("mcp-method", "tools/call")], call)
        .await;
    let expected = r#"{"id":1,"jsonrpc":"2.0","result":{"content":[],"resultType":"complete"}}"#;
    assert_eq!(body(answer).await, expected);
    let seen = log.all().pop().unwrap();
    assert_eq!(seen.text, call);
    assert!(seen.session.is_none());
    legacy.post(CALL).await;
    assert_eq!(
        log.all().pop().unwrap().meta("clientCapabilities"),
        &json!({"sampling": {}})
    );
    let hello = modern
        .post(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#)
        .await;
    assert_eq!(hello.headers().get("mcp-session-id"), None);
    assert_eq!(log.of("initialize").len(), 1);
    for method in ["GET", "DELETE"] {
        let refused = modern.send(method, &[], "").await;
        assert_eq!(refused.status(), 405, "{method}");
        assert_eq!(refused.headers()["allow"], "POST");
    }
}

#[tokio::test]
async fn a_revision_that_nobody_knows_is_the_servers_to_refuse() {
    let (server, log) = server(|seen| now(seen.error(400, -32022, &json!({}))));
    let mut client = client(server);
    client.version = Some("v999.0.0");
    let ask = concat!(
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"#,
        r#""io.modelcontextprotocol/protocolVersion":"v999.0.0"}}}"#
    );
    assert_eq!(client.post(ask).await.status(), 400);
    assert_eq!(log.all()[0].text, ask);
}

/// A store that is away.
struct Away;

impl SessionStore for Away {
    fn put(&self, _: &str, _: Bytes, _: Duration) -> Later<Result<(), StoreError>> {
        Later::Now(Err(StoreError::Away))
    }

    fn get(&self, _: &str) -> Later<Result<Option<Bytes>, StoreError>> {
        Later::Now(Err(StoreError::Away))
    }

    fn remove(&self, _: &str) -> Later<Result<(), StoreError>> {
        Later::Now(Err(StoreError::Away))
    }
}

#[tokio::test]
async fn whether_a_session_has_ended_is_not_guessed() {
    let (server, log) = echo();
    let clients = LegacyClients::new(server.clone(), Sealer::random(), Arc::new(Away));
    let client = client(server).in_front(clients);
    let client = client.initialized("2025-11-25", json!({})).await;
    let answer = client.post(CALL).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(log.of("tools/call").is_empty());
}
