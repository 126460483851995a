use super::*;

type Push = fn(Shape, &[u8], &mut LossReport) -> Result<Bytes, ShapeError>;

fn pushed(with: Push, shape: Shape, payload: &str, expected: &str, lost: &[Loss]) {
    let mut loss = LossReport::new();
    let out = with(shape, payload.as_bytes(), &mut loss).unwrap();
    assert_eq!(text_of(&out), expected);
    assert!(loss.iter().eq(lost.iter().copied()), "{loss}");
}

const TASK: &str = r#"{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}"#;

#[test]
fn a_task_is_pushed_by_itself_in_v0_3() {
    let rpc = r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"}}"#;
    let v1 = format!(r#"{{"task":{TASK}}}"#);
    for (shape, other) in [(RPC, rpc), (PROTO, TASK)] {
        pushed(push_payload_to_v1, shape, other, &v1, &[]);
        pushed(push_payload_from_v1, shape, &v1, other, &[]);
    }
    pushed(push_payload_to_v1, PROTO, &v1, &v1, &[]);
}

#[test]
fn events_of_v1_0_that_a_v0_3_agent_pushes_stay() {
    let update = r#"{"statusUpdate":{"taskId":"t", "status":{"state":"TASK_STATE_WORKING"}}}"#;
    pushed(push_payload_to_v1, RPC, update, update, &[]);
    pushed(push_payload_to_v1, Shape::V1_0, update, update, &[]);
}

#[test]
fn an_update_becomes_what_it_tells_of_the_task() {
    let lost = [Loss::PushedTask];
    pushed(
        push_payload_from_v1,
        RPC,
        r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_FAILED"}}}"#,
        r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"failed"}}"#,
        &lost,
    );
    pushed(
        push_payload_from_v1,
        PROTO,
        r#"{"artifactUpdate":{"taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"text":"x"}]}}}"#,
        r#"{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"},"artifacts":[{"artifactId":"a","parts":[{"text":"x"}]}]}"#,
        &lost,
    );
}

#[test]
fn v0_3_pushes_no_messages() {
    let message = br#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]}}"#;
    let error = push_payload_from_v1(RPC, message, &mut LossReport::new()).unwrap_err();
    assert_eq!(error.kind(), ShapeErrorKind::NoPeer);
    for payload in ["{}", "[]", r#"{"kind":"x"}"#] {
        let pushed = push_payload_to_v1(RPC, payload.as_bytes(), &mut LossReport::new());
        assert_eq!(pushed.unwrap_err().code(), -32006);
    }
}
