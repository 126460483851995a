use agentgateway_core::json::Raw;

use super::{Params, read_body, read_params};
use crate::{A2aOperation, A2aVersion};

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text.as_bytes()).unwrap()
}

fn rpc(method: &str, params: &str) -> Result<Params, String> {
    let (operation, version) = A2aOperation::of_method(method);
    read_params(raw(params), &operation, version.unwrap()).map_err(|error| error.to_string())
}

fn boxed(text: &str) -> Option<Box<str>> {
    Some(text.into())
}

#[test]
fn reads_messages_of_both_versions() {
    let message = r#""message":{"messageId":"m","contextId":"c","taskId":"t","parts":[{"taskId":1,"taskId":2}]}"#;
    let v1_0 = format!(
        r#"{{"tenant":"acme",{message},"configuration":{{"returnImmediately":true,"taskPushNotificationConfig":{{"url":"https://x"}}}}}}"#
    );
    let expected = Params {
        tenant: boxed("acme"),
        task_id: boxed("t"),
        context_id: boxed("c"),
        message_id: boxed("m"),
        push_config_id: None,
        return_immediately: Some(true),
        has_push_url: true,
    };
    assert_eq!(rpc("SendMessage", &v1_0), Ok(expected.clone()));
    let v0_3 = format!(
        r#"{{{message},"configuration":{{"blocking":false,"pushNotificationConfig":{{"url":"https://x"}}}}}}"#
    );
    let expected = Params {
        tenant: None,
        ..expected
    };
    assert_eq!(rpc("message/stream", &v0_3), Ok(expected));
}

#[test]
fn reads_ids_where_each_version_has_them() {
    for (method, params, task, config) in [
        ("GetTask", r#"{"id":"t"}"#, "t", None),
        ("tasks/resubscribe", r#"{"id":"t"}"#, "t", None),
        (
            "GetTaskPushNotificationConfig",
            r#"{"taskId":"t","id":"c"}"#,
            "t",
            Some("c"),
        ),
        (
            "DeleteTaskPushNotificationConfig",
            r#"{"task_id":"t","id":"c"}"#,
            "t",
            Some("c"),
        ),
        (
            "tasks/pushNotificationConfig/get",
            r#"{"id":"t","pushNotificationConfigId":"c"}"#,
            "t",
            Some("c"),
        ),
        (
            "CreateTaskPushNotificationConfig",
            r#"{"taskId":"t","id":"c","url":"https://x"}"#,
            "t",
            Some("c"),
        ),
        (
            "tasks/pushNotificationConfig/set",
            r#"{"taskId":"t","pushNotificationConfig":{"url":"u"}}"#,
            "t",
            None,
        ),
    ] {
        let facts = rpc(method, params).unwrap();
        assert_eq!(facts.task_id.as_deref(), Some(task), "{method}");
        assert_eq!(facts.push_config_id.as_deref(), config, "{method}");
        assert_eq!(facts.has_push_url, params.contains("url"), "{method}");
    }
}

#[test]
fn refuses_what_two_parsers_could_read_differently() {
    for (method, params, reason) in [
        ("GetTask", r#"{"id":"a","id":"b"}"#, "second time"),
        ("GetTask", r#"{"id":"a","\u0069d":"b"}"#, "second time"),
        ("GetTask", r#"{"id":7}"#, "must be a string"),
        ("GetTask", r#"{"id":"\ud800"}"#, "must be a string"),
        (
            "SendMessage",
            r#"{"message":{"taskId":"a","task_id":"b"}}"#,
            "two spellings",
        ),
        ("SendMessage", r#"{"message":[]}"#, "expected an object"),
    ] {
        let error = rpc(method, params).unwrap_err();
        assert!(error.contains(reason), "{params}: {error}");
    }
}

#[test]
fn v0_3_knows_one_spelling() {
    let facts = rpc(
        "message/send",
        r#"{"message":{"taskId":"a","task_id":"b"}}"#,
    )
    .unwrap();
    assert_eq!(facts.task_id.as_deref(), Some("a"));
}

#[test]
fn reads_bodies_of_http_json() {
    let body = br#"{"request":{"message_id":"m","content":[]},"configuration":{"blocking":true}}"#;
    let facts = read_body(body, &A2aOperation::SendMessage, A2aVersion::V0_3).unwrap();
    assert_eq!(facts.message_id.as_deref(), Some("m"));
    assert_eq!(facts.return_immediately, Some(false));
    let nested = br#"{"config":{"pushNotificationConfig":{"url":"https://x"}}}"#;
    let create = A2aOperation::CreateTaskPushNotificationConfig;
    assert!(
        read_body(nested, &create, A2aVersion::V0_3)
            .unwrap()
            .has_push_url
    );
    assert_eq!(
        read_body(b" ", &create, A2aVersion::V1_0).unwrap(),
        Params::default()
    );
}
