use agentgateway_core::{
    json::{self, quote},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::Method;

use super::{Sent, bad};
use crate::bridge::Fault;
use crate::wire::{A2aOperation, A2aVersion};

/// The parameters of a JSON-RPC request; an empty object where it has none.
pub(super) fn params(body: &Bytes) -> Result<Bytes, Fault> {
    let [params] = json::members(body, ["params"]).map_err(bad)?;
    Ok(params
        .filter(|params| !json::is_null(*params))
        .and_then(|params| json::slice_of(body, params))
        .unwrap_or_else(|| Bytes::from_static(b"{}")))
}

pub(super) fn sent(
    version: A2aVersion,
    operation: &A2aOperation,
    params: &Bytes,
    id: &RpcId,
) -> Sent {
    let mut body = Vec::with_capacity(params.len() + 96);
    body.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    body.extend_from_slice(id.as_raw());
    body.extend_from_slice(br#","method":"#);
    body.extend_from_slice(quote(operation.method(version)).as_bytes());
    body.extend_from_slice(br#","params":"#);
    body.extend_from_slice(params);
    body.push(b'}');
    Sent {
        method: Method::POST,
        path: String::new(),
        body: body.into(),
        content_type: Some("application/json"),
    }
}
