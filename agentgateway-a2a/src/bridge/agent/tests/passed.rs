use tower::ServiceExt;
use tower_layer::Layer;

use super::support::*;

#[tokio::test]
async fn the_clients_own_binding_and_version_pass_byte_by_byte() {
    let answer = r#"{ "jsonrpc":"2.0", "id":7,"result":{ "task":{"id":"t","x":1.0}} }"#;
    let (agent, seen) = agent(RPC_1, json(200, answer));
    let sent = r#"{"jsonrpc":"2.0", "id":7,"method":"SendMessage","params":{ "message":{"messageId":"m","parts":[],"x":1e2}}}"#;
    let (_, _, body) = ask(agent, rpc("1.0", sent)).await;
    assert_eq!(body, answer);
    let seen = seen.lock().unwrap();
    assert_eq!(
        (&*seen[0].uri, &*seen[0].body),
        ("http://agent:1/base", sent)
    );
}

#[tokio::test]
async fn routes_of_the_clients_own_version_go_behind_the_interface() {
    for (speech, path, expected) in [
        (
            REST_1,
            "/x/tasks/a%20b?historyLength=1",
            "/base/tasks/a%20b?historyLength=1",
        ),
        (REST_1, "/x/acme/tasks/7", "/base/acme/tasks/7"),
        (REST_1, "/tasks?tenant=acme", "/base/tasks?tenant=acme"),
        (
            REST_1,
            "/x/tasks/7/pushNotificationConfigs/c",
            "/base/tasks/7/pushNotificationConfigs/c",
        ),
    ] {
        let (agent, seen) = agent(speech, json(200, "{}"));
        let public = "https://gw.example/x".parse().unwrap();
        let request = rest("GET", path, "");
        let layer = layer().public_url(public).layer(agent);
        layer.oneshot(request).await.unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0].uri, format!("http://agent:1{expected}"), "{path}");
    }
}
