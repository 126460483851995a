//! Clients of earlier revisions in front of servers of earlier revisions, with both halves of the bridge between.

use http::Method;
use serde_json::{Value, json};

use crate::{
    McpServer,
    bridge::{
        AnyServer,
        clients::tests::support::{CALL, Client, Events, client},
        servers::tests::support::{Script, answered, call, json_of, open_stream, status, write},
    },
};

pub(super) fn notification(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

pub(super) fn log(level: &str) -> Value {
    notification(
        "notifications/message",
        &json!({"level": level, "data": "x"}),
    )
}

pub(super) fn request(method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": 9, "method": method, "params": params}).to_string()
}

fn refusal(code: i64) -> http::Response<agentgateway_core::Body> {
    // An answer bears the number of the request: that of the second one of a session.
    json_of(
        &json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "the server's own"}}),
    )
}

async fn in_front(server: McpServer) -> Client {
    let able = json!({"elicitation": {}, "roots": {"listChanged": true}});
    client(server).initialized("2025-11-25", able).await
}

/// A server whose stream of a GET is open, a client of it that listens, and who writes.
async fn listening(
    script: &Script,
) -> (
    http_body_util::channel::Sender<bytes::Bytes, agentgateway_core::Error>,
    Client,
    Events,
) {
    let (sender, stream) = open_stream();
    let client = in_front(script.server().into_server()).await;
    script.on("", stream);
    let mut events = Events::of(client.send("GET", &[], "").await);
    // The first event says when to come back.
    assert_eq!(events.message().await, Value::Null);
    (sender, client, events)
}

async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_may_log_unasked_and_be_told_from_which_level_on() {
    let script = Script::default();
    let client = in_front(script.server().into_server()).await;
    for level in [None, Some("error"), Some("debug")] {
        if let Some(level) = level {
            let set = request("logging/setLevel", &json!({"level": level}));
            assert_eq!(client.ask(&set).await["result"], json!({}));
        }
        let (mut sender, stream) = open_stream();
        script.on("tools/call", stream);
        let calls = script.sent("tools/call").len();
        let answering = tokio::spawn({
            let client = client.clone();
            async move { Events::of(client.post(CALL).await).rest().await }
        });
        while script.sent("tools/call").len() == calls {
            tokio::task::yield_now().await;
        }
        let id = script.sent("tools/call")[calls].body["id"].clone();
        write(&mut sender, &log("info")).await;
        let complete = notification(
            "notifications/elicitation/complete",
            &json!({"elicitationId": "e"}),
        );
        write(&mut sender, &complete).await;
        write(
            &mut sender,
            &json!({"jsonrpc": "2.0", "id": id, "result": {"content": []}}),
        )
        .await;
        let told = answering.await.unwrap();
        let told: Vec<_> = told.iter().map(|event| &event.message).collect();
        assert!(told.contains(&&log("info")), "{level:?} {told:?}");
        assert!(told.contains(&&complete), "{level:?} {told:?}");
    }
    // The server was told each level once, also one from which fewer messages come.
    let levels: Vec<_> = script.sent("logging/setLevel");
    let levels: Vec<_> = levels.iter().map(|seen| &seen.body["params"]).collect();
    assert_eq!(
        levels,
        [&json!({"level": "error"}), &json!({"level": "debug"})]
    );
}

#[tokio::test(start_paused = true)]
async fn the_newest_clients_are_not_told_what_their_revision_does_not_have() {
    let script = Script::default();
    let server = script.server().into_server();
    let complete = notification("notifications/elicitation/complete", &json!({}));
    let result = json!({"jsonrpc": "2.0", "id": 1, "result": {}});
    let stream = crate::bridge::servers::tests::support::events(&[complete, result]);
    script.on("tools/call", stream);
    let (_, said) = answered(server.send(call("t")).await.unwrap()).await;
    assert_eq!(said.len(), 1, "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_level_that_the_server_refuses_is_refused() {
    let script = Script::default();
    let client = in_front(script.server().into_server()).await;
    script.on("logging/setLevel", refusal(-32601));
    let set = request("logging/setLevel", &json!({"level": "info"}));
    let error = &client.ask(&set).await["error"];
    assert_eq!(
        *error,
        json!({"code": -32601, "message": "the server's own"})
    );
    client.post(CALL).await;
    assert_eq!(script.sent("logging/setLevel").len(), 1, "it is not kept");
}

#[tokio::test(start_paused = true)]
async fn a_server_hears_of_subscriptions_and_may_refuse_them() {
    let script = Script::default();
    let (mut sender, client, mut events) = listening(&script).await;
    script.on("resources/subscribe", refusal(-32002));
    let subscribe = request("resources/subscribe", &json!({"uri": "x:y"}));
    let said = client.ask(&subscribe).await;
    assert_eq!(
        (&said["id"], &said["error"]["code"]),
        (&json!(9), &json!(-32002))
    );
    assert_eq!(client.ask(&subscribe).await["result"], json!({}));
    let sent = script.sent("resources/subscribe");
    assert_eq!(sent[1].body["params"], json!({"uri": "x:y"}));
    assert_eq!(sent[1].headers["mcp-session-id"], "s1");
    let updated = notification("notifications/resources/updated", &json!({"uri": "x:y"}));
    write(&mut sender, &updated).await;
    assert_eq!(events.message().await, updated);
    let taken_back = request("resources/unsubscribe", &json!({"uri": "x:y"}));
    assert_eq!(client.ask(&taken_back).await["result"], json!({}));
    drop(events);
    settle().await;
    let heard = |method| script.sent(method).len();
    assert_eq!(
        (heard("resources/subscribe"), heard("resources/unsubscribe")),
        (2, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn all_that_a_server_tells_in_a_session_is_told_its_client() {
    let script = Script::default();
    let (mut sender, _client, mut events) = listening(&script).await;
    for told in [
        log("debug"),
        notification("notifications/prompts/list_changed", &json!({})),
        notification(
            "notifications/elicitation/complete",
            &json!({"elicitationId": "e"}),
        ),
        notification("notifications/of/its/own", &json!({"x": 1})),
    ] {
        write(&mut sender, &told).await;
        assert_eq!(events.message().await, told);
    }
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_no_request_is_told_in_the_call_where_its_client_listens_nowhere() {
    let script = Script::default();
    let (mut get, stream) = open_stream();
    let client = in_front(script.server().into_server()).await;
    script.on("", stream);
    let (mut sender, stream) = open_stream();
    script.on("tools/call", stream);
    let answering = tokio::spawn(async move { Events::of(client.post(CALL).await).rest().await });
    while script.sent("tools/call").is_empty() {
        tokio::task::yield_now().await;
    }
    let changed = notification("notifications/tools/list_changed", &json!({}));
    write(&mut get, &log("info")).await;
    settle().await;
    write(&mut sender, &changed).await;
    settle().await;
    let id = script.sent("tools/call")[0].body["id"].clone();
    write(
        &mut sender,
        &json!({"jsonrpc": "2.0", "id": id, "result": {"content": []}}),
    )
    .await;
    let told = answering.await.unwrap();
    let told: Vec<_> = told.iter().map(|event| &event.message).collect();
    assert!(told.contains(&&log("info")), "{told:?}");
    assert!(told.contains(&&changed), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn roots_that_have_changed_are_told_to_the_server() {
    let script = Script::default();
    let client = in_front(script.server().into_server()).await;
    let changed = notification("notifications/roots/list_changed", &json!({}));
    assert_eq!(client.post(&changed.to_string()).await.status(), 202);
    let sent = script.sent("notifications/roots/list_changed");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].headers["mcp-session-id"], "s1");
    assert_eq!(sent[0].headers["mcp-protocol-version"], "2025-06-18");
    assert_eq!(sent[0].body, changed);
}

/// One that speaks the newest revision is asked for nothing that it does not have.
#[tokio::test(start_paused = true)]
async fn a_server_of_the_newest_revision_hears_nothing_of_it() {
    let (server, seen) = crate::bridge::clients::tests::support::server(|seen| {
        crate::bridge::clients::tests::support::now(
            seen.result(&json!({"resultType": "complete", "content": []})),
        )
    });
    let server = AnyServer::new(crate::bridge::LegacyServer::new(server)).into_server();
    let client = in_front(server).await;
    for (method, params) in [
        ("logging/setLevel", json!({"level": "info"})),
        ("resources/subscribe", json!({"uri": "x:y"})),
        ("resources/unsubscribe", json!({"uri": "x:y"})),
    ] {
        assert_eq!(
            client.ask(&request(method, &params)).await["result"],
            json!({})
        );
    }
    let changed = notification("notifications/roots/list_changed", &json!({}));
    assert_eq!(client.post(&changed.to_string()).await.status(), 202);
    let all = seen.all();
    assert!(all.iter().all(|seen| seen.method() == "server/discover"));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_server_is_is_found_out_first() {
    let script = Script::default();
    let server = AnyServer::new(script.server()).into_server();
    script.on("server/discover", status(404));
    let client = in_front(server).await;
    let set = request("logging/setLevel", &json!({"level": "info"}));
    assert_eq!(client.ask(&set).await["result"], json!({}));
    assert_eq!(script.sent("logging/setLevel").len(), 1);
    let seen = script.seen.lock().unwrap();
    assert!(seen.iter().all(|seen| seen.method != Method::GET));
}
