//! What is written for v0.3 over JSON-RPC, held against the schema that A2A published.

use std::{env, fs, path::PathBuf};

use jsonschema::Validator;
use proptest::{strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};

use super::{A2aOperation as Op, *};

/// The schema of one definition; `None` where the file is not.
fn schema(definition: &str) -> Option<Validator> {
    let root = env::var_os("AGENTGATEWAY_DATA").map_or_else(
        || {
            let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            here.ancestors()
                .map(|up| up.join("shared/data"))
                .find(|data| data.is_dir())
                .unwrap_or(here)
        },
        PathBuf::from,
    );
    let path = root.join("a2a/a2a-v0.3.schema.json");
    let Ok(text) = fs::read(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let mut schema: Value = serde_json::from_slice(&text).unwrap();
    let root = schema.as_object_mut().unwrap();
    root.retain(|name, _| name == "$schema" || name == "definitions");
    root.insert("$ref".into(), json!(format!("#/definitions/{definition}")));
    Some(jsonschema::validator_for(&schema).unwrap())
}

/// Holds what becomes of many texts against a definition.
fn holds(
    definition: &str,
    texts: impl proptest::strategy::Strategy<Value = String>,
    convert: impl Fn(&str) -> Vec<Bytes>,
) {
    let Some(schema) = schema(definition) else {
        return;
    };
    assert!(!schema.is_valid(&json!({})));
    let mut runner = TestRunner::deterministic();
    for _ in 0..128 {
        // Numbers that no float holds are none to the validator's parser.
        let text = texts
            .new_tree(&mut runner)
            .unwrap()
            .current()
            .replace("1e400", "1e40");
        for out in convert(&text) {
            let value: Value = serde_json::from_slice(&out).unwrap();
            if let Err(error) = schema.validate(&value) {
                panic!("{error} at {}: {}", error.instance_path(), text_of(&out));
            }
        }
    }
}

fn result(operation: Op) -> impl Fn(&str) -> Vec<Bytes> {
    move |text| {
        vec![result_from_v1(&operation, RPC, text.as_bytes(), &mut LossReport::new()).unwrap()]
    }
}

fn params(operation: Op) -> impl Fn(&str) -> Vec<Bytes> {
    move |text| {
        vec![params_from_v1(&operation, RPC, text.as_bytes(), &mut LossReport::new()).unwrap()]
    }
}

#[test]
fn tasks_and_configurations_are_those_of_the_schema() {
    holds("Task", round_trip::task(RPC), result(Op::GetTask));
    let config = "TaskPushNotificationConfig";
    holds(
        config,
        round_trip::push_config(),
        result(Op::CreateTaskPushNotificationConfig),
    );
    holds(
        config,
        round_trip::push_config(),
        params(Op::CreateTaskPushNotificationConfig),
    );
}

#[test]
fn what_is_sent_is_that_of_the_schema() {
    holds(
        "MessageSendParams",
        round_trip::send(RPC),
        params(Op::SendMessage),
    );
}

#[test]
fn updates_are_those_of_the_schema() {
    holds(
        "SendStreamingMessageSuccessResponse",
        round_trip::update(RPC),
        |text| {
            let mut events = EventsFromV1::new(RPC);
            let mut out = events.event(text.as_bytes()).unwrap();
            out.extend(events.finish());
            out.iter()
                .map(|event| {
                    Bytes::from(format!(
                        r#"{{"jsonrpc":"2.0","id":1,"result":{}}}"#,
                        text_of(event)
                    ))
                })
                .collect()
        },
    );
}

#[test]
fn the_least_that_v1_0_says_is_enough_for_the_schema() {
    for (definition, operation, text) in [
        ("Task", Op::GetTask, r#"{"id":"t","status":{}}"#),
        (
            "Task",
            Op::GetTask,
            r#"{"id":"t","artifacts":[{"artifactId":"a"}],"status":{"message":{"messageId":"m","role":2}}}"#,
        ),
        (
            "Message",
            Op::SendMessage,
            r#"{"message":{"messageId":"m","role":"ROLE_UNSPECIFIED"}}"#,
        ),
        (
            "TaskPushNotificationConfig",
            Op::GetTaskPushNotificationConfig,
            r#"{"taskId":"t","url":"u","authentication":{}}"#,
        ),
    ] {
        holds(
            definition,
            proptest::strategy::Just(text.to_owned()),
            result(operation),
        );
    }
}
