use agentgateway_core::ErrorKind;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::support::*;
use crate::wire::McpMethod;

fn progress(token: &Value) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/progress",
        "params": {"progressToken": token, "progress": 0.5}})
}

fn log(level: &str) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/message",
        "params": {"level": level, "data": "x"}})
}

/// Fault M29: progress by a token that is not this request's; it is told by the client's own.
#[tokio::test(start_paused = true)]
async fn progress_comes_by_the_clients_token_and_logs_from_its_level_on() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    let call = ask(
        &McpMethod::TOOLS_CALL,
        json!({"name": "t", "_meta": {"progressToken": "p",
            "io.modelcontextprotocol/logLevel": "warning"}}),
        "alice",
    );
    let answer = tokio::spawn(server.send(call));
    while script.sent("tools/call").is_empty() {
        tokio::task::yield_now().await;
    }
    let sent = script.sent("tools/call")[0].body.clone();
    assert_eq!(sent["params"]["_meta"]["progressToken"], sent["id"]);
    assert_eq!(
        script.sent("logging/setLevel")[0].body["params"],
        json!({"level": "warning"})
    );
    for message in [
        progress(&json!("p")),
        progress(&sent["id"]),
        log("info"),
        log("error"),
        json!({"jsonrpc": "2.0", "id": 999, "result": {"of": "another"}}),
        json!({"jsonrpc": "2.0", "id": sent["id"], "result": {}}),
    ] {
        write(&mut sender, &message).await;
    }
    let (_, said) = answered(answer.await.unwrap().unwrap()).await;
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(said[0], progress(&json!("p")));
    assert_eq!(said[1], log("error"));
    assert_eq!(said[2]["id"], "mine");
}

#[tokio::test(start_paused = true)]
async fn without_a_level_nothing_is_logged() {
    let script = Script::default();
    let server = script.server().into_server();
    script.on(
        "tools/call",
        events(&[
            log("emergency"),
            json!({"jsonrpc": "2.0", "id": 1, "result": {}}),
        ]),
    );
    let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!((status.as_u16(), said.len()), (200, 1));
    assert!(script.sent("logging/setLevel").is_empty());
}

/// As servers of 2025-03-26 may, in a stream, in one piece, and at the handshake.
#[tokio::test(start_paused = true)]
async fn messages_that_come_as_a_batch_are_taken_one_by_one() {
    let result = |id: u32| json!({"jsonrpc": "2.0", "id": id, "result": {"n": id}});
    let script = Script::default();
    let server = script.server().into_server();
    script.on(
        "initialize",
        json_of(&json!([{"jsonrpc": "2.0", "id": 0, "result": {
            "protocolVersion": "2025-03-26",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "old", "version": "1"},
        }}])),
    );
    let list = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
    let whole = [
        events(&[json!([progress(&json!(1)), list]), json!([result(1)])]),
        json_of(&json!([progress(&json!(2)), result(9), result(2)])),
        json_of(&json!([result(3)])),
    ];
    for (at, answer) in whole.into_iter().enumerate() {
        let n = at + 1;
        script.on("tools/call", answer);
        let params = json!({"name": "t", "_meta": {"progressToken": "p"}});
        let call = ask(&McpMethod::TOOLS_CALL, params, "alice");
        let (status, said) = answered(server.send(call).await.unwrap()).await;
        assert_eq!(script.sent("tools/call")[at].body["id"], n, "{said:?}");
        let last = said.last().unwrap();
        assert_eq!((status.as_u16(), &last["id"]), (200, &json!("mine")));
        assert_eq!(last["result"]["n"], n, "{said:?}");
        assert_eq!(said.len(), if n == 3 { 1 } else { 2 }, "{said:?}");
    }

    script.on("tools/call", json_of(&json!(vec![0; 1025])));
    let error = server.send(call("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadAnswer);
}

/// Fault M27: the client closes the stream of a call: the server is told, once.
#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_cancels() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    let call = ask(
        &McpMethod::TOOLS_CALL,
        json!({"name": "t", "_meta": {"progressToken": 1}}),
        "alice",
    );
    write(&mut sender, &progress(&json!(1))).await;
    let answer = server.send(call).await.unwrap();
    let mut body = answer.into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    drop(body);
    tokio::task::yield_now().await;
    let told = script.sent("notifications/cancelled");
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].body["params"]["requestId"],
        script.sent("tools/call")[0].body["id"]
    );
}

/// Fault M28: a stream breaks in the middle of a call: an error for its id, and no second run.
#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_is_an_error_and_is_not_run_again() {
    let script = Script::default();
    let server = script.server().into_server();
    script.on("tools/call", events(&[progress(&json!(1))]));
    let call = ask(
        &McpMethod::TOOLS_CALL,
        json!({"name": "t", "_meta": {"progressToken": 1}}),
        "alice",
    );
    let (_, said) = answered(server.send(call).await.unwrap()).await;
    assert_eq!(said.len(), 2);
    assert_eq!(
        (&said[1]["id"], &said[1]["error"]["code"]),
        (&json!("mine"), &json!(-31502))
    );
    assert_eq!(script.sent("tools/call").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_ids_is_taken_up_where_it_broke() {
    let script = Script::default();
    let server = script.server().into_server();
    let first = "id: e1\nretry: 20\ndata: \n\n";
    script.on(
        "tools/call",
        http::Response::builder()
            .header("content-type", "text/event-stream")
            .body(agentgateway_core::Body::from(bytes::Bytes::from(first)))
            .unwrap(),
    );
    // It has no stream that belongs to no call.
    script.on("", status(405));
    script.on(
        "",
        events(&[json!({"jsonrpc": "2.0", "id": 1, "result": {}})]),
    );
    let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!((status.as_u16(), &said[0]["id"]), (200, &json!("mine")));
    let seen = script.seen.lock().unwrap();
    let taken_up = seen
        .iter()
        .filter(|seen| seen.method == http::Method::GET)
        .nth(1)
        .unwrap();
    assert_eq!(taken_up.headers["last-event-id"], "e1");
    assert_eq!(taken_up.headers["mcp-session-id"], "s1");
}

#[tokio::test(start_paused = true)]
async fn listeners_are_told_of_what_they_wanted_and_the_server_has() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, stream) = open_stream();
    script.on("", stream);
    let listen = ask(
        &McpMethod::SUBSCRIPTIONS_LISTEN,
        json!({"notifications": {"toolsListChanged": true, "promptsListChanged": true,
            "resourceSubscriptions": ["x:y"]}}),
        "alice",
    );
    let mut body = server.send(listen).await.unwrap().into_body();
    let mut next = async || {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("data: "));
        line.and_then(|line| serde_json::from_str::<Value>(line).ok())
    };
    let first = next().await.unwrap();
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(
        first["params"]["notifications"],
        json!({"toolsListChanged": true})
    );
    let about = |what: &str| json!({"jsonrpc": "2.0", "method": format!("notifications/{what}/list_changed")});
    write(&mut sender, &about("prompts")).await;
    write(&mut sender, &about("tools")).await;
    let told = next().await.unwrap();
    assert_eq!(told["method"], "notifications/tools/list_changed");
    assert_eq!(
        told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "mine"
    );
    assert_eq!(next().await, None, "a comment keeps the stream alive");
}

#[tokio::test(start_paused = true)]
async fn pings_without_end_are_answered_a_few_at_a_time() {
    let script = Script::default();
    let server = script.server().into_server();
    let ping = |id: u32| json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
    for _ in 0..9 {
        // An answer to a ping is no request: it has no method, as the stream of a GET has none.
        script.stall("");
    }
    let mut messages: Vec<_> = (10..1000).map(ping).collect();
    messages.push(json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    script.on("tools/call", events(&messages));
    let (_, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(said[0]["result"]["resultType"], "complete");
    tokio::task::yield_now().await;
    let answers = script.sent("").into_iter();
    let answers = answers.filter(|seen| seen.body["result"].is_object());
    assert_eq!(answers.count(), 8);
}

/// A request of a client that wants to be told of tools.
fn listen() -> http::Request<bytes::Bytes> {
    ask(
        &McpMethod::SUBSCRIPTIONS_LISTEN,
        json!({"notifications": {"toolsListChanged": true}}),
        "alice",
    )
}

/// The next message of an answer, if it is one.
async fn next(body: &mut agentgateway_core::Body) -> Option<Value> {
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let text = String::from_utf8(frame.to_vec()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("data: "));
    line.and_then(|line| serde_json::from_str::<Value>(line).ok())
}

fn gets(script: &Script) -> usize {
    let seen = script.seen.lock().unwrap();
    let gets = seen.iter().filter(|seen| seen.method == http::Method::GET);
    gets.count()
}

/// Fault M45: of those who listen in one session, who does not read is let go; the others are told all.
#[tokio::test(start_paused = true)]
async fn a_listener_that_does_not_read_is_let_go() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, stream) = open_stream();
    script.on("", stream);
    let mut quick = server.send(listen()).await.unwrap().into_body();
    let mut slow = server.send(listen()).await.unwrap().into_body();
    for body in [&mut quick, &mut slow] {
        let first = next(body).await.unwrap();
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    }
    let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
    for _ in 0..1000 {
        write(&mut sender, &changed).await;
        let told = next(&mut quick).await.unwrap();
        assert_eq!(told["method"], "notifications/tools/list_changed");
    }
    let last = next(&mut slow).await.unwrap();
    assert_eq!(last["id"], "mine", "its subscription is over: {last}");
    assert!(slow.frame().await.is_none());
    assert_eq!(gets(&script), 1);
}

#[tokio::test(start_paused = true)]
async fn a_listener_whose_session_is_lost_is_given_another() {
    for lost in [404, 400] {
        let script = Script::default();
        let server = script.server().into_server();
        let list = ask(&McpMethod::TOOLS_LIST, json!({}), "alice");
        server.send(list).await.unwrap();
        script.on("", status(lost));
        script.on("ping", status(lost));
        let (mut sender, stream) = open_stream();
        script.on("", stream);
        let mut body = server.send(listen()).await.unwrap().into_body();
        assert!(next(&mut body).await.is_some());
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        write(&mut sender, &changed).await;
        let told = next(&mut body).await.unwrap();
        assert_eq!(told["method"], changed["method"], "{lost}");
        assert_eq!((script.sent("initialize").len(), gets(&script)), (2, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_listener_in_a_session_that_turns_out_to_be_lost_is_ended() {
    let script = Script::default();
    let server = script.server().into_server();
    let (_sender, stream) = open_stream();
    script.on("", stream);
    let mut body = server.send(listen()).await.unwrap().into_body();
    assert!(next(&mut body).await.is_some());
    script.on("tools/list", status(404));
    let list = ask(&McpMethod::TOOLS_LIST, json!({}), "alice");
    server.send(list).await.unwrap();
    let last = next(&mut body).await.unwrap();
    assert_eq!(last["result"]["resultType"], "complete");
    assert!(body.frame().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_stream_keeps_its_session() {
    for none in [405, 404, 400] {
        let script = Script::default();
        let server = script.server().into_server();
        script.on("", status(none));
        for _ in 0..2 {
            let mut body = server.send(listen()).await.unwrap().into_body();
            let first = next(&mut body).await.unwrap();
            assert_eq!(first["params"]["notifications"], json!({}), "{none}");
        }
        assert_eq!((script.sent("initialize").len(), gets(&script)), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_cannot_be_opened_now_is_no_stream_that_is_not_there() {
    let script = Script::default();
    let server = script.server().into_server();
    script.on("", status(503));
    let error = server.send(listen()).await.unwrap_err();
    assert_eq!(error.kind().as_str(), "unavailable");
    let (_sender, stream) = open_stream();
    script.on("", stream);
    let mut body = server.send(listen()).await.unwrap().into_body();
    let first = next(&mut body).await.unwrap();
    let wanted = json!({"toolsListChanged": true});
    assert_eq!(first["params"]["notifications"], wanted);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_holds_its_head_back_holds_no_listener_back() {
    let script = Script::default();
    let server = script.server().into_server();
    script.stall("");
    let began = tokio::time::Instant::now();
    let (one, other) = tokio::join!(server.send(listen()), server.send(listen()));
    let waited = began.elapsed();
    assert!(
        waited < std::time::Duration::from_millis(1100),
        "{waited:?}"
    );
    for answer in [one, other] {
        let mut body = answer.unwrap().into_body();
        let first = next(&mut body).await.unwrap();
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(next(&mut body).await, None, "it stands");
    }
    assert_eq!(gets(&script), 1);
}

/// Fault M11: an answer in one piece that names another request.
#[tokio::test]
async fn an_answer_to_another_request_is_nobodys() {
    let script = Script::default();
    let server = script.server().into_server();
    script.on(
        "tools/call",
        json_of(&json!({"jsonrpc": "2.0", "id": 424_242, "result": {"content": []}})),
    );
    let error = server.send(call("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadAnswer);
}
