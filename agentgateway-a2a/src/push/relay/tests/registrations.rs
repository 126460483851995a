use std::time::Duration;

use agentgateway_core::seal::Sealer;
use http::{Method, Request, StatusCode};
use tower::ServiceExt;

use super::support::{PUBLIC, TASK, builder, push, registered};
use crate::push::{
    relay::PushRelay,
    tests::support::{V0_3, V1_0, post, rpc, through},
};

const URL: &str = "https://hooks.example/7?key=s3cr3t";

fn config() -> String {
    format!(
        r#"{{"id":"c","url":"{URL}","token":"tok","authentication":{{"scheme":"Bearer","credentials":"cred"}}}}"#
    )
}

/// Fault A14: the agent learns neither the client's URL nor its credentials, in any shape.
#[tokio::test]
async fn tells_the_agent_its_own_url_alone() {
    let relay = builder().build();
    let config = config();
    let inline = |name: &str| {
        format!(
            r#"{{"message":{{"messageId":"m","parts":[]}},"configuration":{{"{name}":{config}, "historyLength":1}}}}"#
        )
    };
    for request in [
        rpc(V1_0, "SendMessage", &inline("taskPushNotificationConfig")),
        rpc(V0_3, "message/stream", &inline("pushNotificationConfig")),
        rpc(V1_0, "CreateTaskPushNotificationConfig", &config),
        rpc(
            V0_3,
            "tasks/pushNotificationConfig/set",
            &format!(r#"{{"taskId":"t","pushNotificationConfig":{config}}}"#),
        ),
        post(V1_0, "/message:send", inline("taskPushNotificationConfig")),
        post(V0_3, "/v1/message:send", inline("pushNotification")),
        post(V1_0, "/tasks/t/pushNotificationConfigs", config.clone()),
    ] {
        let (answer, seen) = through(relay.layer(), request, "{}").await;
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{answer:?}");
        let body = String::from_utf8_lossy(&seen[0].1);
        assert!(body.contains(r#""id":"c""#), "{body}");
        assert!(
            body.contains(&format!(r#""url":"{PUBLIC}/push/"#)),
            "{body}"
        );
        for secret in ["hooks.example", "s3cr3t", "tok", "cred"] {
            // A sealed text may have any three letters in it.
            let quoted = format!("\"{secret}\"");
            assert!(!body.contains(&quoted), "{secret}: {body}");
        }
        assert!(!body.contains("s3cr3t") && !body.contains("hooks.example"));
    }
}

/// Fault A14: clients read their own URL again, and no credentials.
#[tokio::test]
async fn tells_clients_their_own_url_without_secrets() {
    let relay = builder().build();
    for (version, method, envelope) in [
        (V1_0, "GetTaskPushNotificationConfig", "@"),
        (V1_0, "CreateTaskPushNotificationConfig", "@"),
        (
            V1_0,
            "ListTaskPushNotificationConfigs",
            r#"{"configs":[@]}"#,
        ),
        (
            V0_3,
            "tasks/pushNotificationConfig/get",
            r#"{"taskId":"t","pushNotificationConfig":@}"#,
        ),
        (
            V0_3,
            "tasks/pushNotificationConfig/list",
            r#"[{"taskId":"t","pushNotificationConfig":@}]"#,
        ),
    ] {
        let told = registered(&relay, version, URL).await;
        let config = format!(r#"{{"id":"c","url":"{told}"}}"#);
        let result = envelope.replace('@', &config);
        let answer = format!(r#"{{"jsonrpc":"2.0","id":7,"result":{result}}}"#);
        let request = rpc(version, method, r#"{"taskId":"t","id":"t"}"#);
        let (answer, _) = through(relay.layer(), request, String::leak(answer)).await;
        let scheme = if version == V1_0 {
            r#"{"scheme":"Bearer"}"#
        } else {
            r#"{"schemes":["Bearer"]}"#
        };
        let expected = format!(r#"{{"authentication":{scheme},"id":"c","url":"{URL}"}}"#);
        let expected = format!(
            r#"{{"jsonrpc":"2.0","id":7,"result":{}}}"#,
            envelope.replace('@', &expected)
        );
        assert_eq!(answer.text, expected, "{method}");
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn relays_for_clients_of_grpc() {
    use crate::{A2aOperation, A2aVersion, bridge::only_message, wire::grpc};

    let relay = builder().build();
    let operation = A2aOperation::CreateTaskPushNotificationConfig;
    let params = config().replace(r#"{"id""#, r#"{"taskId":"t","id""#);
    let message = grpc::request_from_json(A2aVersion::V1_0, &operation, params.as_bytes()).unwrap();
    let path = grpc::method_path(A2aVersion::V1_0, &operation).unwrap();
    let mut request = post(V1_0, path, grpc::frame(&message.bytes).unwrap());
    let media = http::HeaderValue::from_static("application/grpc");
    request.headers_mut().insert("content-type", media);
    let (_, seen) = through(relay.layer(), request, "").await;
    let seen = seen.lock().unwrap();
    let message = only_message(&seen[0].1).unwrap().unwrap();
    let json = grpc::request_to_json(A2aVersion::V1_0, &operation, &message).unwrap();
    let json = String::from_utf8_lossy(&json);
    assert!(
        json.contains(&format!(r#""url":"{PUBLIC}/push/"#)),
        "{json}"
    );
    assert!(
        !json.contains("hooks.example") && !json.contains("\"cred\""),
        "{json}"
    );
}

#[tokio::test]
async fn opens_nothing_that_was_changed_or_sealed_by_another() {
    let relay = builder().build();
    let url = registered(&relay, V1_0, URL).await;
    let (prefix, sealed) = url.rsplit_once('/').unwrap();
    for at in [0, 1, 40, sealed.len() / 2, sealed.len() - 2] {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = format!("{prefix}/{}", String::from_utf8(bytes).unwrap());
        assert_eq!(
            push(&relay, &changed, TASK).await.0,
            StatusCode::NOT_FOUND,
            "{at}"
        );
    }
    for short in ["", "AQ", &sealed[..sealed.len() - 1]] {
        let url = format!("{prefix}/{short}");
        assert_eq!(push(&relay, &url, TASK).await.0, StatusCode::NOT_FOUND);
    }
    let other = PushRelay::builder(PUBLIC.parse().unwrap(), Sealer::new(&[8; 32])).build();
    assert_eq!(push(&other, &url, TASK).await.0, StatusCode::NOT_FOUND);
    // Another replica has the same key.
    let replica = builder().build();
    assert_eq!(push(&replica, &url, TASK).await.0, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_registration_ends_with_its_lifetime() {
    let relay = builder().lifetime(Duration::ZERO).build();
    let url = registered(&relay, V1_0, URL).await;
    assert_eq!(push(&relay, &url, TASK).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn takes_notifications_and_nothing_else() {
    let relay = builder().max_payload_bytes(256).build();
    let url = registered(&relay, V1_0, URL).await;
    for (body, expected) in [
        ("", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::BAD_REQUEST),
        ("{}", StatusCode::BAD_REQUEST),
        (r#"{"kind":"task"}"#, StatusCode::BAD_REQUEST),
        (&"x".repeat(257), StatusCode::PAYLOAD_TOO_LARGE),
        (TASK, StatusCode::ACCEPTED),
    ] {
        let (status, words) = push(&relay, &url, body).await;
        assert_eq!(status, expected, "{body}: {words}");
        assert!(!words.contains("hooks.example"));
    }
    let mut request = Request::new(agentgateway_core::Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = url.parse().unwrap();
    let answer = relay.receiver().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn refuses_what_does_not_fit_into_headers_or_a_path() {
    let relay = builder().build();
    for config in [
        format!(r#"{{"url":"{URL}","token":"a\nb"}}"#),
        format!(r#"{{"url":"{URL}","token":7}}"#),
        format!(r#"{{"url":"{URL}","token":"{}"}}"#, "x".repeat(5_000)),
        format!(r#"{{"url":"{URL}","authentication":{{"scheme":"a\r\nb","credentials":"c"}}}}"#),
        format!(r#"{{"url":"{URL}","authentication":[]}}"#),
        format!(r#"{{"url":"{URL}","token":"a","token":"b"}}"#),
        r#"{"url":"https://127.0.0.2:22/"}"#.to_owned(),
    ] {
        let request = rpc(V1_0, "CreateTaskPushNotificationConfig", &config);
        let (answer, seen) = through(relay.layer(), request, "{}").await;
        assert!(seen.lock().unwrap().is_empty(), "{config}");
        assert!(answer.text.contains("-32602"), "{config}: {}", answer.text);
        assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
    }
}

#[tokio::test]
async fn calls_without_a_url_pass_as_they_are() {
    let relay = builder().build();
    let params = r#"{"message":{"messageId":"m","parts":[]}, "configuration":{"taskPushNotificationConfig":{}}}"#;
    let request = rpc(V1_0, "SendMessage", params);
    let (_, seen) = through(relay.layer(), request, "{}").await;
    let seen = seen.lock().unwrap();
    assert!(String::from_utf8_lossy(&seen[0].1).contains(params));
}
