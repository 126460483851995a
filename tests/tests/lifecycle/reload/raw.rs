//! What the gateway's own settings keep over a change of the manifests.

use agentgateway_tests::{Manifests, free_port, objects::*, post, raw::RawUpstream};
use serde_json::{Value, json};

use super::scene::{Scene, replace};

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 61\r\n\r\n\
    {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"message\":{\"messageId\":\"m\"}}}";
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
const SECRET: &str = "
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: default}
stringData: {id: hidden}
";

async fn scene(agent: u16) -> Scene {
    let raw = "{mcp: {clientCredentials: [{backend: {name: tools}, tokenEndpoint: 'http://127.0.0.1:1/t', \
               clientId: gw, clientSecretRef: {name: own, key: id}}]}, \
               a2a: [{pushGuard: {allowHttp: true, networks: [127.0.0.0/8]}, \
               pushRelay: {publicUrl: 'http://agents.example.org'}}]}";
    let planner = format!("{{a2a: {{host: 127.0.0.1, port: {agent}}}}}");
    let tools = "{mcp: {targets: [{name: a, static: {host: 127.0.0.1, port: 1}}]}}";
    let objects = [
        routed("a2a", "planner", "/", &planner, ""),
        served("mcp", "tools", tools, ""),
    ];
    let manifests = Manifests::default()
        .parameters(&format!("{{rawConfig: {raw}}}"))
        .and(&objects.join(SEPARATOR))
        .ports(free_port(), free_port(), free_port());
    let folder = tempfile::tempdir().unwrap();
    let text = manifests.text();
    replace(&folder.path().join("gateway.yaml"), &text);
    replace(&folder.path().join("secret.yaml"), SECRET);
    Scene::over(folder, "", text).await
}

/// What was registered with one configuration is delivered under the next, by the same relay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_delivers_what_was_registered_before_a_change() {
    let (agent, client) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(ACCEPTED).await,
    );
    let scene = scene(agent.port()).await;
    let hook = format!("http://127.0.0.1:{}/hook", client.port());
    let params = json!({
        "message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "a"}]},
        "configuration": {"taskPushNotificationConfig": {"url": hook}},
    });
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": params});
    let headers = [("content-type", "application/json"), ("a2a-version", "1.0")];
    let url = scene.process.url("a2a");
    let sent = post(&url, &headers, body.to_string()).await;
    assert_eq!(sent.status().as_u16(), 200, "{sent:?}");
    let [request] = agent.calls().try_into().unwrap();
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let push = &body["params"]["configuration"]["taskPushNotificationConfig"]["url"];
    let path = push
        .as_str()
        .unwrap()
        .strip_prefix("http://agents.example.org")
        .unwrap();

    let more = backend("more", "{static: {host: 127.0.0.1, port: 1}}");
    scene.write(&[&*scene.text, &more].join(SEPARATOR));
    scene.runs(2).await;
    let told = json!({"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"}}});
    let pushed = post(&format!("{url}{path}"), &headers[..1], told.to_string()).await;
    assert_eq!(pushed.status().as_u16(), 202, "{pushed:?}");
    client.requested(1).await;
}

/// Like a credential of a backend: what runs has it, and keeps it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_loses_the_secret_of_an_own_token_is_refused() {
    let agent = RawUpstream::serving(OK).await;
    let scene = scene(agent.port()).await;
    let path = scene.folder.path().join("secret.yaml");
    replace(&path, &SECRET.replace("{id:", "{ids:"));
    let status = scene
        .until("the refusal", |status| status["onDisk"]["applied"] == false)
        .await;
    let problem = status["onDisk"]["problems"][0].as_str().unwrap();
    assert!(
        problem.contains(
            "spec.rawConfig.mcp.clientCredentials[0].clientSecretRef: Secret default/own has no key"
        ),
        "{problem}"
    );
    assert_eq!(scene.generation().await, 1);
    assert!(!status.to_string().contains("hidden"));
}
