//! Requests that stand alone: no session is kept for their clients.

use std::sync::Arc;

use agentgateway_core::{
    Body, Error, ErrorKind,
    json::{self, JsonError},
    jsonrpc::{RpcError, code::METHOD_NOT_FOUND},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};

use super::{
    dispatch::told,
    local,
    questions::no_randomness,
    relay::{self, Template},
    service::Shared,
    session::{Session, legacy},
};
use crate::{
    bridge::{Ask, edit},
    call::{McpCall, McpKind},
    wire::ProtocolVersion,
};

/// What a client speaks that does not say so.
///
/// # Source
/// MCP 2025-11-25, Streamable HTTP, Protocol version header.
const UNSTATED: &str = "2025-03-26";

/// Answers a call of an earlier revision as one of a client of whom nothing is known.
pub(super) async fn answer(
    shared: Arc<Shared>,
    call: McpCall,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let (id, method) = match (call.kind(), call.id(), call.method()) {
        (McpKind::Request, Some(id), Some(method)) => (id.clone(), method.clone()),
        // Nobody was asked.
        (McpKind::Response, ..) => return Ok(local::accepted()),
        (McpKind::Notification, ..) => {
            let session = nobodys(&call)?;
            let live = shared.lives.enter(&session.name);
            return told(&shared, &live, &session, &call, request).await;
        }
        _ => return Err(post_alone()),
    };
    match method.as_str() {
        "ping" => Ok(local::empty(&id)),
        "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe" => {
            let message = format!("{method} is of a session, and none is kept here");
            Ok(local::json(
                RpcError::new(METHOD_NOT_FOUND, message).encode(&id),
            ))
        }
        _ => {
            let session = nobodys(&call)?;
            let live = shared.lives.enter(&session.name);
            let about = (id, method, call.tool());
            let template = Template::new(Ask::of(request), about, &session, None)?;
            relay::answer(shared, live, template).await
        }
    }
}

/// The result of `initialize` without what only a session has.
///
/// # Errors
/// It is no object.
pub(super) fn offered(result: &Bytes) -> Result<Bytes, JsonError> {
    edit::within(result, "capabilities", |capabilities| {
        let mut left = json::with_members(&capabilities, &[("logging", None)])?;
        for of in ["tools", "prompts", "resources"] {
            left = edit::within(&left, of, |own| {
                json::with_members(&own, &[("listChanged", None), ("subscribe", None)])
            })?;
        }
        Ok(left)
    })
}

/// A session for one call.
fn nobodys(call: &McpCall) -> Result<Session, Error> {
    let stated = call.protocol_version().map(ProtocolVersion::as_str);
    let version = stated.and_then(legacy).unwrap_or(UNSTATED);
    let session = Session::new(version, None, Bytes::from_static(b"{}"));
    let session = session.ok_or_else(no_randomness)?;
    Ok(session.without_event_ids())
}

fn post_alone() -> Error {
    let mut allowed = HeaderMap::new();
    allowed.insert(header::ALLOW, HeaderValue::from_static("POST"));
    let message = "no session is kept here: MCP is spoken with POST alone";
    Error::new(ErrorKind::MethodNotAllowed, message).with_headers(allowed)
}
