use super::support::*;

#[tokio::test]
async fn a_client_of_v0_3_sends_to_an_agent_of_v1_0_over_http_json() {
    let (agent, seen) = agent(
        REST_1,
        json(
            200,
            r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"},"artifacts":[{"artifactId":"a","parts":[{"data":{"n":1.0}}]}]}}"#,
        ),
    );
    let sent = r#"{"jsonrpc":"2.0","id":"7","method":"message/send","params":{"message":{"kind":"message","messageId":"m","role":"user","parts":[{"kind":"text","text":"hi"}]},"configuration":{"blocking":false}}}"#;
    let (status, _, body) = ask(agent, rpc("", sent)).await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        r#"{"jsonrpc":"2.0","id":"7","result":{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"},"artifacts":[{"artifactId":"a","parts":[{"kind":"data","data":{"n":1.0}}]}]}}"#
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri, "http://agent:1/base/message:send");
    assert_eq!(seen[0].headers["a2a-version"], "1.0");
    assert_eq!(seen[0].headers["a2a-extensions"], "https://x.example/one");
    assert_eq!(
        seen[0].body,
        r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]},"configuration":{"returnImmediately":true}}"#
    );
}

#[tokio::test]
async fn a_route_of_v1_0_becomes_a_method_of_v0_3() {
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"task","id":"7","contextId":"c","status":{"state":"working"}}}"#;
    let (agent, seen) = agent(RPC_03, json(200, answer));
    let (status, headers, body) = ask(agent, rest("GET", "/x/tasks/7?historyLength=2", "")).await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "application/a2a+json");
    assert_eq!(
        body,
        r#"{"id":"7","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}"#
    );
    let seen = seen.lock().unwrap();
    assert_eq!(
        (seen[0].method.as_str(), &*seen[0].uri),
        ("POST", "http://agent:1/base")
    );
    assert_eq!(
        seen[0].body,
        r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"7","historyLength":2}}"#
    );
}

#[tokio::test]
async fn no_history_is_none_whatever_the_agent_takes_it_for() {
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"task","id":"7","contextId":"c","status":{"state":"working"},"history":[{"kind":"message","messageId":"m","role":"user","parts":[]}]}}"#;
    let (agent, _) = agent(RPC_03, json(200, answer));
    let (_, _, body) = ask(agent, rest("GET", "/tasks/7?historyLength=0", "")).await;
    assert!(!body.contains("history"), "{body}");
}

/// Fault A17: second event before `Task`: where the agent's version lets a stream begin with any event, the client's
/// begins with the task.
#[tokio::test]
async fn a_stream_of_v0_3_begins_with_a_task_for_a_client_of_v1_0() {
    let stream = concat!(
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"working\"},\"final\":false}}\r\n\r\n",
        ": ping\r\n\r\n",
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"completed\"},\"final\":true}}\r\n\r\n",
    );
    let (agent, _) = agent(RPC_03, events(stream));
    let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    let (status, headers, body) = ask(agent, rest("POST", "/message:stream", sent)).await;
    assert_eq!(
        (status.as_u16(), &headers["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(
        body,
        concat!(
            "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n",
            "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n",
            ": keep-alive\n\n",
            "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n",
        )
    );
}

#[tokio::test]
async fn a_translated_stream_that_breaks_off_is_no_success() {
    let stream = "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n";
    let (agent, _) = agent(REST_1, events(stream));
    let sent = r#"{"jsonrpc":"2.0","id":7,"method":"message/stream","params":{"message":{"messageId":"m","role":"user","parts":[]}}}"#;
    let (_, _, body) = ask(agent, rpc("0.3", sent)).await;
    let last = body.trim_end().lines().last().unwrap();
    assert!(
        last.starts_with(r#"data: {"jsonrpc":"2.0","id":7,"error":{"#),
        "{body}"
    );
}

#[tokio::test]
async fn errors_of_agents_are_said_in_the_clients_binding() {
    let fault = r#"{"error":{"code":404,"status":"NOT_FOUND","message":"no such task","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND","domain":"a2a-protocol.org"}]}}"#;
    let get = r#"{"jsonrpc":"2.0","id":7,"method":"tasks/get","params":{"id":"x"}}"#;
    let (agent_1, _) = agent(REST_1, json(404, fault));
    let (status, _, body) = ask(agent_1, rpc("", get)).await;
    assert_eq!(status, 200);
    assert!(
        body.starts_with(
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"no such task""#
        ),
        "{body}"
    );

    let said = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"done"}}"#;
    let (agent_03, _) = agent(RPC_03, json(200, said));
    let (status, _, body) = ask(agent_03, rest("POST", "/tasks/7:cancel", "{}")).await;
    assert_eq!(status, 400);
    assert!(body.contains(r#""reason":"TASK_NOT_CANCELABLE""#), "{body}");

    // Not the protocol's word: of whoever stands before the agent.
    let denied = || {
        let mut answer = typed(401, "text/plain", "who are you");
        let challenge = "Bearer realm=\"agent\"".parse().unwrap();
        answer.headers_mut().insert("www-authenticate", challenge);
        answer
    };
    let (agent_1, _) = agent(REST_1, denied);
    let (status, headers, body) = ask(agent_1, rpc("", get)).await;
    assert_eq!(status, 401);
    assert_eq!(headers["www-authenticate"], "Bearer realm=\"agent\"");
    assert!(body.contains("who are you"), "{body}");
}

/// What a stream loses is told when it ends: the head is gone before.
#[tokio::test]
async fn losses_within_a_stream_are_told_at_its_end() {
    use std::sync::{Arc, Mutex};

    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use tower_layer::Layer as _;

    use crate::bridge::Loss;

    let stream = concat!(
        "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}},\"beside\":1}\n\n",
        "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n",
    );
    let (agent, _) = agent(REST_1, events(stream));
    let told = Arc::new(Mutex::new(None));
    let record = told.clone();
    let layer = layer().on_finished(move |finished| {
        *record.lock().unwrap() = Some(finished.report.losses);
    });
    let sent = r#"{"jsonrpc":"2.0","id":7,"method":"message/stream","params":{"message":{"messageId":"m","role":"user","parts":[]}}}"#;
    let answer = layer.layer(agent).oneshot(rpc("0.3", sent)).await.unwrap();
    assert!(told.lock().unwrap().is_none());
    answer.into_body().collect().await.unwrap();
    let losses = told.lock().unwrap().unwrap();
    assert!(losses.has(Loss::BesidePayload), "{losses}");
}
