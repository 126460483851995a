use agentgateway_core::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_layer::Layer;

use super::{super::AnyAgent, support::*};
use crate::{A2aBinding, A2aOperation, A2aVersion, bridge::Speech, wire::grpc};

const GRPC_1: Speech = Speech::new(A2aBinding::Grpc, A2aVersion::V1_0);

fn call(operation: &A2aOperation, json: &str) -> Request<Body> {
    let version = A2aVersion::V1_0;
    let message = grpc::request_from_json(version, operation, json.as_bytes()).unwrap();
    Request::post(grpc::method_path(version, operation).unwrap())
        .version(http::Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::from(grpc::frame(&message.bytes).unwrap()))
        .unwrap()
}

async fn called(agent: AnyAgent, request: Request<Body>) -> (HeaderMap, Bytes, Option<HeaderMap>) {
    let answer = layer().layer(agent).oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned();
    (head.headers, body.to_bytes(), trailers)
}

#[tokio::test]
async fn a_client_of_grpc_asks_an_agent_of_v0_3_over_json_rpc() {
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"kind":"message","messageId":"m2","role":"agent","parts":[{"kind":"data","data":{"n":42}}]}}"#;
    let (agent, seen) = agent(RPC_03, json(200, answer));
    let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    let (_, body, trailers) = called(agent, call(&A2aOperation::SendMessage, sent)).await;
    assert_eq!(trailers.unwrap()["grpc-status"], "0");
    let message = crate::bridge::only_message(&body).unwrap().unwrap();
    let json = grpc::response_to_json(A2aVersion::V1_0, &A2aOperation::SendMessage, &message);
    assert_eq!(
        json.unwrap(),
        r#"{"message":{"messageId":"m2","role":"ROLE_AGENT","parts":[{"data":{"n":42}}]}}"#
    );
    assert!(seen.lock().unwrap()[0].body.contains("message/send"));
}

#[tokio::test]
async fn a_stream_for_a_client_of_grpc_says_by_its_status_whether_it_is_whole() {
    let task = "data: {\"task\":{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}\n\n";
    let done = "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n";
    let whole: &'static str = format!("{task}{done}").leak();
    for (stream, frames, status) in [(whole, 2, "0"), (task, 1, "14"), (&task[..40], 0, "13")] {
        let (agent, _) = agent(REST_1, events(stream));
        let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
        let request = call(&A2aOperation::SendStreamingMessage, sent);
        let (headers, mut body, trailers) = called(agent, request).await;
        // What fails before its first message says so in its head.
        let told = trailers.unwrap_or(headers);
        assert_eq!(told["grpc-status"], status, "{stream}");
        let mut decoder = grpc::FrameDecoder::new(1 << 20);
        let mut count = 0;
        while decoder.next_message(&mut body).unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, frames, "{stream}");
    }
}

/// Fault A17: the stream is closed at the terminal state, for clients of gRPC too; an event after it does not pass.
#[tokio::test(start_paused = true)]
async fn an_agent_that_leaves_its_stream_open_holds_no_client_of_grpc() {
    let done = "data: {\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}\n\n";
    let late = "data: {\"artifactUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"artifact\":{\"artifactId\":\"a\"}}}\n\n";
    let stream = Bytes::from(format!("{done}{late}"));
    let (agent, _) = agent(REST_1, move || open_events(stream.clone()));
    let sent = r#"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}"#;
    let request = call(&A2aOperation::SendStreamingMessage, sent);
    let (_, mut body, trailers) = called(agent, request).await;
    assert_eq!(trailers.unwrap()["grpc-status"], "0");
    let mut decoder = grpc::FrameDecoder::new(1 << 20);
    assert!(decoder.next_message(&mut body).unwrap().is_some());
    assert!(decoder.next_message(&mut body).unwrap().is_none());
}

#[tokio::test]
async fn an_error_is_a_status_with_its_details() {
    let said = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no such task"}}"#;
    let (agent, _) = agent(RPC_1, json(200, said));
    let request = call(&A2aOperation::GetTask, r#"{"id":"x"}"#);
    let (headers, body, _) = called(agent, request).await;
    assert!(body.is_empty());
    let fault = grpc::RpcFault::read(&headers).unwrap();
    assert_eq!((fault.code, &*fault.message), (-32001, "no such task"));
    assert_eq!(headers["grpc-status"], "5");
}

#[tokio::test]
async fn a_client_of_json_rpc_streams_from_an_agent_of_grpc() {
    let event = |json: &str| {
        let carried = grpc::event_from_json(A2aVersion::V1_0, json.as_bytes()).unwrap();
        grpc::frame(&carried.bytes).unwrap()
    };
    let frames = [
        event(r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#),
        event(r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#),
    ]
    .concat();
    let frames = Bytes::from(frames);
    for (status, ends_well) in [("0", true), ("14", false)] {
        let frames = frames.clone();
        let answer = move || {
            let trailers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-status"),
                http::HeaderValue::from_static(status),
            )]);
            let body = crate::bridge::events::Trailed::new(frames.clone(), trailers);
            let mut answer = Response::new(Body::new(body));
            let media = http::HeaderValue::from_static("application/grpc");
            answer.headers_mut().insert("content-type", media);
            answer
        };
        let (agent, seen) = agent(GRPC_1, answer);
        let sent = r#"{"jsonrpc":"2.0","id":7,"method":"message/stream","params":{"message":{"messageId":"m","role":"user","parts":[{"kind":"text","text":"hi"}]}}}"#;
        let (_, _, body) = ask(agent, rpc("0.3", sent)).await;
        let events: Vec<&str> = body
            .split("\n\n")
            .filter(|event| !event.is_empty())
            .collect();
        assert_eq!(events.len(), if ends_well { 2 } else { 3 }, "{body}");
        assert!(events[1].contains(r#""final":true"#), "{body}");
        assert_eq!(body.contains(r#""error""#), !ends_well, "{body}");
        let seen = seen.lock().unwrap();
        assert_eq!(
            seen[0].uri,
            "http://agent:1/lf.a2a.v1.A2AService/SendStreamingMessage"
        );
    }
}
