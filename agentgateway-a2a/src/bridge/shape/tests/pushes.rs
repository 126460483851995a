use super::{A2aOperation as Op, *};

const FLAT: &str = r#"{"taskId":"t","id":"p","url":"https://c.example/x","token":"s","authentication":{"scheme":"Bearer","credentials":"c"},"more":1.0}"#;
const NESTED: &str = r#"{"taskId":"t","pushNotificationConfig":{"id":"p","url":"https://c.example/x","token":"s","authentication":{"schemes":["Bearer"],"credentials":"c"},"more":1.0}}"#;
const NAMED: &str = r#"{"name":"tasks/t/pushNotificationConfigs/p","pushNotificationConfig":{"id":"p","url":"https://c.example/x","token":"s","authentication":{"schemes":["Bearer"],"credentials":"c"},"more":1.0}}"#;

#[test]
fn a_configuration_is_flat_in_v1_0() {
    for operation in [
        Op::CreateTaskPushNotificationConfig,
        Op::GetTaskPushNotificationConfig,
    ] {
        same_result(&operation, FLAT, RPC, NESTED);
        same_result(&operation, FLAT, PROTO, NAMED);
    }
    same_params(&Op::CreateTaskPushNotificationConfig, FLAT, RPC, NESTED);
    let params = format!(r#"{{"parent":"tasks/t","configId":"p","config":{NAMED}}}"#);
    same_params(&Op::CreateTaskPushNotificationConfig, FLAT, PROTO, &params);
}

#[test]
fn ids_are_found_where_they_stand() {
    let operation = Op::CreateTaskPushNotificationConfig;
    for (params, expected) in [
        (
            r#"{"parent":"tasks/t","config_id":"p","config":{"push_notification_config":{"url":"u"}}}"#,
            r#"{"taskId":"t","id":"p","url":"u"}"#,
        ),
        (
            r#"{"parent":"task/t/pushNotificationConfigs","configId":"q","config":{"pushNotificationConfig":{"id":"p","url":"u"}}}"#,
            r#"{"taskId":"t","id":"p","url":"u"}"#,
        ),
        (
            r#"{"parent":"tasks/t","configId":"p","config":{"pushNotificationConfig":{"id":"","url":"u"},"x":1},"y":2}"#,
            r#"{"taskId":"t","id":"p","url":"u","y":2,"x":1}"#,
        ),
        (
            r#"{"config":{"name":"tasks/t/pushNotificationConfigs/p","pushNotificationConfig":{"url":"u"}}}"#,
            r#"{"taskId":"t","id":"p","url":"u"}"#,
        ),
    ] {
        becomes(params_to_v1, &operation, PROTO, params, expected, &[]);
    }
    becomes(
        params_from_v1,
        &operation,
        PROTO,
        r#"{"tenant":"x","taskId":"t","url":"u"}"#,
        r#"{"parent":"tasks/t","config":{"pushNotificationConfig":{"url":"u"}}}"#,
        &[Loss::Tenant],
    );
    becomes(
        params_to_v1,
        &operation,
        RPC,
        r#"{"taskId":"t","url":"evil","pushNotificationConfig":{"url":"u","taskId":"other"}}"#,
        r#"{"taskId":"t","url":"u"}"#,
        &[Loss::Clash],
    );
}

#[test]
fn one_configuration_is_named_by_both_ids() {
    for operation in [
        Op::GetTaskPushNotificationConfig,
        Op::DeleteTaskPushNotificationConfig,
    ] {
        let v1 = r#"{"taskId":"t","id":"p","x":1}"#;
        same_params(
            &operation,
            v1,
            RPC,
            r#"{"id":"t","pushNotificationConfigId":"p","x":1}"#,
        );
        same_params(
            &operation,
            v1,
            PROTO,
            r#"{"name":"tasks/t/pushNotificationConfigs/p","x":1}"#,
        );
        becomes(
            params_to_v1,
            &operation,
            RPC,
            r#"{"id":"t","metadata":{"a":1}}"#,
            r#"{"taskId":"t"}"#,
            &[Loss::RequestMetadata],
        );
        let error = fault(params_from_v1, &operation, PROTO, r#"{"taskId":"t"}"#);
        assert_eq!(
            error.to_string(),
            "\"id\" of GetTaskPushNotificationConfigRequest must be there"
        );
    }
    becomes(
        params_from_v1,
        &Op::GetTaskPushNotificationConfig,
        PROTO,
        r#"{"tenant":"x","task_id":"t","id":"p","name":"tasks/other"}"#,
        r#"{"name":"tasks/t/pushNotificationConfigs/p"}"#,
        &[Loss::Tenant, Loss::Clash],
    );
}

#[test]
fn lists_are_arrays_over_json_rpc() {
    let operation = Op::ListTaskPushNotificationConfigs;
    same_params(&operation, r#"{"taskId":"t"}"#, RPC, r#"{"id":"t"}"#);
    same_params(
        &operation,
        r#"{"taskId":"t","pageSize":5,"pageToken":"n"}"#,
        PROTO,
        r#"{"parent":"tasks/t","pageSize":5,"pageToken":"n"}"#,
    );
    becomes(
        params_from_v1,
        &operation,
        RPC,
        r#"{"taskId":"t","pageSize":5,"pageToken":""}"#,
        r#"{"id":"t"}"#,
        &[Loss::Paging],
    );
    same_result(
        &operation,
        &format!(r#"{{"configs":[{FLAT}]}}"#),
        RPC,
        &format!("[{NESTED}]"),
    );
    same_result(
        &operation,
        &format!(r#"{{"configs":[{FLAT},{FLAT}],"nextPageToken":"n","a_b":1}}"#),
        PROTO,
        &format!(r#"{{"configs":[{NAMED},{NAMED}],"nextPageToken":"n","a_b":1}}"#),
    );
    same_result(&operation, r#"{"configs":[]}"#, RPC, "[]");
    becomes(result_from_v1, &operation, RPC, "{}", "[]", &[]);
    becomes(
        result_from_v1,
        &operation,
        RPC,
        r#"{"nextPageToken":"n"}"#,
        "[]",
        &[Loss::Paging],
    );
}

#[test]
fn a_deletion_answers_nothing() {
    let operation = Op::DeleteTaskPushNotificationConfig;
    for (shape, v0_3) in [(RPC, "null"), (PROTO, "{}")] {
        same_result(&operation, "{}", shape, v0_3);
        becomes(result_from_v1, &operation, shape, "null", v0_3, &[]);
    }
}
