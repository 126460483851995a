use agentgateway_core::json::Raw;

use super::{MessageParts, Params, PushUrl, read_body, read_params};
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
        push_url: Some(PushUrl::new("https://x")),
        ..Params::default()
    };
    let without_parts = |params: Params| Params {
        parts: MessageParts::default(),
        ..params
    };
    let read = rpc("SendMessage", &v1_0).map(without_parts);
    assert_eq!(read, Ok(expected.clone()));
    let v0_3 = format!(
        r#"{{{message},"configuration":{{"blocking":false,"pushNotificationConfig":{{"url":"https://x"}}}}}}"#
    );
    let expected = Params {
        tenant: None,
        ..expected
    };
    let read = rpc("message/stream", &v0_3).map(without_parts);
    assert_eq!(read, Ok(expected));
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
        assert_eq!(facts.push_url.is_some(), params.contains("url"), "{method}");
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
        (
            "SendMessage",
            r#"{"configuration":{"pushNotificationConfig":{"url":"a"},"push_notification_config":{"url":"b"}}}"#,
            "in two places",
        ),
        (
            "message/send",
            r#"{"configuration":{"pushNotificationConfig":{"url":"a","\u0075rl":"b"}}}"#,
            "second time",
        ),
        (
            "CreateTaskPushNotificationConfig",
            r#"{"url":["https://x"]}"#,
            "must be a string",
        ),
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
            .push_url
            .is_some()
    );
    assert_eq!(
        read_body(b" ", &create, A2aVersion::V1_0).unwrap(),
        Params::default()
    );
}

/// Fault A23 (part): files by URL and inline, and their media types, are seen in every shape.
#[test]
fn parts_are_seen_in_every_shape() {
    let v1_0 = r#"{"message":{"parts":[{"text":"hi"},{"data":{"a":1}},{"raw":"AAAA","mediaType":"Image/PNG; q=1"},{"url":"http://10.0.0.1/","filename":"x"}]},"configuration":{"acceptedOutputModes":["text/plain"]}}"#;
    let v0_3 = r#"{"message":{"parts":[{"kind":"text","text":"hi"},{"kind":"data","data":{"a":1}},{"kind":"file","file":{"bytes":"AAAA","mimeType":"image/png"}},{"kind":"file","file":{"uri":"http://10.0.0.1/"}}]},"configuration":{"acceptedOutputModes":["text/plain"]}}"#;
    let by_rest = br#"{"request":{"content":[{"text":"hi"},{"data":{"data":{}}},{"file":{"fileWithBytes":"AAAA","mimeType":"image/png"}},{"file":{"file_with_uri":"http://10.0.0.1/"}}]},"configuration":{"accepted_output_modes":["TEXT/plain"]}}"#;
    let by_rest = read_body(by_rest, &A2aOperation::SendMessage, A2aVersion::V0_3).unwrap();
    for read in [
        rpc("SendMessage", v1_0).unwrap(),
        rpc("message/send", v0_3).unwrap(),
        by_rest,
    ] {
        let parts = read.parts;
        assert_eq!((parts.count(), parts.urls()), (4, 1));
        assert_eq!(parts.largest_inline_bytes(), 4);
        let media: Vec<_> = parts.media_types().collect();
        let known = [
            "text/plain",
            "application/json",
            "image/png",
            "application/octet-stream",
        ];
        assert_eq!(media, known);
        assert_eq!(parts.output_modes().collect::<Vec<_>>(), ["text/plain"]);
        assert!(!parts.is_cut());
    }
}

#[test]
fn parts_that_two_parsers_could_read_differently_are_told() {
    for parts in [
        r#"[{"text":"a","mediaType":"a/b","mimeType":"c/d"}]"#,
        r#"[{"text":"a","mediaType":7}]"#,
        r#"["a"]"#,
        r#"{"text":"a"}"#,
        r#"[{"url":"a","url":"b"}]"#,
    ] {
        let params = format!(r#"{{"message":{{"parts":{parts}}}}}"#);
        assert!(
            rpc("SendMessage", &params).unwrap().parts.is_cut(),
            "{parts}"
        );
    }
    let many: Vec<_> = (0..40)
        .map(|n| format!(r#"{{"text":"","mediaType":"a/{n}"}}"#))
        .collect();
    let params = format!(r#"{{"message":{{"parts":[{}]}}}}"#, many.join(","));
    let parts = rpc("SendMessage", &params).unwrap().parts;
    assert!(parts.is_cut());
    assert_eq!((parts.count(), parts.media_types().count()), (40, 32));
}

#[test]
fn finds_the_url_in_every_shape() {
    let url = Some(PushUrl::new("https://x"));
    for name in [
        "taskPushNotificationConfig",
        "task_push_notification_config",
        "pushNotificationConfig",
        "push_notification_config",
        "pushNotification",
        "push_notification",
    ] {
        let params = format!(r#"{{"configuration":{{"{name}":{{"url":"https://x"}}}}}}"#);
        for method in ["SendMessage", "SendStreamingMessage", "message/stream"] {
            assert_eq!(rpc(method, &params).unwrap().push_url, url, "{params}");
        }
    }
    for params in [
        r#"{"url":"https://x"}"#,
        r#"{"pushNotificationConfig":{"url":"https://x"}}"#,
        r#"{"config":{"push_notification_config":{"url":"https://x"}}}"#,
        r#"{"config":{"url":"https://x"}}"#,
        // Twice the same is no question.
        r#"{"url":"https://x","pushNotificationConfig":{"url":"https:\/\/x"}}"#,
    ] {
        for method in [
            "CreateTaskPushNotificationConfig",
            "tasks/pushNotificationConfig/set",
        ] {
            assert_eq!(rpc(method, params).unwrap().push_url, url, "{params}");
        }
    }
    for params in [r#"{"url":""}"#, r#"{"url":null}"#, r#"{"config":"x"}"#] {
        let facts = rpc("CreateTaskPushNotificationConfig", params).unwrap();
        assert_eq!(facts.push_url, None, "{params}");
    }
}
