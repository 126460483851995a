use agentgateway_core::{Error, ErrorKind};
use proptest::prelude::*;

use super::{A2aOperation as Op, *};

const OPERATIONS: [Op; 12] = [
    Op::SendMessage,
    Op::SendStreamingMessage,
    Op::GetTask,
    Op::ListTasks,
    Op::CancelTask,
    Op::SubscribeToTask,
    Op::CreateTaskPushNotificationConfig,
    Op::GetTaskPushNotificationConfig,
    Op::ListTaskPushNotificationConfigs,
    Op::DeleteTaskPushNotificationConfig,
    Op::GetExtendedAgentCard,
    Op::AgentCard,
];

/// Everything there is, with this text.
fn all(text: &[u8]) {
    let mut loss = LossReport::new();
    for shape in [Shape::V1_0, RPC, PROTO] {
        for operation in &OPERATIONS {
            for with in [params_to_v1, params_from_v1, result_to_v1, result_from_v1] {
                if let Ok(out) = with(operation, shape, text, &mut loss) {
                    assert!(
                        out.len() <= text.len() * 24 + 128,
                        "{} from {}",
                        out.len(),
                        text.len()
                    );
                }
            }
            let _ = wants_no_history(operation, text);
        }
        let _ = push_payload_to_v1(shape, text, &mut loss);
        let _ = push_payload_from_v1(shape, text, &mut loss);
        let (mut to, mut from) = (EventsToV1::new(shape), EventsFromV1::new(shape));
        for _ in 0..2 {
            let _ = to.event(text);
            let _ = from.event(text);
        }
        let _ = from.finish();
    }
    let _ = without_history(&Bytes::copy_from_slice(text));
}

#[test]
fn v0_3_lists_no_tasks() {
    for shape in [RPC, PROTO] {
        for with in [params_to_v1, params_from_v1] {
            let error = fault(with, &Op::ListTasks, shape, "{}");
            assert_eq!(
                (error.kind(), error.code()),
                (ShapeErrorKind::NoPeer, -32601)
            );
            assert_eq!(
                error.to_string(),
                "A2A v0.3, which the other side speaks, has no ListTasks"
            );
            assert_eq!(Error::from(error).kind(), ErrorKind::NotFound);
        }
        assert_eq!(
            fault(result_from_v1, &Op::ListTasks, shape, "{}").kind(),
            ShapeErrorKind::NoPeer
        );
        let unknown = Op::Unknown("tasks/archive".into());
        assert_eq!(
            fault(params_to_v1, &unknown, shape, "{}").kind(),
            ShapeErrorKind::NoPeer
        );
    }
}

#[test]
fn a_fault_says_which_member_and_whose() {
    for (with, shape, operation, text, words) in [
        (
            params_to_v1 as Convert,
            RPC,
            Op::GetTask,
            "[]",
            "GetTaskRequest: expected an object, found an array",
        ),
        (
            params_to_v1,
            RPC,
            Op::SendMessage,
            r#"{"message":{"parts":{}}}"#,
            "\"parts\" of Message: expected an array, found an object",
        ),
        (
            params_to_v1,
            RPC,
            Op::SendMessage,
            r#"{"configuration":{"blocking":"yes"}}"#,
            "\"blocking\" of SendMessageConfiguration must be a boolean",
        ),
        (
            params_to_v1,
            PROTO,
            Op::SendMessage,
            r#"{"message":{"taskId":"a","task_id":"b"}}"#,
            "\"taskId\" of Message is there twice; send it once",
        ),
        (
            params_to_v1,
            RPC,
            Op::SendMessage,
            r#"{"message":{"role":[]}}"#,
            "\"role\" of Message must be the name of a role",
        ),
    ] {
        let error = fault(with, &operation, shape, text);
        assert_eq!((error.to_string().as_str(), error.code()), (words, -32602));
        assert_eq!(Error::from(error).kind(), ErrorKind::InvalidRequest);
    }
    for (text, words) in [
        ("{}", "result must be a task or a message"),
        (
            r#"{"kind":"status-update","taskId":"t"}"#,
            "result must be a task or a message",
        ),
        (
            r#"{"kind":"task","status":{"state":{}}}"#,
            "\"state\" of TaskStatus must be the name of a task state",
        ),
        ("7", "result: expected an object, found a number"),
    ] {
        let error = fault(result_to_v1, &Op::SendMessage, RPC, text);
        assert_eq!((error.to_string().as_str(), error.code()), (words, -32006));
        assert_eq!(Error::from(error).kind(), ErrorKind::BadAnswer);
    }
    let error = fault(
        result_from_v1,
        &Op::SendMessage,
        RPC,
        r#"{"task":{},"message":{}}"#,
    );
    assert_eq!(
        error.to_string(),
        "result must be a task, a message or an update, and one of them only"
    );
}

#[test]
fn all_may_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}

    check::<ShapeError>();
    check::<LossReport>();
    check::<EventsToV1>();
    check::<EventsFromV1>();
}

#[test]
fn depth_is_bounded() {
    for levels in [100_usize, 127, 128, 129, 10_000, 1_000_000] {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        all(nested.as_bytes());
        all(format!(r#"{{"message":{}}}"#, nested).as_bytes());
        let objects = format!("{}1{}", r#"{"message":"#.repeat(levels), "}".repeat(levels));
        all(objects.as_bytes());
    }
    let deep = format!(
        r#"{{"message":{{"kind":"message","parts":[{{"kind":"data","data":{{"x":{}1{}}}}}]}}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let error = fault(params_to_v1, &Op::SendMessage, RPC, &deep);
    assert_eq!(error.kind(), ShapeErrorKind::Json);
}

/// Texts made of the words that the conversions look for.
fn json() -> impl Strategy<Value = String> {
    const NAMES: [&str; 44] = [
        "kind",
        "task",
        "message",
        "msg",
        "statusUpdate",
        "artifactUpdate",
        "id",
        "taskId",
        "task_id",
        "contextId",
        "status",
        "state",
        "parts",
        "content",
        "text",
        "file",
        "bytes",
        "uri",
        "raw",
        "url",
        "fileWithUri",
        "data",
        "value",
        "metadata",
        "data_part_compat",
        "mediaType",
        "role",
        "timestamp",
        "update",
        "configuration",
        "blocking",
        "historyLength",
        "pushNotificationConfig",
        "schemes",
        "authentication",
        "name",
        "parent",
        "config",
        "configs",
        "artifacts",
        "artifact",
        "history",
        "final",
        "unknown_member",
    ];
    const LEAVES: [&str; 22] = [
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "1e400",
        "\"\"",
        "\"task\"",
        "\"message\"",
        "\"text\"",
        "\"file\"",
        "\"data\"",
        "\"status-update\"",
        "\"artifact-update\"",
        "\"input-required\"",
        "\"TASK_STATE_INPUT_REQUIRED\"",
        "\"tasks/t/pushNotificationConfigs/p\"",
        "\"tasks/t\"",
        "\"2025-01-01 00:00:00\"",
        "\"\\ud800\"",
        "\"é\"",
    ];
    let leaf = prop::sample::select(&LEAVES[..]).prop_map(str::to_owned);
    leaf.prop_recursive(7, 48, 5, |inner| {
        let member = (prop::sample::select(&NAMES[..]), inner.clone());
        let object = prop::collection::vec(member, 0..6).prop_map(|members| {
            let members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| format!("\"{name}\":{value}"))
                .collect();
            format!("{{{}}}", members.join(", "))
        });
        let array = prop::collection::vec(inner, 0..3)
            .prop_map(|elements| format!("[{}]", elements.join(" ,")));
        prop_oneof![4 => object, 1 => array]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_json_is_too_strange(text in json()) {
        all(text.as_bytes());
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..64), text in json(), at in any::<prop::sample::Index>()) {
        all(&bytes);
        let mut broken = text.into_bytes();
        let at = at.index(broken.len());
        if let Some(byte) = broken.get_mut(at) {
            *byte = bytes.first().copied().unwrap_or(b'}');
        }
        all(&broken);
    }

    /// What comes out is JSON.
    #[test]
    fn what_comes_out_is_json(text in json()) {
        let mut loss = LossReport::new();
        for shape in [RPC, PROTO] {
            for operation in &OPERATIONS {
                for with in [params_to_v1, params_from_v1, result_to_v1, result_from_v1] {
                    if let Ok(out) = with(operation, shape, text.as_bytes(), &mut loss) {
                        prop_assert!(agentgateway_core::json::Raw::parse(&out).is_ok(), "{out:?}");
                    }
                }
            }
        }
    }
}
