use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    GrpcError, GrpcErrorKind, event_from_json, event_to_json, request_from_json, request_to_json,
    response_from_json, response_to_json,
};
use crate::wire::{A2aOperation, A2aVersion};

const VERSIONS: [A2aVersion; 2] = [A2aVersion::V1_0, A2aVersion::V0_3];

const OPERATIONS: [A2aOperation; 12] = [
    A2aOperation::SendMessage,
    A2aOperation::SendStreamingMessage,
    A2aOperation::GetTask,
    A2aOperation::ListTasks,
    A2aOperation::CancelTask,
    A2aOperation::SubscribeToTask,
    A2aOperation::CreateTaskPushNotificationConfig,
    A2aOperation::GetTaskPushNotificationConfig,
    A2aOperation::ListTaskPushNotificationConfigs,
    A2aOperation::DeleteTaskPushNotificationConfig,
    A2aOperation::GetExtendedAgentCard,
    A2aOperation::AgentCard,
];

/// What a request for `SendMessage` in v1.0 becomes, and what of it was lost.
fn sent(json: &str) -> Result<(Value, Vec<&'static str>), GrpcError> {
    let operation = A2aOperation::SendMessage;
    let carried = request_from_json(A2aVersion::V1_0, &operation, json.as_bytes())?;
    let json = request_to_json(A2aVersion::V1_0, &operation, &carried.bytes)?;
    Ok((serde_json::from_slice(&json).unwrap(), carried.lost))
}

/// The part that a part becomes.
fn part(part: &str) -> Result<Value, GrpcError> {
    let (mut json, _) = sent(&format!(r#"{{"message":{{"parts":[{part}]}}}}"#))?;
    Ok(json["message"]["parts"][0].take())
}

#[test]
fn takes_every_spelling_that_proto_json_knows() {
    let (json, lost) = sent(
        r#"{"message":{"message_id":"m","contextId":null,"role":2,"parts":[
            {"raw":"-_8"},{"raw":"+/8="},{"text":"","media_type":"text/plain"},{"data":null}]},
            "configuration":{"history_length":"3","returnImmediately":false,"acceptedOutputModes":null}}"#,
    )
    .unwrap();
    assert_eq!(
        json,
        json!({"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [
            {"raw": "+/8="}, {"raw": "+/8="}, {"text": "", "mediaType": "text/plain"},
            {"data": null}]},
            "configuration": {"historyLength": 3}})
    );
    assert_eq!(lost, [""; 0]);
}

#[test]
fn enumerations_keep_numbers_and_leave_out_names_that_are_not_known() {
    let role = |role: &str| {
        let (json, lost) = sent(&format!(r#"{{"message":{{"role":{role}}}}}"#)).unwrap();
        (json["message"].clone(), lost)
    };
    assert_eq!(role("7"), (json!({"role": 7}), vec![]));
    assert_eq!(role("1.0"), (json!({"role": "ROLE_USER"}), vec![]));
    assert_eq!(role(r#""ROLE_UNSPECIFIED""#), (json!({}), vec![]));
    assert_eq!(
        role(r#""ROLE_NEW""#),
        (json!({}), vec!["unknown enumeration name"])
    );
}

#[test]
fn either_spelling_of_a_canceled_task_is_taken() {
    for (version, spelled) in [
        (A2aVersion::V1_0, "TASK_STATE_CANCELED"),
        (A2aVersion::V0_3, "TASK_STATE_CANCELLED"),
    ] {
        for given in ["TASK_STATE_CANCELED", "TASK_STATE_CANCELLED"] {
            let json = format!(r#"{{"statusUpdate":{{"status":{{"state":"{given}"}}}}}}"#);
            let carried = event_from_json(version, json.as_bytes()).unwrap();
            let back = event_to_json(version, &carried.bytes).unwrap();
            assert_eq!(back, json.replace(given, spelled));
        }
    }
}

#[test]
fn whole_numbers_stay_whole() {
    assert_eq!(
        part(r#"{"data":[42,42.0,-0,1e3]}"#).unwrap().to_string(),
        r#"{"data":[42,42,-0.0,1000]}"#
    );
}

#[test]
fn tells_each_kind_of_loss_once() {
    let (json, lost) = sent(
        r#"{"message":{"kind":"message","parts":[{"kind":"text","text":"a"}],
            "metadata":{"big":9007199254740993,"bigger":18446744073709551615}}}"#,
    )
    .unwrap();
    assert_eq!(lost, ["unknown member", "precision of a number"]);
    assert_eq!(
        json["message"]["metadata"]["big"],
        json!(9_007_199_254_740_992_u64)
    );
}

#[test]
fn says_which_field_is_wrong() {
    for (json, field, said) in [
        (
            r#"{"message":{"messageId":1}}"#,
            "messageId",
            "messageId: expected a string",
        ),
        (
            r#"{"message":[]}"#,
            "message",
            "message: expected an object, found an array",
        ),
        (
            r#"{"message":{"parts":{}}}"#,
            "parts",
            "parts: expected an array, found an object",
        ),
        (
            r#"{"message":{"parts":[{"text":"a","url":"b"}]}}"#,
            "url",
            "url: more than one value; send one",
        ),
        (
            r#"{"message":{"messageId":"a","message_id":"b"}}"#,
            "messageId",
            "messageId: more than one value; send one",
        ),
        (
            r#"{"metadata":{"a":1,"a":2}}"#,
            "metadata",
            "metadata: more than one value; send one",
        ),
        (
            r#"{"message":{"parts":[{"raw":"!"}]}}"#,
            "raw",
            "raw: expected a string in base64",
        ),
        (
            r#"{"configuration":{"historyLength":2147483648}}"#,
            "historyLength",
            "historyLength: expected a whole number of 32 bits",
        ),
        (
            r#"{"configuration":{"returnImmediately":"true"}}"#,
            "returnImmediately",
            "returnImmediately: expected true or false",
        ),
        (
            r#"{"metadata":{"a":1e400}}"#,
            "metadata",
            "metadata: expected a number that a double can hold",
        ),
    ] {
        let error = sent(json).unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (GrpcErrorKind::Value, Some(field))
        );
        assert_eq!(error.to_string(), said);
    }
    assert_eq!(sent("{").unwrap_err().kind(), GrpcErrorKind::Json);
    assert_eq!(sent("null").unwrap_err().kind(), GrpcErrorKind::Value);
}

#[test]
fn what_is_carried_can_be_read_however_deep_it_is() {
    let nested = |levels: usize| {
        let data = format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
        // No value lies deeper than one in the status of a task in a list.
        let status = format!(r#"{{"message":{{"parts":[{{"data":{data}}}]}}}}"#);
        let tasks = format!(r#"{{"tasks":[{{"status":{status}}}]}}"#);
        let operation = A2aOperation::ListTasks;
        let carried = response_from_json(A2aVersion::V1_0, &operation, tasks.as_bytes())?;
        let back = response_to_json(A2aVersion::V1_0, &operation, &carried.bytes).unwrap();
        assert!(back.starts_with(tasks.trim_end_matches('}').as_bytes()));
        Ok::<_, GrpcError>(())
    };
    nested(30).unwrap();
    for levels in [31, 100, 1_000_000] {
        assert_eq!(nested(levels).unwrap_err().kind(), GrpcErrorKind::TooDeep);
    }
}

#[test]
fn lists_of_tasks_say_all_that_is_required() {
    let json = response_to_json(A2aVersion::V1_0, &A2aOperation::ListTasks, b"").unwrap();
    assert_eq!(
        json,
        r#"{"tasks":[],"nextPageToken":"","pageSize":0,"totalSize":0}"#
    );
}

#[test]
fn an_answer_of_nothing_may_be_null() {
    for json in ["null", "{}"] {
        let operation = A2aOperation::DeleteTaskPushNotificationConfig;
        let carried = response_from_json(A2aVersion::V1_0, &operation, json.as_bytes()).unwrap();
        assert!(carried.bytes.is_empty());
        let back = response_to_json(A2aVersion::V1_0, &operation, &carried.bytes).unwrap();
        assert_eq!(back, "{}");
    }
}

#[test]
fn times_are_of_rfc_3339() {
    let time = |time: &str| {
        let json = format!(r#"{{"statusUpdate":{{"status":{{"timestamp":"{time}"}}}}}}"#);
        let carried = event_from_json(A2aVersion::V1_0, json.as_bytes())?;
        let back = event_to_json(A2aVersion::V1_0, &carried.bytes)?;
        let back: Value = serde_json::from_slice(&back).unwrap();
        Ok::<_, GrpcError>(back["statusUpdate"]["status"]["timestamp"].clone())
    };
    for (given, written) in [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100Z"),
        ("2026-01-02T03:04:05.000001Z", "2026-01-02T03:04:05.000001Z"),
        ("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        (
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59.999999999Z",
        ),
    ] {
        assert_eq!(time(given).unwrap(), written);
    }
    for given in [
        "",
        "now",
        "0000-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
    ] {
        assert_eq!(
            time(given).unwrap_err().field(),
            Some("timestamp"),
            "{given}"
        );
    }
}

#[test]
fn values_that_json_does_not_have_are_refused() {
    // A task whose status has a time far away, and one whose metadata has a number that is none.
    for task in [
        &b"\x1a\x0c\x1a\x0a\x08\x80\x80\x80\x80\x80\x80\x80\x80\x7f"[..],
        b"\x32\x10\x0a\x0e\x0a\x01n\x12\x09\x11\0\0\0\0\0\0\xf0\x7f",
    ] {
        let error = response_to_json(A2aVersion::V1_0, &A2aOperation::GetTask, task).unwrap_err();
        assert_eq!(error.kind(), GrpcErrorKind::Value, "{error}");
    }
}

#[test]
fn versions_have_the_messages_of_their_methods() {
    for operation in &OPERATIONS {
        for version in VERSIONS {
            let known = super::method_path(version, operation).is_some();
            assert_eq!(request_to_json(version, operation, b"").is_ok(), known);
            assert_eq!(response_to_json(version, operation, b"").is_ok(), known);
        }
        let error = request_to_json(A2aVersion::Unknown, operation, b"").unwrap_err();
        assert_eq!(error.kind(), GrpcErrorKind::NoMessage);
    }
}

/// What the module says of its cost.
#[test]
fn memory_grows_no_more_than_it_is_said_to() {
    assert!(size_of::<super::v1_0::Task>() <= 400);
    assert!(size_of::<super::v0_3::Task>() <= 400);
    assert!(size_of::<super::v1_0::Part>() <= 128);
    assert!(size_of::<prost_types::Value>() <= 48);
}

/// Any JSON that a `Value` carries without a loss.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_comes_back_as_it_was(data in value(), text in ".+", key in any::<String>()) {
        let json = json!({"message": {"messageId": text, "role": "ROLE_USER",
            "parts": [{"data": data, "metadata": {&key: data}}, {"text": text}]}});
        let (back, lost) = sent(&json.to_string()).unwrap();
        prop_assert_eq!(back, json);
        prop_assert!(lost.is_empty());
    }

    #[test]
    fn any_double_comes_back_to_the_last_bit(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        let operation = A2aOperation::SendMessage;
        let json = format!(r#"{{"metadata":{{"n":{number:e}}}}}"#);
        let carried = request_from_json(A2aVersion::V1_0, &operation, json.as_bytes()).unwrap();
        prop_assert!(carried.lost.is_empty());
        let back = request_to_json(A2aVersion::V1_0, &operation, &carried.bytes).unwrap();
        let back = std::str::from_utf8(&back).unwrap();
        let back = back.strip_prefix(r#"{"metadata":{"n":"#).unwrap().trim_end_matches('}');
        prop_assert_eq!(back.parse::<f64>().unwrap().to_bits(), bits);
    }

    /// What decodes is written, read again and encoded to the same JSON; what does not is refused.
    #[test]
    fn any_bytes_are_a_message_or_refused(
        bytes in proptest::collection::vec(prop_oneof![0_u8..64, any::<u8>()], 0..48),
        place in 0..OPERATIONS.len(),
        version in proptest::sample::select(&VERSIONS[..]),
    ) {
        let operation = &OPERATIONS[place];
        if let Ok(json) = response_to_json(version, operation, &bytes) {
            let carried = response_from_json(version, operation, &json).unwrap();
            prop_assert!(carried.lost.is_empty());
            prop_assert_eq!(response_to_json(version, operation, &carried.bytes).unwrap(), json);
        }
        if let Ok(json) = request_to_json(version, operation, &bytes) {
            let carried = request_from_json(version, operation, &json).unwrap();
            prop_assert_eq!(request_to_json(version, operation, &carried.bytes).unwrap(), json);
        }
        let _ = event_from_json(version, &bytes);
    }

    #[test]
    fn any_json_is_read_or_refused(
        name in "(task|message|msg|parts|status|metadata|role|timestamp|history)",
        data in value(),
        version in proptest::sample::select(&VERSIONS[..]),
    ) {
        for operation in &OPERATIONS {
            for json in [json!({&name: data}), json!({"task": {&name: data}}), data.clone()] {
                let json = json.to_string();
                if let Ok(carried) = response_from_json(version, operation, json.as_bytes()) {
                    prop_assert!(response_to_json(version, operation, &carried.bytes).is_ok());
                }
                let _ = request_from_json(version, operation, json.as_bytes());
            }
        }
    }
}
