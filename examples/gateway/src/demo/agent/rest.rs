use agentgateway_core::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode, request::Parts};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{
    super::answer,
    fault::Fault,
    operation::{Operation, Outcome},
    service::version_is_served,
    shape::Shape,
    store::Store,
};

/// Answers a request of the HTTP+JSON binding.
///
/// # Source
///
/// A2A v1.0, "HTTP+JSON/REST Protocol Binding"; A2A v0.3.0, the `google.api.http` options of its
/// protocol buffers.
pub(super) async fn answer(store: &Store, head: &Parts, body: &[u8]) -> Response<Body> {
    match run(store, head, body).await {
        Ok(response) => response,
        Err(fault) => {
            let (status, body) = fault.rest();
            answer::json(status, &body)
        }
    }
}

async fn run(store: &Store, head: &Parts, body: &[u8]) -> Result<Response<Body>, Fault> {
    let (operation, shape, id) = route(&head.method, head.uri.path()).ok_or(Fault::METHOD)?;
    if !version_is_served(head) {
        return Err(Fault::VERSION);
    }
    let params = match (operation, id) {
        (Operation::Send | Operation::Stream, _) => {
            serde_json::from_slice(body).map_err(|_| Fault::PARSE)?
        }
        (Operation::List, _) => listing(head.uri.query().unwrap_or_default()),
        (_, id) => json!({"id": id}),
    };
    Ok(match operation.run(store, shape, &params).await? {
        Outcome::One(value) if operation == Operation::Stream => {
            answer::events([answer::event(&value)], answer::PAUSE)
        }
        Outcome::One(value) => {
            let media = if shape == Shape::V1 {
                "application/a2a+json"
            } else {
                "application/json"
            };
            answer::with_type(
                StatusCode::OK,
                media,
                Body::from(Bytes::from(value.to_string())),
            )
        }
        Outcome::Many(task, updates) => {
            let pause = task.pause;
            let events = updates.map(move |update| answer::event(&shape.update(&task, &update)));
            answer::events(events, pause)
        }
    })
}

/// What a path asks for, in which shape, of which task.
fn route<'a>(method: &Method, path: &'a str) -> Option<(Operation, Shape, Option<&'a str>)> {
    let (shape, path) = match path.strip_prefix("/v1/") {
        Some(rest) => (Shape::V03Rest, rest),
        None => (Shape::V1, path.strip_prefix('/')?),
    };
    let (get, post) = (method == Method::GET, method == Method::POST);
    let whole = match path {
        "message:send" if post => Some(Operation::Send),
        "message:stream" if post => Some(Operation::Stream),
        "tasks" if get && shape == Shape::V1 => Some(Operation::List),
        "extendedAgentCard" if get && shape == Shape::V1 => Some(Operation::ExtendedCard),
        "card" if get && shape == Shape::V03Rest => Some(Operation::ExtendedCard),
        _ => None,
    };
    if let Some(operation) = whole {
        return Some((operation, shape, None));
    }
    let task = path
        .strip_prefix("tasks/")
        .filter(|task| !task.is_empty())?;
    let (id, operation) = match (task.split_once('/'), task.split_once(':')) {
        (Some((id, rest)), _) if rest.starts_with("pushNotificationConfigs") => {
            (id, Operation::Push)
        }
        (None, Some((id, "cancel"))) if post => (id, Operation::Cancel),
        (None, Some((id, "subscribe"))) if get || post => (id, Operation::Subscribe),
        (None, None) if get => (task, Operation::Get),
        _ => return None,
    };
    Some((operation, shape, Some(id)))
}

/// The parameters of a listing, as JSON-RPC would have them.
fn listing(query: &str) -> Value {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let params: Map<String, Value> = pairs
        .map(|(key, value)| {
            let value = value.replace('+', " ");
            let value = percent_decode_str(&value).decode_utf8_lossy().into_owned();
            let value = match key {
                "pageSize" => value
                    .parse::<u64>()
                    .map_or(Value::String(value), Value::from),
                "includeArtifacts" => Value::Bool(value == "true"),
                _ => Value::String(value),
            };
            (key.to_owned(), value)
        })
        .collect();
    Value::Object(params)
}
