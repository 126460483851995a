use agentgateway_core::{
    json,
    jsonrpc::{RpcError, RpcId},
};
use bytes::Bytes;
use http::{Response, StatusCode};

use super::ItemKind;
use crate::wire::{
    Era,
    error::{self, INVALID_PARAMS, RESOURCE_NOT_FOUND},
};

/// The answer about something that is not there, which is also that about what is denied.
///
/// # Source
/// MCP 2026-07-28, Tools, Prompts and Resources, Error handling; up to 2025-11-25 a resource has a code of
/// its own.
pub(crate) fn unknown(era: Era, kind: ItemKind, name: &str, id: Option<&RpcId>) -> Response<Bytes> {
    let is_resource = matches!(kind, ItemKind::Resource | ItemKind::Template);
    let what = match kind {
        ItemKind::Tool => "Unknown tool",
        ItemKind::Prompt => "Unknown prompt",
        ItemKind::Resource | ItemKind::Template => "Resource not found",
    };
    let code = match era {
        Era::Legacy if is_resource => RESOURCE_NOT_FOUND,
        _ => INVALID_PARAMS,
    };
    let mut error = RpcError::new(code, format!("{what}: {name}"));
    if is_resource {
        error = error.with_data(format!(r#"{{"uri":{}}}"#, json::quote(name)));
    }
    // What has no id is no request, and its HTTP status alone can say that it was not taken.
    let status = match id {
        Some(_) => StatusCode::OK,
        None => StatusCode::BAD_REQUEST,
    };
    error::response(status, &error, id)
}
