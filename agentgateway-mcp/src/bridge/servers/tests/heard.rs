use std::time::Duration;

use agentgateway_core::Error;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::channel::Sender;
use serde_json::{Value, json};

use super::support::*;
use crate::{McpServer, bridge::ClientSession, wire::McpMethod};

fn question(id: u32) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "elicitation/create",
        "params": {"message": "who?", "requestedSchema": {"type": "object"}}})
}

/// A call of a client that can be asked, with more params.
fn by(who: &str, more: &Value) -> Request<Bytes> {
    let mut params = json!({"name": "t", "arguments": {"n": 1}});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    ask(&McpMethod::TOOLS_CALL, params, who)
}

fn gets(script: &Script) -> usize {
    let seen = script.seen.lock().unwrap();
    seen.iter()
        .filter(|seen| seen.method == Method::GET)
        .count()
}

/// Those that were answers to this question.
fn answers(script: &Script, id: u32) -> Vec<Value> {
    let sent = script.sent("").into_iter().map(|seen| seen.body);
    sent.filter(|body| body["id"] == id).collect()
}

/// A server with a stream that belongs to no request, and who writes to it.
fn talkative(script: &Script) -> (McpServer, Sender<Bytes, Error>) {
    let (sender, stream) = open_stream();
    script.on("", stream);
    (script.server().into_server(), sender)
}

/// Sends a call whose stream stays open; gives who writes to it and, later, its answer.
async fn begun(
    script: &Script,
    server: &McpServer,
    call: Request<Bytes>,
) -> (
    Sender<Bytes, Error>,
    tokio::task::JoinHandle<(u16, Vec<Value>)>,
) {
    let (sender, stream) = open_stream();
    script.on("tools/call", stream);
    let before = script.sent("tools/call").len();
    let answer = server.send(call);
    let answer = tokio::spawn(async move {
        let (status, said) = answered(answer.await.unwrap()).await;
        (status.as_u16(), said)
    });
    while script.sent("tools/call").len() == before {
        tokio::task::yield_now().await;
    }
    (sender, answer)
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_on_the_stream_of_a_get_is_asked_about_the_call() {
    let script = Script::default();
    let (server, mut get) = talkative(&script);
    let (mut stream, answer) = begun(&script, &server, by("alice", &json!({}))).await;
    write(&mut get, &question(7)).await;
    let (status, said) = answer.await.unwrap();
    let result = &said[0]["result"];
    assert_eq!(
        (status, &result["resultType"]),
        (200, &json!("input_required"))
    );
    let asked = &result["inputRequests"]["elicitation_1"];
    assert_eq!(asked["params"], question(7)["params"]);

    let retry = by(
        "alice",
        &json!({"requestState": result["requestState"],
            "inputResponses": {"elicitation_1": {"action": "accept"}}}),
    );
    let id = script.sent("tools/call")[0].body["id"].clone();
    let result = json!({"jsonrpc": "2.0", "id": id, "result": {"content": []}});
    write(&mut stream, &result).await;
    let (_, said) = answered(server.send(retry).await.unwrap()).await;
    assert_eq!(said[0]["result"]["resultType"], "complete");
    assert_eq!(
        answers(&script, 7)[0]["result"],
        json!({"action": "accept"})
    );
    assert_eq!((script.sent("tools/call").len(), gets(&script)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn of_several_calls_of_one_client_the_oldest_is_asked() {
    let script = Script::default();
    let (server, mut get) = talkative(&script);
    let of_client = || {
        let mut call = by("alice", &json!({}));
        call.extensions_mut().insert(ClientSession("c".into()));
        call
    };
    let (_first, asked) = begun(&script, &server, of_client()).await;
    let (_second, other) = begun(&script, &server, of_client()).await;
    write(&mut get, &question(7)).await;
    let (_, said) = asked.await.unwrap();
    assert_eq!(said[0]["result"]["resultType"], "input_required");
    // It waits for its client, so the next question is of the other one.
    write(&mut get, &question(8)).await;
    let (_, said) = other.await.unwrap();
    assert_eq!(said[0]["result"]["resultType"], "input_required");
    assert_eq!(gets(&script), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_where_several_clients_may_be_meant() {
    for who in ["", "alice"] {
        let script = Script::default();
        let (server, mut get) = talkative(&script);
        let (_first, one) = begun(&script, &server, by(who, &json!({}))).await;
        let (_second, other) = begun(&script, &server, by(who, &json!({}))).await;
        write(&mut get, &question(7)).await;
        while answers(&script, 7).is_empty() {
            assert!(!one.is_finished(), "{who} is asked");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(answers(&script, 7)[0]["error"]["code"], -32601);
        assert!(!one.is_finished() && !other.is_finished());
        one.abort();
        let _ = one.await;
        write(&mut get, &question(8)).await;
        let (_, said) = other.await.unwrap();
        assert_eq!(said[0]["result"]["resultType"], "input_required");
    }
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_asked_needs_no_stream() {
    let script = Script::default();
    let (server, _get) = talkative(&script);
    drop(
        server
            .send(able(
                &McpMethod::TOOLS_CALL,
                json!({"name": "t"}),
                "alice",
                json!({"tasks": {}}),
            ))
            .await,
    );
    drop(
        server
            .send(ask(&McpMethod::TOOLS_LIST, json!({}), "alice"))
            .await,
    );
    assert_eq!(gets(&script), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_say_whether_it_has_a_stream_is_asked_for_it_once() {
    let script = Script::default();
    script.stall("");
    let server = script.server().into_server();
    for _ in 0..2 {
        let (status, _) = answered(server.send(call("t")).await.unwrap()).await;
        assert_eq!(status, 200);
    }
    assert_eq!((script.sent("tools/call").len(), gets(&script)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn the_stream_goes_when_no_call_has_needed_it_for_a_while() {
    let script = Script::default();
    let (server, mut get) = talkative(&script);
    drop(server.send(call("t")).await.unwrap());
    tokio::time::sleep(Duration::from_secs(20)).await;
    drop(server.send(call("t")).await.unwrap());
    tokio::time::sleep(Duration::from_secs(20)).await;
    write(
        &mut get,
        &json!({"jsonrpc": "2.0", "method": "notifications/x"}),
    )
    .await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(
        get.send_data(Bytes::new()).await.is_err(),
        "nobody reads it"
    );
    assert_eq!(gets(&script), 1);
}

#[tokio::test(start_paused = true)]
async fn the_stream_goes_with_the_server() {
    let script = Script::default();
    let (server, mut get) = talkative(&script);
    drop(server.send(call("t")).await.unwrap());
    drop(server);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(
        get.send_data(Bytes::new()).await.is_err(),
        "nobody reads it"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_logged_on_the_stream_of_a_get_is_told_in_the_one_call_that_wants_it() {
    let log = |level: &str| json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": level}});
    let script = Script::default();
    let (server, mut get) = talkative(&script);
    let wants = json!({"_meta": {"io.modelcontextprotocol/logLevel": "warning"}});
    let (mut one, answer) = begun(&script, &server, by("alice", &wants)).await;
    write(&mut get, &log("info")).await;
    write(&mut get, &log("error")).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let (mut other, quiet) = begun(&script, &server, by("alice", &json!({}))).await;
    // Now it may be of either.
    write(&mut get, &log("alert")).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let calls = script.sent("tools/call");
    for (at, stream) in [&mut one, &mut other].into_iter().enumerate() {
        let id = calls[at].body["id"].clone();
        write(stream, &json!({"jsonrpc": "2.0", "id": id, "result": {}})).await;
    }
    let (_, said) = answer.await.unwrap();
    assert_eq!((said.len(), &said[0]), (2, &log("error")), "{said:?}");
    let (_, said) = quiet.await.unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
}
