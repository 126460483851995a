//! Clients that speak otherwise than the agent.

use std::time::Duration;

use agentgateway_core::Body;
use http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::support::{Replicas, Said, ask, made};
use crate::{
    A2aOperation, A2aVersion,
    route::tasks::TaskAffinityLayer,
    wire::grpc::{self, frame},
};

const HOSTS: [&str; 4] = ["a", "b", "c", "d"];

fn event(result: &str) -> Said {
    Said::Bytes(format!(
        "data: {{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{result}}}\n\n"
    ))
}

fn call(operation: &A2aOperation, json: &str) -> Request<Body> {
    let message = grpc::request_from_json(A2aVersion::V1_0, operation, json.as_bytes()).unwrap();
    let path = grpc::method_path(A2aVersion::V1_0, operation).unwrap();
    Request::post(path)
        .header("content-type", "application/grpc")
        .header("a2a-version", "1.0")
        .body(Body::from(frame(&message.bytes).unwrap()))
        .unwrap()
}

#[tokio::test]
async fn a_client_of_grpc_teaches_and_follows_homes() {
    let replicas = Replicas::default();
    let gateway = replicas.translated(&HOSTS, &TaskAffinityLayer::new("p"));
    let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    for _ in 0..20 {
        let request = call(&A2aOperation::SendMessage, sent);
        let answer = gateway.clone().oneshot(request).await.unwrap();
        answer.into_body().collect().await.unwrap();
        let task = format!("t{}", replicas.asked_hosts().len());
        let home = replicas.tasks.lock().unwrap()[&task].clone();

        let read = call(&A2aOperation::GetTask, &format!("{{\"id\":\"{task}\"}}"));
        let answer = gateway.clone().oneshot(read).await.unwrap();
        answer.into_body().collect().await.unwrap();
        assert_eq!(replicas.asked_hosts().last(), Some(&home));
    }
}

/// Both speak gRPC: nothing is translated.
#[tokio::test]
async fn what_passes_as_grpc_teaches_homes_too() {
    let replicas = Replicas::default();
    replicas
        .grpc
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let gateway = replicas.passing(&HOSTS, &TaskAffinityLayer::new("p"));
    let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    for at in 0..20 {
        let operation = match at % 2 {
            0 => A2aOperation::SendMessage,
            _ => A2aOperation::SendStreamingMessage,
        };
        let answer = gateway
            .clone()
            .oneshot(call(&operation, sent))
            .await
            .unwrap();
        answer.into_body().collect().await.unwrap();
        let task = format!("t{}", replicas.asked_hosts().len());
        let home = replicas.tasks.lock().unwrap()[&task].clone();

        let read = call(&A2aOperation::GetTask, &format!("{{\"id\":\"{task}\"}}"));
        let answer = gateway.clone().oneshot(read).await.unwrap();
        answer.into_body().collect().await.unwrap();
        assert_eq!(replicas.asked_hosts().last(), Some(&home), "{operation:?}");
    }
}

#[tokio::test]
async fn a_client_of_v0_3_follows_homes_that_one_of_v1_0_has_taught() {
    let replicas = Replicas::default();
    let gateway = replicas.translated(&HOSTS, &TaskAffinityLayer::new("p"));
    for _ in 0..20 {
        let (task, home) = made(&replicas, &gateway).await;
        let said = ask(&gateway, "tasks/get", &format!("{{\"id\":\"{task}\"}}")).await;
        assert!(said.contains(r#""kind":"task""#), "{said}");
        assert_eq!(replicas.asked_hosts().last(), Some(&home));
    }
}

#[tokio::test(start_paused = true)]
async fn a_translated_stream_is_taken_up_in_the_clients_own_version() {
    let task = |state: &str| {
        event(&format!(
            r#"{{"task":{{"id":"t","contextId":"c","status":{{"state":"{state}"}}}}}}"#
        ))
    };
    let replicas = Replicas::default();
    replicas.streams.lock().unwrap().extend([
        vec![task("TASK_STATE_WORKING"), Said::Broken],
        vec![task("TASK_STATE_COMPLETED")],
    ]);
    let layer = TaskAffinityLayer::new("p")
        .resume(2)
        .resume_after(Duration::from_millis(1));
    let gateway = replicas.translated(&HOSTS[..1], &layer);
    let params =
        r#"{"message":{"messageId":"m","role":"user","parts":[{"kind":"text","text":"hi"}]}}"#;
    let said = ask(&gateway, "message/stream", params).await;
    assert!(said.contains(r#""kind":"task""#), "{said}");
    let last = said.trim_end().rsplit("\n\n").next().unwrap();
    for part in [
        r#""kind":"status-update""#,
        r#""completed""#,
        r#""final":true"#,
    ] {
        assert!(last.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("\"error\""), "{said}");
    let asked = replicas.operations();
    assert_eq!(
        asked,
        [
            A2aOperation::SendStreamingMessage,
            A2aOperation::SubscribeToTask
        ]
    );
}
