use std::time::Duration;

use agentgateway_core::Body;
use http::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::Agent;
use crate::demo::tests::{ask, json, json_events};

fn message(text: &str) -> Value {
    let parts = json!([{"kind": "text", "text": text}]);
    json!({"message": {"messageId": "m", "role": "ROLE_USER", "parts": parts, "content": parts}})
}

async fn rpc(agent: &Agent, method: &str, params: Value) -> Response<Body> {
    let body = json!({"jsonrpc": "2.0", "id": "q", "method": method, "params": params});
    ask(agent, "POST", "/", &[], &body).await
}

async fn result(agent: &Agent, method: &str, params: Value) -> Value {
    let answer = json(rpc(agent, method, params).await).await;
    assert_eq!(answer["id"], "q");
    answer["result"].clone()
}

async fn code(agent: &Agent, method: &str, params: Value) -> Value {
    json(rpc(agent, method, params).await).await["error"]["code"].clone()
}

#[tokio::test(start_paused = true)]
async fn card_has_the_interfaces_of_both_versions_at_both_paths() {
    for path in ["/.well-known/agent-card.json", "/.well-known/agent.json"] {
        let card = json(ask(&Agent::new(), "GET", path, &[], &Value::Null).await).await;
        assert_eq!(card["supportedInterfaces"].as_array().unwrap().len(), 4);
        assert_eq!(card["supportedInterfaces"][0]["protocolVersion"], "1.0");
        assert_eq!(card["preferredTransport"], "JSONRPC");
        assert_eq!(card["url"], "http://agent.invalid/");
    }
}

#[tokio::test(start_paused = true)]
async fn send_waits_for_the_end_and_the_task_can_be_read_again() {
    let agent = Agent::new();
    let sent = result(&agent, "SendMessage", message("hello there")).await;
    let task = &sent["task"];
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{"text": "echo: hello there"}])
    );
    assert_eq!(
        result(&agent, "GetTask", json!({"id": task["id"]})).await,
        *task
    );
    let old = result(&agent, "tasks/get", json!({"id": task["id"]})).await;
    assert_eq!(old["kind"], "task");
    assert_eq!(old["status"]["state"], "completed");
    assert_eq!(old["artifacts"][0]["parts"][0]["kind"], "text");
}

#[tokio::test(start_paused = true)]
async fn send_answers_at_once_when_asked() {
    let agent = Agent::new();
    let mut params = message("hello");
    params["configuration"] = json!({"returnImmediately": true});
    let task = result(&agent, "SendMessage", params).await["task"].clone();
    assert_eq!(task["status"]["state"], "TASK_STATE_SUBMITTED");
    tokio::time::advance(Duration::from_secs(1)).await;
    let later = result(&agent, "GetTask", json!({"id": task["id"]})).await;
    assert_eq!(later["status"]["state"], "TASK_STATE_COMPLETED");
}

#[tokio::test(start_paused = true)]
async fn streams_the_task_then_its_steps() {
    let answer = rpc(&Agent::new(), "SendStreamingMessage", message("a b")).await;
    let events = json_events(answer).await;
    let results: Vec<&Value> = events.iter().map(|event| &event["result"]).collect();
    assert_eq!(results.len(), 6);
    assert_eq!(
        results[0]["task"]["status"]["state"],
        "TASK_STATE_SUBMITTED"
    );
    assert_eq!(
        results[1]["statusUpdate"]["status"]["state"],
        "TASK_STATE_WORKING"
    );
    let texts: Vec<&Value> = results[2..5]
        .iter()
        .map(|result| &result["artifactUpdate"]["artifact"]["parts"][0]["text"])
        .collect();
    assert_eq!(texts, ["echo: ", "a ", "b"]);
    assert_eq!(results[2]["artifactUpdate"]["append"], false);
    assert_eq!(results[4]["artifactUpdate"]["append"], true);
    assert_eq!(results[4]["artifactUpdate"]["lastChunk"], true);
    assert_eq!(
        results[5]["statusUpdate"]["status"]["state"],
        "TASK_STATE_COMPLETED"
    );
    assert!(results[5]["statusUpdate"].get("final").is_none());
}

#[tokio::test(start_paused = true)]
async fn streams_in_the_shapes_of_the_earlier_version() {
    let agent = Agent::new();
    let events = json_events(rpc(&agent, "message/stream", message("a")).await).await;
    let kinds: Vec<&Value> = events
        .iter()
        .map(|event| &event["result"]["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            "task",
            "status-update",
            "artifact-update",
            "artifact-update",
            "status-update"
        ]
    );
    assert_eq!(events[1]["result"]["final"], false);
    assert_eq!(events[4]["result"]["final"], true);
    let rest = ask(&agent, "POST", "/v1/message:stream", &[], &message("a")).await;
    let events = json_events(rest).await;
    assert_eq!(events[0]["task"]["status"]["state"], "TASK_STATE_SUBMITTED");
    assert_eq!(events[4]["statusUpdate"]["final"], true);
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_stream_of_the_task() {
    let agent = Agent::new();
    let answer = rpc(&agent, "SendStreamingMessage", message("slow hello")).await;
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let first: Value = serde_json::from_slice(first.strip_prefix(b"data: ").unwrap()).unwrap();
    body.frame().await.unwrap().unwrap();
    let id = json!({"id": first["result"]["task"]["id"]});
    let canceled = result(&agent, "CancelTask", id.clone()).await;
    assert_eq!(canceled["status"]["state"], "TASK_STATE_CANCELED");
    let rest = body.collect().await.unwrap().to_bytes();
    let rest = std::str::from_utf8(&rest).unwrap();
    assert_eq!(rest.matches("data: ").count(), 1);
    assert!(rest.contains("TASK_STATE_CANCELED"));
    assert_eq!(code(&agent, "CancelTask", id.clone()).await, -32002);
    assert_eq!(code(&agent, "SubscribeToTask", id.clone()).await, -32004);
    let old = json(ask(&agent, "GET", "/v1/tasks/task-1", &[], &Value::Null).await).await;
    assert_eq!(old["status"]["state"], "TASK_STATE_CANCELLED");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_is_taken_up_again() {
    let agent = Agent::new();
    drop(rpc(&agent, "SendStreamingMessage", message("slow hello")).await);
    tokio::time::advance(Duration::from_secs(5)).await;
    for (method, expected) in [
        ("SubscribeToTask", "TASK_STATE_WORKING"),
        ("tasks/resubscribe", "working"),
    ] {
        let mut body = rpc(&agent, method, json!({"id": "task-1"}))
            .await
            .into_body();
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let first: Value = serde_json::from_slice(first.strip_prefix(b"data: ").unwrap()).unwrap();
        assert!(first["result"].to_string().contains(expected));
    }
    let answer = rpc(&agent, "SubscribeToTask", json!({"id": "task-1"})).await;
    let events = json_events(answer).await;
    let said = events[0]["result"]["task"]["artifacts"][0]["parts"][0]["text"]
        .as_str()
        .unwrap();
    let more: String = events
        .iter()
        .filter_map(|event| {
            event["result"]["artifactUpdate"]["artifact"]["parts"][0]["text"].as_str()
        })
        .collect();
    let task = result(&agent, "GetTask", json!({"id": "task-1"})).await;
    assert_eq!(
        task["artifacts"][0]["parts"][0]["text"],
        format!("{said}{more}")
    );
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_asks_goes_on_when_it_is_answered() {
    let agent = Agent::new();
    let asked = result(&agent, "message/send", message("ask me")).await;
    assert_eq!(asked["status"]["state"], "input-required");
    assert_eq!(asked["status"]["message"]["role"], "agent");
    let mut params = message("this");
    params["message"]["taskId"] = asked["id"].clone();
    params["message"]["contextId"] = json!("another");
    assert_eq!(code(&agent, "message/send", params.clone()).await, -32602);
    params["message"]["contextId"] = asked["contextId"].clone();
    let done = result(&agent, "message/send", params.clone()).await;
    assert_eq!(done["id"], asked["id"]);
    assert_eq!(done["status"]["state"], "completed");
    assert_eq!(code(&agent, "message/send", params).await, -32004);
}

#[tokio::test(start_paused = true)]
async fn answers_a_message_without_a_task() {
    let agent = Agent::new();
    let sent = result(&agent, "SendMessage", message("message hi")).await;
    assert_eq!(sent["message"]["role"], "ROLE_AGENT");
    let old = result(&agent, "message/send", message("message hi")).await;
    assert_eq!(old["kind"], "message");
    let streamed = json_events(rpc(&agent, "SendStreamingMessage", message("message hi")).await);
    assert_eq!(streamed.await.len(), 1);
    assert_eq!(result(&agent, "ListTasks", json!({})).await["totalSize"], 0);
}

#[tokio::test(start_paused = true)]
async fn rest_has_the_paths_and_the_errors_of_both_versions() {
    let agent = Agent::new();
    let sent = ask(&agent, "POST", "/message:send", &[], &message("hi")).await;
    assert_eq!(sent.headers()["content-type"], "application/a2a+json");
    assert_eq!(json(sent).await["task"]["id"], "task-1");
    let snake = json!({"request": {"message_id": "m", "content": [{"text": "hi"}]}});
    let sent = json(ask(&agent, "POST", "/v1/message:send", &[], &snake).await).await;
    assert_eq!(sent["task"]["status"]["state"], "TASK_STATE_COMPLETED");
    let path = "/tasks?pageSize=1&includeArtifacts=false&contextId=context%2D2";
    let list = json(ask(&agent, "GET", path, &[], &Value::Null).await).await;
    assert_eq!(list["tasks"][0]["id"], "task-2");
    let missing = ask(&agent, "GET", "/tasks/none", &[], &Value::Null).await;
    assert_eq!(missing.status(), 404);
    let missing = json(missing).await;
    assert_eq!(missing["error"]["status"], "NOT_FOUND");
    assert_eq!(missing["error"]["details"][0]["reason"], "TASK_NOT_FOUND");
    for (method, path, status) in [
        ("POST", "/tasks/task-1:cancel", 400),
        ("POST", "/v1/tasks/task-1:subscribe", 400),
        ("GET", "/extendedAgentCard", 400),
        ("GET", "/v1/card", 400),
        ("POST", "/tasks/task-1/pushNotificationConfigs", 400),
        ("GET", "/", 404),
        ("DELETE", "/tasks/task-1", 404),
    ] {
        assert_eq!(
            ask(&agent, method, path, &[], &json!({})).await.status(),
            status,
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn refuses_unknown_tasks_methods_and_versions() {
    let agent = Agent::new();
    let unknown = json(rpc(&agent, "GetTask", json!({"id": "task-9"})).await).await;
    assert_eq!(unknown["error"]["code"], -32001);
    assert_eq!(unknown["error"]["data"][0]["reason"], "TASK_NOT_FOUND");
    let unknown = json(rpc(&agent, "tasks/get", json!({"id": "task-9"})).await).await;
    assert_eq!(unknown["error"]["code"], -32001);
    assert!(unknown["error"].get("data").is_none());
    assert_eq!(code(&agent, "Dance", json!({})).await, -32601);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "ListTasks"});
    for (version, served) in [
        ("1.0", true),
        ("1.0.1", true),
        ("0.3", true),
        ("2.0", false),
    ] {
        let answer = json(ask(&agent, "POST", "/", &[("a2a-version", version)], &body).await).await;
        assert_eq!(answer.get("result").is_some(), served, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn forgets_the_oldest_tasks() {
    let agent = Agent::new();
    let mut params = message("x");
    params["configuration"] = json!({"returnImmediately": true});
    for _ in 0..300 {
        result(&agent, "SendMessage", params.clone()).await;
    }
    assert_eq!(
        code(&agent, "GetTask", json!({"id": "task-44"})).await,
        -32001
    );
    assert_eq!(
        result(&agent, "GetTask", json!({"id": "task-45"})).await["id"],
        "task-45"
    );
    let mut seen = 0;
    let mut token = json!("");
    loop {
        let page = result(
            &agent,
            "ListTasks",
            json!({"pageSize": 100, "pageToken": token}),
        )
        .await;
        assert_eq!(page["totalSize"], 256);
        seen += page["tasks"].as_array().unwrap().len();
        token = page["nextPageToken"].clone();
        if token == "" {
            break;
        }
    }
    assert_eq!(seen, 256);
}

#[tokio::test(start_paused = true)]
async fn takes_any_json_without_a_panic() {
    let agent = Agent::new();
    let odd = [
        json!(null),
        json!([]),
        json!({"message": {"messageId": "m", "parts": [1, {"data": {}}]}}),
        json!({"message": {"messageId": "x".repeat(300), "parts": [{"text": "x"}]}}),
        json!({"id": {}, "pageSize": -1, "pageToken": "x"}),
    ];
    for params in odd {
        for method in [
            "SendMessage",
            "message/stream",
            "tasks/get",
            "ListTasks",
            "CancelTask",
        ] {
            let answer = json(rpc(&agent, method, params.clone()).await).await;
            assert!(
                answer["error"].is_object() || method == "ListTasks",
                "{method} {params}"
            );
        }
        let answer = ask(&agent, "POST", "/v1/message:send", &[], &params).await;
        assert_eq!(answer.status(), 400);
    }
    let long = result(&agent, "SendMessage", message(&"é".repeat(5000))).await;
    let text = long["task"]["artifacts"][0]["parts"][0]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.len() <= 4096 + "echo: ".len());
}
