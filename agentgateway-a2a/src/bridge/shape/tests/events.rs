use super::*;

const STATUS_V1: &str = r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_@"},"metadata":{"k":1}}}"#;
const STATUS_RPC: &str = r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"@"},"metadata":{"k":1},"final":#}"#;
const STATUS_PROTO: &str = r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_@"},"metadata":{"k":1},"final":#}}"#;
const ARTIFACT_V1: &str = r#"{"artifactUpdate":{"taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"text":"x"}]},"append":true,"lastChunk":false}}"#;
const ARTIFACT_RPC: &str = r#"{"kind":"artifact-update","taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"kind":"text","text":"x"}]},"append":true,"lastChunk":false}"#;
const TASK_V1: &str =
    r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_SUBMITTED"}}}"#;
const TASK_RPC: &str = r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"submitted"}}"#;
const MESSAGE_V1: &str = r#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]}}"#;
const MESSAGE_RPC: &str = r#"{"kind":"message","messageId":"m","role":"agent","parts":[]}"#;

fn rpc(state: &str, is_final: bool) -> String {
    STATUS_RPC
        .replace('@', state)
        .replace('#', &is_final.to_string())
}

fn v1(state: &str) -> String {
    STATUS_V1.replace('@', state)
}

fn texts(events: &[Bytes]) -> Vec<String> {
    events.iter().map(text_of).collect()
}

#[test]
fn terminal_updates_are_final() {
    for (state, name, is_final) in [
        ("SUBMITTED", "submitted", false),
        ("WORKING", "working", false),
        ("COMPLETED", "completed", true),
        ("FAILED", "failed", true),
        ("CANCELED", "canceled", true),
        ("REJECTED", "rejected", true),
        ("UNSPECIFIED", "unknown", false),
    ] {
        let mut events = EventsFromV1::new(RPC);
        let said = events.event(v1(state).as_bytes()).unwrap();
        assert_eq!(texts(&said), [rpc(name, is_final)]);
        assert!(!events.is_holding() && events.loss().is_empty());
        assert!(events.finish().is_empty());
    }
    let mut events = EventsFromV1::new(PROTO);
    let said = events.event(v1("CANCELED").as_bytes()).unwrap();
    assert_eq!(
        texts(&said),
        [STATUS_PROTO.replace('@', "CANCELLED").replace('#', "true")]
    );
}

#[test]
fn an_interruption_is_final_when_the_stream_ends_with_it() {
    for (state, name) in [
        ("INPUT_REQUIRED", "input-required"),
        ("AUTH_REQUIRED", "auth-required"),
    ] {
        let mut events = EventsFromV1::new(RPC);
        assert!(events.event(v1(state).as_bytes()).unwrap().is_empty());
        assert!(events.is_holding());
        assert_eq!(texts(&events.finish()), [rpc(name, true)]);

        let mut events = EventsFromV1::new(RPC);
        assert!(events.event(v1(state).as_bytes()).unwrap().is_empty());
        let said = events.event(v1("WORKING").as_bytes()).unwrap();
        assert_eq!(texts(&said), [rpc(name, false), rpc("working", false)]);
        assert!(events.finish().is_empty());

        // Two in a row: the second waits.
        let mut events = EventsFromV1::new(RPC);
        assert!(events.event(v1(state).as_bytes()).unwrap().is_empty());
        assert_eq!(
            texts(&events.event(v1(state).as_bytes()).unwrap()),
            [rpc(name, false)]
        );
        assert_eq!(
            events.flush().map(|event| text_of(&event)),
            Some(rpc(name, false))
        );
        assert_eq!(events.flush(), None);
        assert!(events.finish().is_empty());
    }
}

#[test]
fn a_bad_event_loses_nothing_that_was_held() {
    let mut events = EventsFromV1::new(RPC);
    assert!(
        events
            .event(v1("INPUT_REQUIRED").as_bytes())
            .unwrap()
            .is_empty()
    );
    assert!(events.event(b"[]").is_err());
    assert!(events.event(br#"{"new":{}}"#).unwrap().is_empty());
    assert!(events.loss().has(Loss::UnknownEvent));
    assert_eq!(texts(&events.finish()), [rpc("input-required", true)]);
}

#[test]
fn all_other_events_pass_as_they_come() {
    let mut to = EventsFromV1::new(RPC);
    let mut from = EventsToV1::new(RPC);
    for (v1, rpc) in [(TASK_V1, TASK_RPC), (ARTIFACT_V1, ARTIFACT_RPC)] {
        assert_eq!(texts(&to.event(v1.as_bytes()).unwrap()), [rpc]);
        assert_eq!(texts(&from.event(rpc.as_bytes()).unwrap()), [v1]);
    }
    assert_eq!(
        texts(&from.event(rpc("input-required", true).as_bytes()).unwrap()),
        [v1("INPUT_REQUIRED")]
    );
    assert!(to.loss().is_empty() && from.loss().is_empty());
    assert!(from.finish().is_empty());
}

#[test]
fn a_stream_of_v1_0_begins_with_the_task() {
    let mut events = EventsToV1::new(RPC);
    let said = events.event(rpc("working", false).as_bytes()).unwrap();
    let task = r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#;
    assert_eq!(texts(&said), [task.to_owned(), v1("WORKING")]);
    assert_eq!(
        texts(&events.event(rpc("completed", true).as_bytes()).unwrap()),
        [v1("COMPLETED")]
    );

    let mut events = EventsToV1::new(RPC);
    let said = events.event(ARTIFACT_RPC.as_bytes()).unwrap();
    assert_eq!(texts(&said), [task, ARTIFACT_V1]);

    let mut events = EventsToV1::new(PROTO);
    let update = STATUS_PROTO.replace('@', "CANCELLED").replace('#', "true");
    let said = events.event(update.as_bytes()).unwrap();
    assert_eq!(
        texts(&said),
        [task.replace("WORKING", "CANCELED"), v1("CANCELED")]
    );

    let error = EventsToV1::new(RPC)
        .event(br#"{"kind":"status-update","status":{}}"#)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"taskId\" of TaskStatusUpdateEvent must be the id of the task"
    );
}

#[test]
fn a_message_is_a_stream_by_itself() {
    let mut events = EventsToV1::new(RPC);
    assert_eq!(
        texts(&events.event(MESSAGE_RPC.as_bytes()).unwrap()),
        [MESSAGE_V1]
    );
    assert!(events.loss().is_empty());
    // What comes behind it is no stream of v1.0, and better than nothing.
    assert_eq!(
        texts(&events.event(MESSAGE_RPC.as_bytes()).unwrap()),
        [MESSAGE_V1]
    );
    assert!(events.loss().has(Loss::EventOrder));
}

#[test]
fn events_of_an_unknown_kind_are_left_out() {
    let mut events = EventsToV1::new(RPC);
    for event in [r#"{"kind":"progress","taskId":"t"}"#, r#"{"kind":7}"#, "{}"] {
        assert!(events.event(event.as_bytes()).unwrap().is_empty());
    }
    assert_eq!(events.loss().to_string(), "unknown_event");
    assert_eq!(
        events
            .event(rpc("working", false).as_bytes())
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn events_of_v1_0_to_v1_0_stay_as_they_are() {
    assert_eq!(
        texts(&EventsToV1::new(Shape::V1_0).event(b"x").unwrap()),
        ["x"]
    );
    assert_eq!(
        texts(&EventsFromV1::new(Shape::V1_0).event(b"x").unwrap()),
        ["x"]
    );
}

#[test]
fn what_stands_beside_the_payload_has_no_place_over_json_rpc() {
    let mut events = EventsFromV1::new(RPC);
    let event = br#"{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]},"x":1}"#;
    assert_eq!(texts(&events.event(event).unwrap()), [MESSAGE_RPC]);
    assert!(events.loss().has(Loss::BesidePayload));
}
