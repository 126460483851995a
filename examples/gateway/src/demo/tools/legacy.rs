use agentgateway_core::Body;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::answer,
    content,
    fault::Fault,
    methods,
    rpc::{self, Kind},
    toolbox,
};

/// The revisions with a handshake, the oldest first.
pub(super) const VERSIONS: [&str; 3] = [BATCHED, "2025-06-18", LATEST];

/// The revision that a client without the header is taken for, and the only one with batches.
const BATCHED: &str = "2025-03-26";

const LATEST: &str = "2025-11-25";

/// The most messages of a batch.
const MAX_BATCH: usize = 64;

/// Answers a message, or a batch, of a revision with a handshake.
///
/// # Source
///
/// MCP 2025-11-25, Transports, "Streamable HTTP"; MCP 2025-03-26, Basic, "Batching".
pub(super) fn answer(headers: &HeaderMap, message: &Value) -> Response<Body> {
    if let Value::Array(batch) = message {
        return answer_batch(headers, batch);
    }
    match rpc::kind(message) {
        Ok(Kind::Request {
            id,
            method: "tools/call",
        }) => match toolbox::call(&message["params"]) {
            Ok(called) => rpc::called(headers, id, called),
            Err(fault) => rpc::refuse(StatusCode::OK, id, &fault),
        },
        Ok(Kind::Request { id, method }) => {
            answer::json(StatusCode::OK, &one(id, method, &message["params"]))
        }
        Ok(Kind::Notification | Kind::Response) => answer::empty(StatusCode::ACCEPTED),
        Err(fault) => rpc::refuse(StatusCode::BAD_REQUEST, &Value::Null, &fault),
    }
}

fn answer_batch(headers: &HeaderMap, batch: &[Value]) -> Response<Body> {
    let refuse = |why| {
        rpc::refuse(
            StatusCode::BAD_REQUEST,
            &Value::Null,
            &Fault::invalid_request(why),
        )
    };
    let version = headers.get("mcp-protocol-version");
    if version.is_some_and(|version| version != BATCHED) {
        return refuse("this revision has no batches");
    }
    if batch.is_empty() || batch.len() > MAX_BATCH {
        return refuse("a batch has 1 to 64 messages");
    }
    let answers: Vec<Value> = batch.iter().filter_map(answer_in_batch).collect();
    if answers.is_empty() {
        return answer::empty(StatusCode::ACCEPTED);
    }
    answer::json(StatusCode::OK, &Value::Array(answers))
}

fn answer_in_batch(message: &Value) -> Option<Value> {
    match rpc::kind(message) {
        Ok(Kind::Request {
            id,
            method: "initialize",
        }) => Some(rpc::error(
            id,
            &Fault::invalid_request("initialize stands alone"),
        )),
        Ok(Kind::Request {
            id,
            method: "tools/call",
        }) => Some(match toolbox::call(&message["params"]) {
            Ok(called) => rpc::result(id, &called.result),
            Err(fault) => rpc::error(id, &fault),
        }),
        Ok(Kind::Request { id, method }) => Some(one(id, method, &message["params"])),
        Ok(Kind::Notification | Kind::Response) => None,
        Err(fault) => Some(rpc::error(&Value::Null, &fault)),
    }
}

/// The answer to any request but `tools/call`.
fn one(id: &Value, method: &str, params: &Value) -> Value {
    let outcome = match method {
        "initialize" => initialize(params),
        "ping" => Ok(json!({})),
        _ => methods::run(method, params, Fault::RESOURCE_NOT_FOUND),
    };
    match outcome {
        Ok(result) => rpc::result(id, &result),
        Err(fault) => rpc::error(id, &fault),
    }
}

/// Agrees on the client's revision when it is served, else offers the latest.
fn initialize(params: &Value) -> Result<Value, Fault> {
    let wanted = params["protocolVersion"].as_str();
    let wanted = wanted.ok_or_else(|| Fault::invalid_params("`protocolVersion` is missing"))?;
    let version = VERSIONS
        .into_iter()
        .find(|version| *version == wanted)
        .unwrap_or(LATEST);
    Ok(json!({
        "protocolVersion": version,
        "capabilities": content::capabilities(),
        "serverInfo": content::server(),
        "instructions": content::INSTRUCTIONS,
    }))
}
