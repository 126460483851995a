use super::{A2aOperation as Op, *};

const MESSAGE_V1: &str =
    r#""message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}"#;
const MESSAGE_RPC: &str = r#""message":{"kind":"message","messageId":"m","role":"user","parts":[{"kind":"text","text":"hi"}]}"#;
const MESSAGE_PROTO: &str =
    r#""message":{"messageId":"m","role":"ROLE_USER","content":[{"text":"hi"}]}"#;

fn sends(shape: Shape, configuration: &str) -> String {
    let message = match shape {
        Shape::V1_0 => MESSAGE_V1,
        Shape::V0_3JsonRpc => MESSAGE_RPC,
        Shape::V0_3Proto => MESSAGE_PROTO,
    };
    match configuration {
        "" => format!("{{{message}}}"),
        configuration => format!(r#"{{{message},"configuration":{configuration}}}"#),
    }
}

fn same_configuration(v1: &str, shape: Shape, other: &str) {
    for operation in [Op::SendMessage, Op::SendStreamingMessage] {
        same_params(
            &operation,
            &sends(Shape::V1_0, v1),
            shape,
            &sends(shape, other),
        );
    }
}

fn configuration_comes(shape: Shape, from: &str, to: &str, lost: &[Loss]) {
    let (from, to) = (sends(shape, from), sends(Shape::V1_0, to));
    becomes(params_to_v1, &Op::SendMessage, shape, &from, &to, lost);
}

fn configuration_goes(shape: Shape, from: &str, to: &str, lost: &[Loss]) {
    let (from, to) = (sends(Shape::V1_0, from), sends(shape, to));
    becomes(params_from_v1, &Op::SendMessage, shape, &from, &to, lost);
}

#[test]
fn a_message_is_sent_with_its_configuration() {
    for shape in [RPC, PROTO] {
        same_configuration("", shape, "");
    }
    same_configuration(
        r#"{"acceptedOutputModes":["text/plain"],"taskPushNotificationConfig":{"id":"p","url":"https://c.example/","token":"s","authentication":{"scheme":"Bearer","credentials":"x"}},"historyLength":3,"returnImmediately":true}"#,
        RPC,
        r#"{"acceptedOutputModes":["text/plain"],"pushNotificationConfig":{"id":"p","url":"https://c.example/","token":"s","authentication":{"schemes":["Bearer"],"credentials":"x"}},"historyLength":3,"blocking":false}"#,
    );
    same_configuration(
        r#"{"acceptedOutputModes":["text/plain"],"taskPushNotificationConfig":{"id":"p","url":"https://c.example/"},"historyLength":3,"returnImmediately":true}"#,
        PROTO,
        r#"{"acceptedOutputModes":["text/plain"],"pushNotification":{"id":"p","url":"https://c.example/"},"historyLength":3,"blocking":false}"#,
    );
    same_configuration(
        r#"{"acceptedOutputModes":["a"],"returnImmediately":false}"#,
        RPC,
        r#"{"acceptedOutputModes":["a"],"blocking":true}"#,
    );
}

#[test]
fn request_is_another_name_of_the_message() {
    becomes(
        params_to_v1,
        &Op::SendMessage,
        PROTO,
        &format!(
            r#"{{{}}}"#,
            MESSAGE_PROTO.replace("\"message\"", "\"request\"")
        ),
        &sends(Shape::V1_0, ""),
        &[],
    );
}

#[test]
fn the_protobuf_of_v0_3_waits_only_when_told() {
    // Nothing said is false to it, and true to v1.0.
    same_configuration(
        r#"{"historyLength":2}"#,
        PROTO,
        r#"{"historyLength":2,"blocking":true}"#,
    );
    configuration_comes(
        PROTO,
        r#"{"historyLength":2}"#,
        r#"{"historyLength":2,"returnImmediately":true}"#,
        &[],
    );
    configuration_comes(
        PROTO,
        r#"{"blocking":false}"#,
        r#"{"returnImmediately":true}"#,
        &[],
    );
    configuration_comes(PROTO, r#"{"blocking":true}"#, "", &[]);
    configuration_goes(
        PROTO,
        r#"{"returnImmediately":false}"#,
        r#"{"blocking":true}"#,
        &[],
    );
    // Over JSON-RPC, nothing said is the agent's choice.
    configuration_goes(
        RPC,
        r#"{"historyLength":2}"#,
        r#"{"historyLength":2,"acceptedOutputModes":[]}"#,
        &[],
    );
    configuration_comes(RPC, r#"{"acceptedOutputModes":[]}"#, "{}", &[]);
}

#[test]
fn a_length_of_zero_is_all_to_v0_3() {
    for (shape, told, wants) in [
        (RPC, "0", "{}"),
        (PROTO, "\"0\"", r#"{"returnImmediately":true}"#),
    ] {
        configuration_comes(shape, &format!(r#"{{"historyLength":{told}}}"#), wants, &[]);
    }
    becomes(
        params_to_v1,
        &Op::GetTask,
        RPC,
        r#"{"id":"t","historyLength":0}"#,
        r#"{"id":"t"}"#,
        &[],
    );
    becomes(
        params_from_v1,
        &Op::GetTask,
        RPC,
        r#"{"id":"t","historyLength":"0"}"#,
        r#"{"id":"t","historyLength":0}"#,
        &[],
    );
}

#[test]
fn what_v0_3_has_no_place_for_is_told() {
    becomes(
        params_from_v1,
        &Op::SendMessage,
        RPC,
        &format!(
            r#"{{"tenant":"x",{MESSAGE_V1},"configuration":{{"acceptedOutputModes":[],"taskPushNotificationConfig":{{"tenant":"","taskId":"t","url":"u"}}}},"metadata":{{}}}}"#
        ),
        &format!(
            r#"{{{MESSAGE_RPC},"configuration":{{"acceptedOutputModes":[],"pushNotificationConfig":{{"url":"u"}}}},"metadata":{{}}}}"#
        ),
        &[Loss::Tenant, Loss::PushTaskId],
    );
    configuration_comes(
        RPC,
        r#"{"pushNotificationConfig":{"url":"u","authentication":{"schemes":["Bearer","Basic"]}}}"#,
        r#"{"taskPushNotificationConfig":{"url":"u","authentication":{"scheme":"Bearer"}}}"#,
        &[Loss::PushSchemes],
    );
}

#[test]
fn a_client_of_v0_3_cannot_say_what_only_v1_0_reads() {
    becomes(
        params_to_v1,
        &Op::SendMessage,
        RPC,
        &format!(
            r#"{{"tenant":"x",{MESSAGE_RPC},"configuration":{{"returnImmediately":true,"blocking":true}}}}"#
        ),
        &format!(r#"{{{MESSAGE_V1},"configuration":{{"returnImmediately":false}}}}"#),
        &[Loss::Clash],
    );
}

#[test]
fn tasks_are_named_by_id_or_by_name() {
    for operation in [Op::GetTask, Op::CancelTask, Op::SubscribeToTask] {
        same_params(&operation, r#"{"id":"t-1"}"#, RPC, r#"{"id":"t-1"}"#);
        same_params(
            &operation,
            r#"{"id":"t-1"}"#,
            PROTO,
            r#"{"name":"tasks/t-1"}"#,
        );
    }
    same_params(
        &Op::GetTask,
        r#"{"id":"t","historyLength":4}"#,
        RPC,
        r#"{"id":"t","historyLength":4}"#,
    );
    same_params(
        &Op::GetTask,
        r#"{"id":"t","historyLength":4}"#,
        PROTO,
        r#"{"name":"tasks/t","historyLength":4}"#,
    );
    same_params(
        &Op::CancelTask,
        r#"{"id":"t","metadata":{"a":1}}"#,
        RPC,
        r#"{"id":"t","metadata":{"a":1}}"#,
    );
    becomes(
        params_from_v1,
        &Op::CancelTask,
        PROTO,
        r#"{"tenant":"x","id":"t","metadata":{"a":1}}"#,
        r#"{"name":"tasks/t"}"#,
        &[Loss::Tenant, Loss::RequestMetadata],
    );
    for operation in [Op::GetTask, Op::SubscribeToTask] {
        becomes(
            params_to_v1,
            &operation,
            RPC,
            r#"{"id":"t","metadata":{"a":1}}"#,
            r#"{"id":"t"}"#,
            &[Loss::RequestMetadata],
        );
    }
}

#[test]
fn names_are_tasks_and_ids_have_no_slash() {
    for name in [
        "t",
        "tasks/",
        "tasks",
        "tasks/a/b",
        "tasks//pushNotificationConfigs/c",
        "other/t",
        "",
    ] {
        let params = format!(r#"{{"name":"{name}"}}"#);
        let error = fault(params_to_v1, &Op::GetTask, PROTO, &params);
        assert_eq!(
            error.to_string(),
            "\"name\" of GetTaskRequest must be a name such as tasks/{id}"
        );
    }
    for id in ["\"a/b\"", "\"\"", "7"] {
        let params = format!(r#"{{"id":{id}}}"#);
        let error = fault(params_from_v1, &Op::GetTask, PROTO, &params);
        assert_eq!(
            error.to_string(),
            "\"id\" of GetTaskRequest must be an id without a slash"
        );
    }
}

#[test]
fn the_extended_card_is_asked_for_with_nothing() {
    for shape in [RPC, PROTO] {
        becomes(
            params_to_v1,
            &Op::GetExtendedAgentCard,
            shape,
            "",
            "{}",
            &[],
        );
        becomes(
            params_from_v1,
            &Op::GetExtendedAgentCard,
            shape,
            r#"{"tenant":"x"}"#,
            "{}",
            &[Loss::Tenant],
        );
    }
}
