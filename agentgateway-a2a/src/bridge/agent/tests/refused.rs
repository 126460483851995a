use agentgateway_core::Body;
use bytes::Bytes;
use http::Request;

use super::support::*;

#[tokio::test]
async fn what_v0_3_has_no_method_for_is_said() {
    let (agent, seen) = agent(REST_03, json(200, "{}"));
    let (status, _, body) = ask(agent, rest("GET", "/tasks?pageSize=3", "")).await;
    assert_eq!(status, 404, "{body}");
    assert!(body.contains("METHOD_NOT_FOUND"), "{body}");
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A20 (part): what is no call and sends something reaches no agent.
#[tokio::test]
async fn a_message_that_does_not_say_that_it_is_json_goes_nowhere() {
    let (agent, seen) = agent(RPC_1, json(200, "{}"));
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"CancelTask","params":{"id":"victim"}}"#;
    for media in [Some("text/plain"), None] {
        let mut request = Request::post("/");
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let request = request.body(Body::from(Bytes::from(body))).unwrap();
        let (status, _, _) = ask(agent.clone(), request).await;
        assert_eq!(status, 415);
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A20 (part): no id becomes the path of another operation.
#[tokio::test]
async fn ids_that_are_paths_are_refused() {
    let (agent, seen) = agent(REST_1, json(200, "{}"));
    for id in [
        "7/pushNotificationConfigs/c1",
        "7:subscribe",
        "..",
        "",
        "a\\\\b",
    ] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{{"id":"{id}"}}}}"#);
        let (_, _, body) = ask(agent.clone(), rpc("", body.leak())).await;
        assert!(body.contains("-32602"), "{id} {body}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A21 (part): a version that nobody speaks is refused, and not taken for another.
#[tokio::test]
async fn an_unknown_version_is_not_translated() {
    let (agent, seen) = agent(REST_1, json(200, "{}"));
    let get = r#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"x"}}"#;
    let (_, _, body) = ask(agent, rpc("99", get)).await;
    assert!(body.contains("-32009"), "{body}");
    assert!(seen.lock().unwrap().is_empty());
}
