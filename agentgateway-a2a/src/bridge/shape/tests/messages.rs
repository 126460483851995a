use super::{A2aOperation as Op, *};

const TASK_V1: &str = r#"{"id":"t1","contextId":"c1","status":{"state":"TASK_STATE_CANCELED","message":{"messageId":"m2","role":"ROLE_AGENT","parts":[{"text":"stopped"}]},"timestamp":"2025-03-01T10:00:00Z"},"artifacts":[{"artifactId":"a1","name":"n","description":"d","parts":[{"data":{"x":1.0}}],"metadata":{"k":1e3},"extensions":["urn:e"]}],"history":[{"messageId":"m1","contextId":"c1","taskId":"t1","role":"ROLE_USER","parts":[{"text":"go"}],"metadata":{"a":[1,2]},"extensions":["urn:x"]}],"metadata":{"big":1234567890123456789012345678901234567890}}"#;
const TASK_RPC: &str = r#"{"kind":"task","id":"t1","contextId":"c1","status":{"state":"canceled","message":{"kind":"message","messageId":"m2","role":"agent","parts":[{"kind":"text","text":"stopped"}]},"timestamp":"2025-03-01T10:00:00Z"},"artifacts":[{"artifactId":"a1","name":"n","description":"d","parts":[{"kind":"data","data":{"x":1.0}}],"metadata":{"k":1e3},"extensions":["urn:e"]}],"history":[{"kind":"message","messageId":"m1","contextId":"c1","taskId":"t1","role":"user","parts":[{"kind":"text","text":"go"}],"metadata":{"a":[1,2]},"extensions":["urn:x"]}],"metadata":{"big":1234567890123456789012345678901234567890}}"#;
const TASK_PROTO: &str = r#"{"id":"t1","contextId":"c1","status":{"state":"TASK_STATE_CANCELLED","message":{"messageId":"m2","role":"ROLE_AGENT","content":[{"text":"stopped"}]},"timestamp":"2025-03-01T10:00:00Z"},"artifacts":[{"artifactId":"a1","name":"n","description":"d","parts":[{"data":{"data":{"x":1.0}}}],"metadata":{"k":1e3},"extensions":["urn:e"]}],"history":[{"messageId":"m1","contextId":"c1","taskId":"t1","role":"ROLE_USER","content":[{"text":"go"}],"metadata":{"a":[1,2]},"extensions":["urn:x"]}],"metadata":{"big":1234567890123456789012345678901234567890}}"#;

#[test]
fn tasks_say_the_same_in_each_shape() {
    for operation in [Op::GetTask, Op::CancelTask] {
        same_result(&operation, TASK_V1, RPC, TASK_RPC);
        same_result(&operation, TASK_V1, PROTO, TASK_PROTO);
    }
    let wrapped = |task: &str| format!(r#"{{"task":{task}}}"#);
    same_result(&Op::SendMessage, &wrapped(TASK_V1), RPC, TASK_RPC);
    same_result(
        &Op::SendMessage,
        &wrapped(TASK_V1),
        PROTO,
        &wrapped(TASK_PROTO),
    );
}

#[test]
fn a_message_may_be_the_answer() {
    let v1 = r#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"hi"}],"referenceTaskIds":["t"]}}"#;
    let rpc = r#"{"kind":"message","messageId":"m","role":"agent","parts":[{"kind":"text","text":"hi"}],"referenceTaskIds":["t"]}"#;
    same_result(&Op::SendMessage, v1, RPC, rpc);
    becomes(
        result_from_v1,
        &Op::SendMessage,
        PROTO,
        v1,
        r#"{"message":{"messageId":"m","role":"ROLE_AGENT","content":[{"text":"hi"}]}}"#,
        &[Loss::ReferenceTaskIds],
    );
    becomes(
        result_to_v1,
        &Op::SendMessage,
        PROTO,
        r#"{"msg":{"message_id":"m","role":2,"content":[{"text":"hi"}]}}"#,
        r#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"hi"}]}}"#,
        &[],
    );
}

#[test]
fn answers_without_a_kind_are_known_by_their_members() {
    becomes(
        result_to_v1,
        &Op::SendMessage,
        RPC,
        r#"{"messageId":"m","role":"agent","parts":[]}"#,
        r#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]}}"#,
        &[],
    );
    becomes(
        result_to_v1,
        &Op::SendMessage,
        RPC,
        r#"{"id":"t","contextId":"c","status":{"state":"working"}}"#,
        r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#,
        &[],
    );
}

#[test]
fn every_state_has_its_name() {
    for (v1, rpc, proto) in [
        ("SUBMITTED", "submitted", "SUBMITTED"),
        ("WORKING", "working", "WORKING"),
        ("COMPLETED", "completed", "COMPLETED"),
        ("FAILED", "failed", "FAILED"),
        ("CANCELED", "canceled", "CANCELLED"),
        ("INPUT_REQUIRED", "input-required", "INPUT_REQUIRED"),
        ("REJECTED", "rejected", "REJECTED"),
        ("AUTH_REQUIRED", "auth-required", "AUTH_REQUIRED"),
        ("UNSPECIFIED", "unknown", "UNSPECIFIED"),
    ] {
        let task =
            |state: &str| format!(r#"{{"id":"t","contextId":"c","status":{{"state":"{state}"}}}}"#);
        let v1 = task(&format!("TASK_STATE_{v1}"));
        let rpc = task(rpc).replacen('{', r#"{"kind":"task","#, 1);
        same_result(&Op::GetTask, &v1, RPC, &rpc);
        same_result(
            &Op::GetTask,
            &v1,
            PROTO,
            &task(&format!("TASK_STATE_{proto}")),
        );
    }
    becomes(
        result_to_v1,
        &Op::GetTask,
        RPC,
        r#"{"kind":"task","id":"t","status":{"state":"paused"}}"#,
        r#"{"id":"t","status":{"state":"TASK_STATE_UNSPECIFIED"}}"#,
        &[Loss::State],
    );
}

#[test]
fn what_v0_3_must_have_is_made_up_and_taken_away_again() {
    let rpc = r#"{"kind":"task","id":"t","status":{"message":{"kind":"message","messageId":"m","role":"agent","parts":[]},"state":"unknown"},"contextId":""}"#;
    becomes(
        result_from_v1,
        &Op::GetTask,
        RPC,
        r#"{"id":"t","status":{"message":{"messageId":"m","role":"ROLE_AGENT"}}}"#,
        rpc,
        &[],
    );
    becomes(
        result_to_v1,
        &Op::GetTask,
        RPC,
        rpc,
        r#"{"id":"t","status":{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]},"state":"TASK_STATE_UNSPECIFIED"}}"#,
        &[],
    );
}

#[test]
fn names_of_the_protobuf_are_read_in_each_of_their_spellings() {
    becomes(
        result_to_v1,
        &Op::GetTask,
        PROTO,
        r#"{"id":"t","context_id":"c","status":{"state":5,"update":{"message_id":"m","role":"ROLE_AGENT","content":[]}}}"#,
        r#"{"id":"t","contextId":"c","status":{"state":"TASK_STATE_CANCELED","message":{"messageId":"m","role":"ROLE_AGENT","parts":[]}}}"#,
        &[],
    );
    becomes(
        result_from_v1,
        &Op::GetTask,
        RPC,
        r#"{"id":"t","context_id":"c","status":{"state":6},"artifacts":[{"artifact_id":"a","parts":[{"raw":"_-8","media_type":"a/b"}]}]}"#,
        r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"input-required"},"artifacts":[{"artifactId":"a","parts":[{"kind":"file","file":{"bytes":"/+8=","mimeType":"a/b"}}]}]}"#,
        &[],
    );
    // v0.3 over JSON-RPC is no protobuf: there it is another name.
    becomes(
        result_to_v1,
        &Op::GetTask,
        RPC,
        r#"{"kind":"task","id":"t","x_y":1,"status":{"state":"working"}}"#,
        r#"{"id":"t","x_y":1,"status":{"state":"TASK_STATE_WORKING"}}"#,
        &[],
    );
}

#[test]
fn unknown_members_pass_unless_they_mean_something_there() {
    let v1 = r#"{"id":"t","contextId":"c","x":{"kind":[1.50]},"status":{"state":"TASK_STATE_WORKING","y":null}}"#;
    let rpc = r#"{"kind":"task","id":"t","contextId":"c","x":{"kind":[1.50]},"status":{"state":"working","y":null}}"#;
    same_result(&Op::GetTask, v1, RPC, rpc);
    becomes(
        result_from_v1,
        &Op::GetTask,
        RPC,
        r#"{"id":"t","contextId":"c","kind":"message","status":{"state":1}}"#,
        r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"submitted"}}"#,
        &[Loss::Clash],
    );
    becomes(
        result_to_v1,
        &Op::SendMessage,
        PROTO,
        r#"{"message":{"messageId":"m","role":"ROLE_AGENT","content":[],"parts":[{"text":"x"}]},"z":1}"#,
        r#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]},"z":1}"#,
        &[Loss::Clash],
    );
}

#[test]
fn null_is_missing() {
    becomes(
        result_to_v1,
        &Op::GetTask,
        RPC,
        r#"{"kind":"task","id":"t","contextId":null,"history":null,"artifacts":null,"status":{"state":"working","message":null,"timestamp":null}}"#,
        r#"{"id":"t","status":{"state":"TASK_STATE_WORKING"}}"#,
        &[],
    );
}

#[test]
fn times_without_a_zone_get_one() {
    let rpc = |time: &str| {
        format!(r#"{{"kind":"task","id":"t","status":{{"state":"working","timestamp":{time}}}}}"#)
    };
    becomes(
        result_to_v1,
        &Op::GetTask,
        RPC,
        &rpc("\"2025-03-01T10:00:00.25\""),
        r#"{"id":"t","status":{"state":"TASK_STATE_WORKING","timestamp":"2025-03-01T10:00:00.25Z"}}"#,
        &[],
    );
    becomes(
        result_to_v1,
        &Op::GetTask,
        RPC,
        &rpc("\"noon\""),
        r#"{"id":"t","status":{"state":"TASK_STATE_WORKING"}}"#,
        &[Loss::Timestamp],
    );
}

#[test]
fn cards_and_the_shape_of_v1_0_stay_as_they_are() {
    for (operation, shape) in [
        (Op::GetExtendedAgentCard, RPC),
        (Op::AgentCard, PROTO),
        (Op::GetTask, Shape::V1_0),
        (Op::ListTasks, Shape::V1_0),
    ] {
        becomes(
            result_to_v1,
            &operation,
            shape,
            "{ \"kind\":1}",
            "{ \"kind\":1}",
            &[],
        );
        becomes(
            result_from_v1,
            &operation,
            shape,
            "{ \"kind\":1}",
            "{ \"kind\":1}",
            &[],
        );
    }
    becomes(params_to_v1, &Op::GetTask, Shape::V1_0, "{ }", "{ }", &[]);
}
