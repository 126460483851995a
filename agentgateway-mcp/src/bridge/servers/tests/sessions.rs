use agentgateway_core::ErrorKind;
use serde_json::json;

use super::support::*;
use crate::wire::McpMethod;

#[tokio::test]
async fn a_session_is_opened_once_and_nothing_of_the_newer_revision_goes_on() {
    let script = Script::default();
    let server = script.server().into_server();
    for _ in 0..2 {
        let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
        assert_eq!(status, 200);
        assert_eq!(said[0]["id"], "mine");
        assert_eq!(said[0]["result"]["resultType"], "complete");
        let info = &said[0]["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
        assert_eq!(info["name"], "old");
    }
    let opened = script.sent("initialize");
    assert_eq!(opened.len(), 1);
    assert_eq!(
        opened[0].body["params"]["capabilities"],
        json!({"elicitation": {}, "roots": {}})
    );
    assert_eq!(script.sent("notifications/initialized").len(), 1);
    let calls = script.sent("tools/call");
    assert_eq!(
        calls[0].body["params"],
        json!({"name": "t", "arguments": {"n": 1}})
    );
    assert_ne!(calls[0].body["id"], calls[1].body["id"]);
    let headers = &calls[0].headers;
    assert_eq!(headers["mcp-session-id"], "s1");
    assert_eq!(headers["mcp-protocol-version"], "2025-06-18");
    assert!(!headers.contains_key("mcp-method") && !headers.contains_key("mcp-name"));
}

#[tokio::test]
async fn callers_and_capabilities_have_sessions_of_their_own() {
    let script = Script::default();
    let server = script.server().into_server();
    let list = |who| ask(&McpMethod::TOOLS_LIST, json!({}), who);
    for who in ["alice", "bob", "alice"] {
        server.send(list(who)).await.unwrap();
    }
    assert_eq!(script.sent("initialize").len(), 2);
    let sessions: Vec<_> = script
        .sent("tools/list")
        .iter()
        .map(|seen| seen.headers["mcp-session-id"].clone())
        .collect();
    assert_eq!(sessions, ["s1", "s2", "s1"]);
}

/// Fault M15: a server has lost its session: opened anew, and the call sent again, once.
#[tokio::test]
async fn a_forgotten_session_is_opened_anew() {
    let script = Script::default();
    let server = script.server().into_server();
    script.on("tools/call", status(404));
    let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(
        (status.as_u16(), &said[0]["result"]["done"]),
        (200, &json!("tools/call"))
    );
    assert_eq!(script.sent("initialize").len(), 2);
    let calls = script.sent("tools/call");
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].headers["mcp-session-id"], "s2");

    for _ in 0..2 {
        script.on("tools/call", super::support::status(404));
    }
    let error = server.send(call("t")).await.unwrap_err();
    assert_eq!(error.kind().as_str(), "bad_answer");
    assert_eq!(script.sent("tools/call").len(), 4);
}

#[tokio::test]
async fn a_session_that_a_server_refuses_with_400_is_opened_anew() {
    let of_none = json!({"jsonrpc": "2.0", "id": null,
        "error": {"code": -32000, "message": "Bad Request: No valid session ID provided"}});
    for body in [of_none.to_string(), "no such session".to_owned()] {
        let script = Script::default();
        let server = script.server().into_server();
        server.send(call("t")).await.unwrap();
        script.on("tools/call", bad_request(&body));
        let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(said[0]["result"]["done"], "tools/call");
        assert_eq!(script.sent("initialize").len(), 2);
        assert_eq!(script.sent("tools/call")[2].headers["mcp-session-id"], "s2");
    }
}

#[tokio::test]
async fn a_request_that_a_server_refuses_with_400_is_sent_once() {
    let script = Script::default();
    let server = script.server().into_server();
    let own = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "no"}});
    script.on("", status(405));
    script.on("tools/call", bad_request(&own.to_string()));
    let (_, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(said[0]["error"]["code"], -32602);
    assert_eq!(script.sent("initialize").len(), 1);
    assert_eq!(script.sent("tools/call").len(), 1);
}

fn bad_request(body: &str) -> http::Response<agentgateway_core::Body> {
    let mut answer = status(400);
    *answer.body_mut() = bytes::Bytes::from(body.to_owned()).into();
    answer
}

#[tokio::test]
async fn discover_tells_what_the_server_has_told() {
    let script = Script::default();
    let server = script.server().into_server();
    let discover = ask(&McpMethod::SERVER_DISCOVER, json!({}), "alice");
    let (_, said) = answered(server.send(discover).await.unwrap()).await;
    let result = &said[0]["result"];
    assert_eq!(result["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(
        result["capabilities"],
        json!({"tools": {"listChanged": true}, "logging": {}})
    );
    assert_eq!(
        (&result["ttlMs"], &result["cacheScope"]),
        (&json!(0), &json!("private"))
    );
}

#[tokio::test]
async fn the_number_of_sessions_is_bounded_and_the_oldest_is_ended() {
    let script = Script::default();
    let server = script.server().max_sessions(2).into_server();
    for who in ["a", "b", "c"] {
        let list = ask(&McpMethod::TOOLS_LIST, json!({}), who);
        server.send(list).await.unwrap();
    }
    assert_eq!(ended(&script).await, ["s1"]);
}

#[tokio::test]
async fn a_session_in_use_is_not_ended() {
    let script = Script::default();
    let server = script.server().max_sessions(1).into_server();
    let (_sender, stream) = open_stream();
    script.on("tools/call", stream);
    let call = tokio::spawn(server.send(call("t")));
    while script.sent("tools/call").is_empty() {
        tokio::task::yield_now().await;
    }
    for who in ["bob", "carol"] {
        let list = ask(&McpMethod::TOOLS_LIST, json!({}), who);
        server.send(list).await.unwrap();
    }
    assert_eq!(ended(&script).await, ["s2"]);
    call.abort();
    let _ = call.await;
    assert_eq!(ended(&script).await, ["s2", "s1"], "with its last use");
}

#[tokio::test]
async fn a_session_whose_client_leaves_before_it_is_open_is_ended() {
    let script = Script::default();
    let server = script.server().into_server();
    script.stall("notifications/initialized");
    let call = tokio::spawn(server.send(call("t")));
    while script.sent("notifications/initialized").is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(ended(&script).await.is_empty());
    call.abort();
    let _ = call.await;
    assert_eq!(ended(&script).await, ["s1"]);
}

#[tokio::test]
async fn who_has_the_most_sessions_gives_way() {
    let script = Script::default();
    let server = script.server().max_sessions(3).into_server();
    let list = |who, n: u32| {
        let capabilities = json!({"experimental": {"n": n}});
        able(&McpMethod::TOOLS_LIST, json!({}), who, capabilities)
    };
    for (who, n) in [("alice", 0), ("", 1), ("", 2), ("", 3)] {
        server.send(list(who, n)).await.unwrap();
    }
    assert_eq!(ended(&script).await, ["s2"]);
}

#[tokio::test]
async fn capabilities_are_bounded() {
    let script = Script::default();
    let server = script.server().into_server();
    for (bytes, code) in [(4000, None), (5000, Some(-32602))] {
        let capabilities = json!({"experimental": {"x": "x".repeat(bytes)}});
        let list = able(&McpMethod::TOOLS_LIST, json!({}), "alice", capabilities);
        let (status, said) = answered(server.send(list).await.unwrap()).await;
        assert_eq!(said[0]["error"]["code"].as_i64(), code);
        assert_eq!(status, if code.is_some() { 400 } else { 200 });
    }
    assert_eq!(script.sent("initialize").len(), 1);
}

/// The sessions that the server was told are over.
async fn ended(script: &Script) -> Vec<String> {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    let seen = script.seen.lock().unwrap();
    let ends = seen
        .iter()
        .filter(|seen| seen.method == http::Method::DELETE);
    let ids = ends.map(|seen| seen.headers["mcp-session-id"].to_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test]
async fn a_request_that_is_malformed_does_not_reach_the_server() {
    let script = Script::default();
    let server = script.server().into_server();
    for (change, status, code) in [
        ("mcp-method", 400, -32020),
        ("mcp-name", 400, -32020),
        ("mcp-protocol-version", 400, -32020),
    ] {
        let mut request = call("t");
        request.headers_mut().remove(change);
        let (found, said) = answered(server.send(request).await.unwrap()).await;
        let expected = (status, json!(code), json!("mine"));
        let found = (
            found.as_u16(),
            said[0]["error"]["code"].clone(),
            said[0]["id"].clone(),
        );
        assert_eq!(found, expected, "{change}");
    }
    let removed = ask(&McpMethod::PING, json!({}), "alice");
    let (status, said) = answered(server.send(removed).await.unwrap()).await;
    assert_eq!(
        (status.as_u16(), &said[0]["error"]["code"]),
        (404, &json!(-32601))
    );
    assert!(script.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_sessions_each_call_has_one_and_ends_it() {
    let script = Script::default();
    let server = script.server().stateless(true).into_server();
    for _ in 0..2 {
        let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
        assert_eq!(status, 200);
        assert_eq!(said[0]["id"], "mine");
    }
    // What ends a session goes out by itself.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    let seen = script.seen.lock().unwrap();
    let said: Vec<_> = seen
        .iter()
        .map(|seen| {
            let session = seen.headers.get("mcp-session-id");
            let session = session.map_or("", |session| session.to_str().unwrap());
            format!("{} {} {session}", seen.method, seen.rpc())
        })
        .filter(|line| !line.starts_with("GET") && !line.contains("initialized"))
        .collect();
    for session in ["s1", "s2"] {
        assert!(
            said.contains(&format!("POST tools/call {session}")),
            "{said:?}"
        );
        assert!(said.contains(&format!("DELETE  {session}")), "{said:?}");
    }
    assert_eq!(said.len(), 6, "{said:?}");
}

#[tokio::test]
async fn without_sessions_a_call_that_waits_for_its_client_keeps_its_own() {
    let script = Script::default();
    let server = script.server().stateless(true).into_server();
    let question = json!({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create",
        "params": {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}});
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    write(&mut sender, &question).await;
    let (_, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(
        said[0]["result"]["resultType"], "input_required",
        "{said:?}"
    );
    let ended = |script: &Script| {
        let seen = script.seen.lock().unwrap();
        seen.iter().any(|seen| seen.method == http::Method::DELETE)
    };
    tokio::task::yield_now().await;
    assert!(!ended(&script));
}

#[tokio::test(start_paused = true)]
async fn that_no_session_is_opened_is_told_with_the_status_and_nothing_of_the_servers() {
    for (status, kind) in [
        (400, ErrorKind::BadAnswer),
        (404, ErrorKind::BadAnswer),
        (401, ErrorKind::BadAnswer),
        (429, ErrorKind::RateLimited),
        (502, ErrorKind::Unavailable),
    ] {
        let script = Script::default();
        let server = script.server().into_server();
        let text =
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"ask 10.0.0.7"}}"#;
        let mut refusal = bad_request(text);
        *refusal.status_mut() = http::StatusCode::from_u16(status).unwrap();
        script.on("initialize", refusal);
        let error = server.send(call("t")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        let message = error.message();
        assert!(message.contains(&format!("status {status}")), "{message}");
        assert!(message.contains("-32000"), "{message}");
        assert!(!message.contains("10.0.0.7"), "{message}");
    }
}
