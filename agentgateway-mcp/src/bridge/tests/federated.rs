//! The same with several servers as one.

use agentgateway_core::seal::Sealer;
use serde_json::{Value, json};

use super::earlier::{log, notification, request};
use crate::{
    McpServer,
    bridge::{
        clients::tests::support::{self, Client, Events, client},
        servers::tests::support::{Script, json_of, open_stream, write},
    },
    route::{Federation, FederationTarget},
};

/// An earlier server and one of the newest revision, and what the latter has seen.
async fn of_both_eras(script: &Script) -> (Client, support::Log) {
    let (newest, seen) = support::server(|seen| {
        let acknowledged = "notifications/subscriptions/acknowledged";
        support::now(match seen.method() {
            "subscriptions/listen" => {
                support::events(&[notification(acknowledged, &json!({}))], true)
            }
            _ => seen.result(&json!({"resultType": "complete", "content": []})),
        })
    });
    let target = |name, server: McpServer| FederationTarget::new(name, server).unwrap();
    let federation = Federation::new(Sealer::random())
        .target(target("old", script.server().into_server()))
        .target(target("new", newest))
        .into_server();
    let able = json!({"roots": {"listChanged": true}});
    let client = client(federation).initialized("2025-11-25", able).await;
    (client, seen)
}

#[tokio::test(start_paused = true)]
async fn earlier_servers_of_several_hear_their_clients() {
    let script = Script::default();
    let (client, seen) = of_both_eras(&script).await;
    let set = request("logging/setLevel", &json!({"level": "info"}));
    assert_eq!(client.ask(&set).await["result"], json!({}));
    let changed = notification("notifications/roots/list_changed", &json!({}));
    assert_eq!(client.post(&changed.to_string()).await.status(), 202);
    for uri in ["old+x:y", "new+x:y"] {
        let subscribe = request("resources/subscribe", &json!({"uri": uri}));
        assert_eq!(client.ask(&subscribe).await["result"], json!({}), "{uri}");
    }
    let nobodys = request("resources/subscribe", &json!({"uri": "none+x:y"}));
    assert!(client.ask(&nobodys).await["error"].is_object());
    let sent = |method| script.sent(method);
    assert_eq!(sent("logging/setLevel").len(), 1);
    assert_eq!(sent("notifications/roots/list_changed").len(), 1);
    let subscribed = sent("resources/subscribe");
    assert_eq!(subscribed.len(), 1);
    assert_eq!(subscribed[0].body["params"], json!({"uri": "x:y"}));
    let all = seen.all();
    assert!(all.iter().all(|seen| seen.method() == "server/discover"));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_server_of_several_refuses_is_refused() {
    let script = Script::default();
    let (client, _) = of_both_eras(&script).await;
    let refusal = |id: u32| {
        let error = json!({"code": -32603, "message": "the server's own"});
        json_of(&json!({"jsonrpc": "2.0", "id": id, "error": error}))
    };
    script.on("logging/setLevel", refusal(1));
    let set = request("logging/setLevel", &json!({"level": "info"}));
    assert_eq!(
        client.ask(&set).await["error"]["message"],
        "the server's own"
    );
    script.on("resources/subscribe", refusal(2));
    let subscribe = request("resources/subscribe", &json!({"uri": "old+x:y"}));
    assert_eq!(client.ask(&subscribe).await["error"]["code"], -32603);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_server_of_several_tells_is_told() {
    let script = Script::default();
    let (client, _) = of_both_eras(&script).await;
    let (mut sender, stream) = open_stream();
    script.on("", stream);
    let mut events = Events::of(client.send("GET", &[], "").await);
    assert_eq!(events.message().await, Value::Null);
    let updated = |uri: &str| notification("notifications/resources/updated", &json!({"uri": uri}));
    for (told, known_as) in [
        (log("debug"), log("debug")),
        (updated("x:y"), updated("old+x:y")),
        (
            notification("notifications/prompts/list_changed", &json!({})),
            notification("notifications/prompts/list_changed", &json!({})),
        ),
    ] {
        write(&mut sender, &told).await;
        assert_eq!(events.message().await, known_as);
    }
}
