use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::support::*;
use crate::wire::McpMethod;

fn question(id: u32) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "elicitation/create",
        "params": {"message": "who?", "requestedSchema": {"type": "object"}}})
}

fn retry(state: &Value, tool: &str, who: &str) -> Request<Bytes> {
    ask(
        &McpMethod::TOOLS_CALL,
        json!({"arguments": {"n": 1}, "name": tool, "requestState": state,
            "inputResponses": {"elicitation_1": {"action": "accept"}, "else": 1}}),
        who,
    )
}

/// A call that waits for an answer, and who writes the rest of its stream.
async fn asked(
    script: &Script,
    server: &crate::McpServer,
) -> (
    http_body_util::channel::Sender<Bytes, agentgateway_core::Error>,
    Value,
) {
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    write(&mut sender, &question(7)).await;
    let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(status, 200);
    let result = said[0]["result"].clone();
    assert_eq!(result["resultType"], "input_required");
    assert_eq!(
        result["inputRequests"]["elicitation_1"],
        json!({"method": "elicitation/create", "params": question(7)["params"]})
    );
    (sender, result["requestState"].clone())
}

#[tokio::test(start_paused = true)]
async fn what_the_server_asks_is_a_round_and_its_answer_goes_back() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, state) = asked(&script, &server).await;
    let id = script.sent("tools/call")[0].body["id"].clone();
    let retried = server.send(retry(&state, "t", "alice"));
    write(
        &mut sender,
        &json!({"jsonrpc": "2.0", "id": id, "result": {"content": []}}),
    )
    .await;
    let (_, said) = answered(retried.await.unwrap()).await;
    assert_eq!(said[0]["result"]["resultType"], "complete");
    assert_eq!(script.sent("tools/call").len(), 1, "it is one call");
    let seen = script.seen.lock().unwrap();
    let answer = seen
        .iter()
        .find(|seen| seen.body["result"].is_object())
        .unwrap();
    assert_eq!(
        answer.body,
        json!({"jsonrpc": "2.0", "id": 7, "result": {"action": "accept"}})
    );
}

/// Fault M30: a state that is altered, replayed, another caller's, or of another call.
#[tokio::test(start_paused = true)]
async fn a_state_opens_once_for_its_caller_and_its_call() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, state) = asked(&script, &server).await;
    let altered = json!(format!("{}A", state.as_str().unwrap()));
    for (state, tool, who) in [
        (&altered, "t", "alice"),
        (&state, "u", "alice"),
        (&state, "t", "bob"),
    ] {
        let (_, said) = answered(server.send(retry(state, tool, who)).await.unwrap()).await;
        assert_eq!(said[0]["error"]["code"], -32602, "{tool} {who}");
    }
    let id = script.sent("tools/call")[0].body["id"].clone();
    write(
        &mut sender,
        &json!({"jsonrpc": "2.0", "id": id, "result": {}}),
    )
    .await;
    let (_, said) = answered(server.send(retry(&state, "t", "alice")).await.unwrap()).await;
    assert_eq!(said[0]["result"]["resultType"], "complete");
    let (_, said) = answered(server.send(retry(&state, "t", "alice")).await.unwrap()).await;
    assert_eq!(said[0]["error"]["code"], -32602, "replayed");
}

#[tokio::test(start_paused = true)]
async fn a_state_is_short_however_long_the_call() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    write(&mut sender, &question(7)).await;
    let long = json!({"name": "t", "arguments": {"text": "x".repeat(100_000)}});
    let call = ask(&McpMethod::TOOLS_CALL, long, "alice");
    let (_, said) = answered(server.send(call).await.unwrap()).await;
    let state = said[0]["result"]["requestState"].as_str().unwrap();
    assert!(state.len() < 512, "{}", state.len());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_come_back_cancels() {
    let script = Script::default();
    let server = script.server().into_server();
    let (_sender, state) = asked(&script, &server).await;
    tokio::time::sleep(Duration::from_secs(301)).await;
    let (_, said) = answered(server.send(retry(&state, "t", "alice")).await.unwrap()).await;
    assert_eq!(said[0]["error"]["code"], -32602);
    assert_eq!(script.sent("notifications/cancelled").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn however_many_wait_one_task_ends_them() {
    let script = Script::default();
    let server = script.server().into_server();
    let tasks = || {
        let runtime = tokio::runtime::Handle::current();
        runtime.metrics().num_alive_tasks()
    };
    let mut open = vec![asked(&script, &server).await];
    let before = tasks();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        open.push(asked(&script, &server).await);
    }
    assert!(tasks() <= before, "{} {before}", tasks());
    let cancelled = || script.sent("notifications/cancelled").len();
    for (seconds, ended) in [(240, 0), (70, 51)] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        assert_eq!(cancelled(), ended);
    }
    // Those that come later end, too.
    let _later = asked(&script, &server).await;
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_eq!(cancelled(), 52);
}

#[tokio::test(start_paused = true)]
async fn rounds_are_bounded_and_the_oldest_gives_way() {
    let script = Script::default();
    let server = script.server().max_rounds(1).into_server();
    let (_one, state) = asked(&script, &server).await;
    let (_two, _) = asked(&script, &server).await;
    let (_, said) = answered(server.send(retry(&state, "t", "alice")).await.unwrap()).await;
    assert_eq!(said[0]["error"]["code"], -32602);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_answers_nothing_is_asked_again() {
    let script = Script::default();
    let server = script.server().into_server();
    let (_sender, state) = asked(&script, &server).await;
    let empty = ask(
        &McpMethod::TOOLS_CALL,
        json!({"name": "t", "arguments": {"n": 1}, "requestState": state,
            "inputResponses": {"elicitation_1": 3}}),
        "alice",
    );
    let (_, said) = answered(server.send(empty).await.unwrap()).await;
    assert_eq!(said[0]["result"]["resultType"], "input_required");
    assert_ne!(said[0]["result"]["requestState"], state);
}

#[tokio::test(start_paused = true)]
async fn questions_are_gathered_from_the_first_of_them_on() {
    let script = Script::default();
    let server = script.server().into_server();
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    let answer = tokio::spawn(server.send(call("t")));
    for id in 0..6 {
        write(&mut sender, &question(id)).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(answer.is_finished(), "it waits for no quiet moment");
    let (_, said) = answered(answer.await.unwrap().unwrap()).await;
    let asked = said[0]["result"]["inputRequests"].as_object().unwrap();
    assert_eq!(asked.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_without_end_ends_the_call() {
    let script = Script::default();
    let server = script.server().into_server();
    for (questions, is_over) in [(64, false), (65, true)] {
        let all: Vec<_> = (0..questions).map(question).collect();
        script.on("tools/call", events(&all));
        let answer = server.send(call("t")).await;
        let kind = answer.err().map(|error| error.kind().as_str());
        assert_eq!(kind, is_over.then_some("bad_answer"), "{questions}");
    }
}

/// A client that lacks a capability gets an error, never silence.
#[tokio::test(start_paused = true)]
async fn what_a_client_cannot_be_asked_for_is_an_error() {
    let script = Script::default();
    let server = script.server().into_server();
    let sampling = json!({"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage"});
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    write(&mut sender, &sampling).await;
    let (status, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(
        (status.as_u16(), &said[0]["error"]["code"]),
        (400, &json!(-32021))
    );
    assert_eq!(
        said[0]["error"]["data"]["requiredCapabilities"],
        json!({"sampling": {}})
    );
    tokio::task::yield_now().await;
    assert_eq!(script.sent("notifications/cancelled").len(), 1);
}
