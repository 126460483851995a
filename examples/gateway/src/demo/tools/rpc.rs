use agentgateway_core::Body;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::{
        answer::{self, PAUSE},
        value::set,
    },
    fault::Fault,
    service::accepts_events,
    toolbox::Called,
};

/// What a JSON-RPC message is.
pub(super) enum Kind<'a> {
    Request { id: &'a Value, method: &'a str },
    Notification,
    Response,
}

/// Tells what a message is.
///
/// # Source
///
/// MCP 2026-07-28, Basic, "Messages": an id is a string or an integer, and never null.
pub(super) fn kind(message: &Value) -> Result<Kind<'_>, Fault> {
    if message["jsonrpc"] != "2.0" {
        return Err(Fault::invalid_request("not a message of JSON-RPC 2.0"));
    }
    match (message.get("id"), message["method"].as_str()) {
        (None, Some(_)) => Ok(Kind::Notification),
        (Some(id), Some(method)) if id.is_string() || id.is_i64() || id.is_u64() => {
            Ok(Kind::Request { id, method })
        }
        (Some(_), Some(_)) => Err(Fault::invalid_request("the id is no string and no integer")),
        (_, None) if message.get("result").is_some() || message.get("error").is_some() => {
            Ok(Kind::Response)
        }
        (_, None) => Err(Fault::invalid_request("no method")),
    }
}

pub(super) fn result(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

pub(super) fn error(id: &Value, fault: &Fault) -> Value {
    let mut error = json!({"code": fault.code, "message": fault.message});
    if let Some(data) = &fault.data {
        set(&mut error, "data", data.clone());
    }
    json!({"jsonrpc": "2.0", "id": id, "error": error})
}

/// An error with an HTTP status.
pub(super) fn refuse(status: StatusCode, id: &Value, fault: &Fault) -> Response<Body> {
    answer::json(status, &error(id, fault))
}

/// A tool's result, with the progress before it when the client reads event streams.
pub(super) fn called(headers: &HeaderMap, id: &Value, called: Called) -> Response<Body> {
    let last = result(id, &called.result);
    if called.progress.is_empty() || !accepts_events(headers) {
        return answer::json(StatusCode::OK, &last);
    }
    let messages = called.progress.into_iter().chain([last]);
    let events: Vec<_> = messages
        .map(|message| answer::named_event("message", &message))
        .collect();
    answer::events(events, PAUSE)
}
