use agentgateway_core::{Body, Error, ErrorKind, error::Origin, json, jsonrpc::RpcId};
use bytes::Bytes;
use http::{Extensions, HeaderValue, Request, Response};

use super::{
    local,
    questions::no_randomness,
    relay::describe,
    reply::{self, Reply, bad},
    service::Shared,
    session::{Session, legacy},
    stateless,
};
use crate::{
    bridge::{Answer, Ask, IncomingKind, caller, edit},
    wire::{META, McpMethod, MetaKey, ProtocolVersion, headers},
};

const EMPTY: Bytes = Bytes::from_static(b"{}");
/// Who answers when the server does not say who it is.
const NAMELESS: Bytes = Bytes::from_static(
    concat!(
        r#"{"name":"agentgateway","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#""}"#
    )
    .as_bytes(),
);
/// The extension of 2026-07-28 that is not the tasks of 2025-11-25.
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Answers `initialize`: asks the server who it is and what it can, and opens a session.
///
/// # Errors
/// The server does not answer, or the client says too much of itself.
pub(super) async fn greet(
    shared: &Shared,
    request: Request<Bytes>,
    id: &RpcId,
) -> Result<(Response<Body>, Option<Session>), Error> {
    let ask = Ask::of(request);
    let caller = caller(ask.extensions());
    let session = session(shared, &ask.params())?;
    let (head, message) = discover(shared, ask.extensions(), &session).await?;
    let result = match Reply::read(&message, &own_id())? {
        Some(Reply::Result(result)) => result,
        Some(Reply::Error(code, error)) => {
            let message = reply::error(&message, id, &McpMethod::INITIALIZE, code, &error)?;
            return Ok((local::json_with(head, message), None));
        }
        Some(Reply::InputRequired(_)) | None => return Err(strange(&head)),
    };
    let result = initialized(&result, session.version).map_err(bad)?;
    if shared.settings.stateless {
        let result = stateless::offered(&result).map_err(bad)?;
        let response = local::json_with(head, reply::answer(id, &result));
        return Ok((response, None));
    }
    let expires = (shared.settings.clock)() + shared.settings.session_lifetime;
    let token = session.seal(&shared.sealer, &caller, expires);
    let mut response = local::json_with(head, reply::answer(id, &result));
    if let Ok(token) = HeaderValue::try_from(token) {
        response.headers_mut().insert(headers::SESSION_ID, token);
    }
    Ok((response, Some(session)))
}

/// What the server can, as it says itself.
///
/// # Errors
/// It does not answer.
pub(super) async fn capabilities(
    shared: &Shared,
    extensions: &Extensions,
    session: &Session,
) -> Result<Bytes, Error> {
    let (head, message) = discover(shared, extensions, session).await?;
    match Reply::read(&message, &own_id())? {
        Some(Reply::Result(result)) => Ok(edit::member(&result, "capabilities").unwrap_or(EMPTY)),
        _ => Err(strange(&head)),
    }
}

/// What the client says of itself.
fn session(shared: &Shared, params: &Bytes) -> Result<Session, Error> {
    let object = |key| edit::member(params, key).filter(|value: &Bytes| value.starts_with(b"{"));
    let capabilities = object("capabilities").unwrap_or(EMPTY);
    let room = shared.settings.max_greeting_bytes;
    let Some(room) = room.checked_sub(capabilities.len()) else {
        let message = format!("the client's capabilities are over the limit of {room} bytes");
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    };
    let client = object("clientInfo").filter(|client| client.len() <= room);
    let version = edit::text(params, "protocolVersion");
    let version = version.as_deref().and_then(legacy);
    let version = version.unwrap_or(ProtocolVersion::LATEST_LEGACY);
    Session::new(version, client, capabilities).ok_or_else(no_randomness)
}

fn own_id() -> RpcId {
    RpcId::string("agw-discover")
}

/// The server's answer to `server/discover`.
async fn discover(
    shared: &Shared,
    extensions: &Extensions,
    session: &Session,
) -> Result<(http::response::Parts, Bytes), Error> {
    let mut ask =
        Ask::new(&own_id(), &McpMethod::SERVER_DISCOVER, &EMPTY).with_extensions(extensions);
    describe(&mut ask, session, None)?;
    if !shared.settings.stateless {
        ask.extensions_mut().insert(session.known_as());
    }
    let request = ask.into_modern(ProtocolVersion::LATEST)?;
    let answer = shared.server.send(request).await?;
    match Answer::read(answer, shared.settings.max_answer_bytes).await? {
        Answer::Whole(head, message) => Ok((head, message)),
        Answer::Events(head, mut events) => {
            while let Some(event) = events.next().await? {
                if matches!(event.kind, IncomingKind::Response(_)) {
                    return Ok((head, event.text));
                }
            }
            Err(strange(&head))
        }
    }
}

/// The result of `initialize` that says what that of `server/discover` does.
fn initialized(result: &Bytes, version: &str) -> Result<Bytes, json::JsonError> {
    let meta = edit::member(result, META).unwrap_or(EMPTY);
    let server = edit::member(&meta, MetaKey::SERVER_INFO).unwrap_or(NAMELESS);
    let capabilities = edit::member(result, "capabilities").unwrap_or(EMPTY);
    let capabilities = json::with_members(&capabilities, &[("tasks", None)])?;
    let capabilities = edit::within(&capabilities, "extensions", |extensions| {
        json::with_members(&extensions, &[(TASKS, None)])
    })?;
    json::with_members(
        result,
        &[
            ("protocolVersion", Some(json::quote(version).into())),
            ("capabilities", Some(capabilities)),
            ("serverInfo", Some(server)),
            ("supportedVersions", None),
            ("resultType", None),
            ("ttlMs", None),
            ("cacheScope", None),
        ],
    )
}

fn strange(head: &http::response::Parts) -> Error {
    let message = format!(
        "the server has answered {} to server/discover, and not who it is",
        head.status
    );
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}
