use agentgateway_core::{
    egress::Guard,
    forwarded::{Network, Networks},
};
use http::StatusCode;

use super::support::{V0_3, V1_0, post, rpc, through};
use crate::push::PushGuard;

const SECRET: &str = "s3cr3t";

fn layer() -> PushGuard {
    PushGuard::new(Guard::new())
}

/// Both entry points in every shape of JSON, with this URL.
fn shapes(
    url: &str,
) -> Vec<(
    &'static str,
    http::Request<http_body_util::Full<bytes::Bytes>>,
)> {
    let config = format!(r#"{{"url":"{url}","token":"{SECRET}"}}"#);
    let inline = |name: &str| {
        format!(
            r#"{{"message":{{"messageId":"m","parts":[]}},"configuration":{{"{name}":{config}}}}}"#
        )
    };
    vec![
        (
            "v1.0",
            rpc(V1_0, "SendMessage", &inline("taskPushNotificationConfig")),
        ),
        (
            "v1.0 stream",
            rpc(
                V1_0,
                "SendStreamingMessage",
                &inline("taskPushNotificationConfig"),
            ),
        ),
        (
            "v1.0 snake",
            rpc(
                V1_0,
                "SendMessage",
                &inline("task_push_notification_config"),
            ),
        ),
        (
            "v0.3",
            rpc(V0_3, "message/send", &inline("pushNotificationConfig")),
        ),
        (
            "v0.3 stream",
            rpc(V0_3, "message/stream", &inline("pushNotificationConfig")),
        ),
        (
            "v0.3 snake",
            rpc(V0_3, "message/send", &inline("push_notification_config")),
        ),
        (
            "v1.0 create",
            rpc(
                V1_0,
                "CreateTaskPushNotificationConfig",
                &format!(r#"{{"taskId":"t","url":"{url}"}}"#),
            ),
        ),
        (
            "v0.3 create",
            rpc(
                V0_3,
                "tasks/pushNotificationConfig/set",
                &format!(r#"{{"taskId":"t","pushNotificationConfig":{config}}}"#),
            ),
        ),
        (
            "v1.0 REST",
            post(V1_0, "/message:send", inline("taskPushNotificationConfig")),
        ),
        (
            "v1.0 REST stream",
            post(
                V1_0,
                "/acme/message:stream",
                inline("taskPushNotificationConfig"),
            ),
        ),
        (
            "v0.3 REST",
            post(V0_3, "/v1/message:send", inline("pushNotification")),
        ),
        (
            "v1.0 REST create",
            post(V1_0, "/tasks/t/pushNotificationConfigs", config.clone()),
        ),
        (
            "v0.3 REST create",
            post(
                V0_3,
                "/v1/tasks/t/pushNotificationConfigs",
                format!(r#"{{"config":{{"pushNotificationConfig":{config}}}}}"#),
            ),
        ),
    ]
}

/// Fault A11: a push URL that leads inside is refused at both entry points, in every shape, with words that say why and do not repeat it.
#[tokio::test]
async fn refuses_urls_that_lead_inside_in_every_shape() {
    for (shape, request) in shapes("https://169.254.169.254/latest?key=s3cr3t") {
        let (answer, seen) = through(layer(), request, "{}").await;
        assert!(seen.lock().unwrap().is_empty(), "{shape}");
        let rest = shape.contains("REST");
        let code = if rest { "INVALID_ARGUMENT" } else { "-32602" };
        assert!(answer.text.contains(code), "{shape}: {}", answer.text);
        assert!(
            answer.text.contains("not public"),
            "{shape}: {}",
            answer.text
        );
        assert!(!answer.text.contains(SECRET), "{shape}: {}", answer.text);
        let status = match shape {
            _ if shape.starts_with("v0.3 REST") => StatusCode::UNPROCESSABLE_ENTITY,
            _ if rest => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        assert_eq!(answer.status, status, "{shape}");
        if !rest {
            assert!(
                answer.text.contains(r#""id":7"#),
                "{shape}: {}",
                answer.text
            );
        }
    }
}

/// Fault A11: loopback, private and link-local addresses, other schemes and ports, users, and URLs without end are refused when they are registered.
#[tokio::test]
async fn refuses_every_kind_of_url_that_must_not_be_called() {
    let long = format!("https://hooks.example/{}", "a".repeat(5 * 1024));
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f.1/",
        "http://hooks.example/",
        "file:///etc/passwd",
        "https://hooks.example:22/",
        "https://hooks.example:25/",
        "https://user:pass@hooks.example/",
        "/relative",
        &long,
    ] {
        let params = format!(r#"{{"taskId":"t","url":"{url}"}}"#);
        let request = rpc(V1_0, "CreateTaskPushNotificationConfig", &params);
        let (answer, seen) = through(layer(), request, "{}").await;
        assert!(seen.lock().unwrap().is_empty(), "{url}");
        assert!(answer.text.contains("-32602"), "{url}: {}", answer.text);
    }
}

#[tokio::test]
async fn lets_pass_what_is_allowed_byte_for_byte() {
    for (shape, request) in shapes("https://hooks.example/task/7") {
        let sent = http_body_util::BodyExt::collect(request.body().clone());
        let sent = sent.await.unwrap().to_bytes();
        let (answer, seen) =
            through(layer(), request, r#"{"jsonrpc":"2.0","id":7,"result":{}}"#).await;
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{shape}: {}", answer.text);
        assert_eq!(seen[0].1, sent, "{shape}");
    }
    let networks = Networks::from_iter(["10.0.0.0/8".parse::<Network>().unwrap()]);
    let layer = PushGuard::new(Guard::new().allow_networks(networks));
    let request = rpc(
        V1_0,
        "CreateTaskPushNotificationConfig",
        r#"{"taskId":"t","url":"https://10.1.2.3/"}"#,
    );
    let (_, seen) = through(layer, request, "{}").await;
    assert_eq!(seen.lock().unwrap().len(), 1);
}

/// Fault A11: what nobody could read does not get past the guard.
#[tokio::test]
async fn lets_nothing_pass_that_was_not_read() {
    let inline = r#"{"configuration":{"taskPushNotificationConfig":{"url":"https://127.0.0.1/"}}}"#;
    let coded = |mut request: http::Request<_>, media: &'static str| {
        let media = http::HeaderValue::from_static(media);
        request.headers_mut().insert("content-type", media);
        request
    };
    let rest = || coded(post(V1_0, "/message:send", inline), "text/plain");
    let unread = || coded(rpc(V1_0, "SendMessage", inline), "text/plain");
    let (answer, seen) = through(layer(), rest(), "{}").await;
    assert!(answer.text.contains("INVALID_ARGUMENT"), "{}", answer.text);
    assert!(seen.lock().unwrap().is_empty());
    let (answer, seen) = through(layer(), unread(), "{}").await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(seen.lock().unwrap().is_empty());
    let old = rpc(
        V0_3,
        "tasks/pushNotification/set",
        r#"{"id":"t","pushNotificationConfig":{"url":"http://127.0.0.1/"}}"#,
    );
    let (answer, seen) = through(layer(), old, "{}").await;
    assert!(answer.text.contains("-32602"), "{}", answer.text);
    assert!(seen.lock().unwrap().is_empty());
    for request in [rest(), unread()] {
        let (_, seen) = through(layer().allow_unread(true), request, "{}").await;
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

/// Fault A11: gRPC is judged alike.
#[cfg(feature = "grpc")]
#[tokio::test]
async fn judges_calls_of_grpc() {
    use crate::{A2aOperation, A2aVersion, wire::grpc};

    let params = br#"{"taskId":"t","url":"https://127.0.0.1/"}"#;
    let operation = A2aOperation::CreateTaskPushNotificationConfig;
    let message = grpc::request_from_json(A2aVersion::V1_0, &operation, params).unwrap();
    let path = grpc::method_path(A2aVersion::V1_0, &operation).unwrap();
    let mut request = post(V1_0, path, grpc::frame(&message.bytes).unwrap());
    let media = http::HeaderValue::from_static("application/grpc");
    request.headers_mut().insert("content-type", media);
    let (answer, seen) = through(layer(), request, "{}").await;
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(answer.grpc_status.as_deref(), Some("3"), "{answer:?}");
}
