use agentgateway_core::Body;
use http::{Response, StatusCode, request::Parts};
use serde_json::{Value, json};

use super::{
    super::answer,
    fault::Fault,
    operation::{Operation, Outcome},
    service::version_is_served,
    shape::Shape,
    store::Store,
};

/// Answers a request of the JSON-RPC binding, whose errors have the status 200.
///
/// # Source
///
/// A2A v1.0, "JSON-RPC Protocol Binding"; A2A v0.3.0, "Protocol RPC Methods".
pub(super) async fn answer(store: &Store, head: &Parts, body: &[u8]) -> Response<Body> {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return failed(&Value::Null, Shape::V1, Fault::PARSE);
    };
    let request = &request;
    let id = &request["id"];
    let (true, Some(name)) = (is_request(request), request["method"].as_str()) else {
        return failed(&Value::Null, Shape::V1, Fault::REQUEST);
    };
    let Some((operation, shape)) = method(name) else {
        return failed(id, Shape::V1, Fault::METHOD);
    };
    if !version_is_served(head) {
        return failed(id, Shape::V1, Fault::VERSION);
    }
    match operation.run(store, shape, &request["params"]).await {
        Ok(Outcome::One(value)) if operation == Operation::Stream => {
            answer::events([answer::event(&result(id, &value))], answer::PAUSE)
        }
        Ok(Outcome::One(value)) => answer::json(StatusCode::OK, &result(id, &value)),
        Ok(Outcome::Many(task, updates)) => {
            let (id, pause) = (id.clone(), task.pause);
            let events = updates
                .map(move |update| answer::event(&result(&id, &shape.update(&task, &update))));
            answer::events(events, pause)
        }
        Err(fault) => failed(id, shape, fault),
    }
}

fn is_request(request: &Value) -> bool {
    let id = &request["id"];
    request["jsonrpc"] == "2.0" && (id.is_string() || id.is_i64() || id.is_u64())
}

fn method(name: &str) -> Option<(Operation, Shape)> {
    Some(match name {
        "SendMessage" => (Operation::Send, Shape::V1),
        "SendStreamingMessage" => (Operation::Stream, Shape::V1),
        "GetTask" => (Operation::Get, Shape::V1),
        "ListTasks" => (Operation::List, Shape::V1),
        "CancelTask" => (Operation::Cancel, Shape::V1),
        "SubscribeToTask" => (Operation::Subscribe, Shape::V1),
        "CreateTaskPushNotificationConfig"
        | "GetTaskPushNotificationConfig"
        | "ListTaskPushNotificationConfigs"
        | "DeleteTaskPushNotificationConfig" => (Operation::Push, Shape::V1),
        "GetExtendedAgentCard" => (Operation::ExtendedCard, Shape::V1),
        "message/send" => (Operation::Send, Shape::V03),
        "message/stream" => (Operation::Stream, Shape::V03),
        "tasks/get" => (Operation::Get, Shape::V03),
        "tasks/cancel" => (Operation::Cancel, Shape::V03),
        "tasks/resubscribe" => (Operation::Subscribe, Shape::V03),
        "tasks/pushNotificationConfig/set"
        | "tasks/pushNotificationConfig/get"
        | "tasks/pushNotificationConfig/list"
        | "tasks/pushNotificationConfig/delete" => (Operation::Push, Shape::V03),
        "agent/getAuthenticatedExtendedCard" => (Operation::ExtendedCard, Shape::V03),
        _ => return None,
    })
}

fn result(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

fn failed(id: &Value, shape: Shape, fault: Fault) -> Response<Body> {
    let error = fault.rpc(shape);
    answer::json(
        StatusCode::OK,
        &json!({"jsonrpc": "2.0", "id": id, "error": error}),
    )
}
