//! Policies of manifests, with real protocols behind them: who may call, how much, and what is done
//! about failures.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod answers;
mod behind;
mod buffers;
mod callers;
mod changes;
mod closed;
mod connections;
mod copies;
mod exchanges;
mod known_servers;
mod ledgers;
mod limits;
mod own_a2a;
mod own_catalogue;
mod own_mcp;
mod prerouting;
mod records;
mod redis_server;
mod replicas;
mod resources;
mod retries;
mod sessions;
mod spending;
mod stateless;

use agentgateway_tests::{before_demo, objects::*, post};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

async fn call(url: &str, key: Option<&str>, method: &str, params: Value) -> Response<Bytes> {
    let bearer = key.map(|key| format!("Bearer {key}"));
    let mut headers = vec![("accept", "application/json, text/event-stream")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    post(&format!("{url}/mcp"), &headers, body.to_string()).await
}

fn said(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn status(response: &Response<Bytes>) -> StatusCode {
    response.status()
}
