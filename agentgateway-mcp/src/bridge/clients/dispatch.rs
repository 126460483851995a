use std::sync::Arc;

use agentgateway_core::{
    Body, Error, json,
    jsonrpc::{RpcError, RpcId},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::{
    earlier::{self, Heard},
    greeting, handover,
    kept::Kept,
    listen,
    live::Live,
    local, old,
    relay::{self, Template},
    service::Shared,
    session::Session,
    stateless,
};
use crate::{
    bridge::{Ask, edit},
    call::{McpCall, McpKind},
    wire::{META, McpMethod, MetaKey, ProtocolVersion},
};

/// Answers a call of an earlier revision.
pub(super) async fn answer(
    shared: Arc<Shared>,
    call: McpCall,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    if call.session_id().is_none() && shared.settings.old_transport {
        if let Some(connection) = old::connection(&request) {
            let connection = connection.to_owned();
            return Box::pin(old::post(shared, &connection, call, request)).await;
        }
        if call.kind() == McpKind::ListenStream {
            return old::open(&shared, &request);
        }
    }
    let opens = call.is(&McpMethod::INITIALIZE);
    if !opens && !is_spoken(&call) {
        if names_its_version(request.body()) {
            return shared.server.send(request).await;
        }
        return Ok(local::unsupported(&call));
    }
    if let (true, McpKind::Request, Some(id)) = (opens, call.kind(), call.id()) {
        let (response, _) = Box::pin(greeting::greet(&shared, request, id)).await?;
        return Ok(response);
    }
    if shared.settings.stateless {
        return stateless::answer(shared, call, request).await;
    }
    let session = shared.session(&call, request.extensions())?;
    answer_in(shared, session, call, request).await
}

/// Answers a call of a session.
pub(super) async fn answer_in(
    shared: Arc<Shared>,
    session: Session,
    call: McpCall,
    mut request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let kept = Kept::read(&shared, &session.name).await?;
    if kept.ended {
        return Err(local::unknown_session());
    }
    request.extensions_mut().insert(session.known_as());
    if let (McpKind::Response, id) = (call.kind(), call.id()) {
        let live = shared.lives.find(&session.name);
        if let Some(id) = id {
            let is_awaited = live.is_some_and(|live| live.answer(id, request.body()));
            if !is_awaited {
                handover::leave(&shared, &session.name, id, request.body()).await?;
            }
        }
        return Ok(local::accepted());
    }
    let live = shared.lives.enter(&session.name);
    match (call.kind(), call.id()) {
        (McpKind::Request, Some(id)) => {
            let id = id.clone();
            asked(shared, live, (session, kept), (call, id), request).await
        }
        (McpKind::Notification, _) => told(&shared, &live, &session, &call, request).await,
        (McpKind::EndSession, _) => ended(&shared, &live).await,
        _ => Box::pin(listen::answer(shared, live, session, &call, request)).await,
    }
}

/// Answers a request of a session.
async fn asked(
    shared: Arc<Shared>,
    live: Arc<Live>,
    (session, kept): (Session, Kept),
    (call, id): (McpCall, RpcId),
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let method = call.method().map_or("", McpMethod::as_str);
    match method {
        "ping" => Ok(local::empty(&id)),
        "logging/setLevel" => {
            let asked = set_level(&shared, &live, &session, &id, request).await;
            asked.or_else(|error| told_otherwise(error, &id))
        }
        "resources/subscribe" | "resources/unsubscribe" => {
            let asked = subscription(&shared, &live, (&session, kept), (&call, &id), request).await;
            asked.or_else(|error| told_otherwise(error, &id))
        }
        _ => {
            let parts = (id, McpMethod::new(method), call.tool());
            let template = Template::new(Ask::of(request), parts, &session, kept.level)?;
            relay::answer(shared, live, template).await
        }
    }
}

/// An error that does not say that the session is gone.
fn told_otherwise(error: Error, id: &RpcId) -> Result<Response<Body>, Error> {
    relay::failed(error, |error| local::json(RpcError::from(error).encode(id)))
}

/// Adds or takes back a subscription.
async fn subscription(
    shared: &Shared,
    live: &Live,
    (session, kept): (&Session, Kept),
    (call, id): (&McpCall, &RpcId),
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let wanted = call.is(&McpMethod::RESOURCES_SUBSCRIBE);
    let method = call.method().unwrap_or(&McpMethod::RESOURCES_SUBSCRIBE);
    let uri = call.resource().unwrap_or_default();
    let max = shared.settings.max_subscriptions;
    let change = |kept: &mut Kept| {
        if wanted {
            return kept.subscribe(uri, max);
        }
        let before = kept.uris.len();
        kept.uris.retain(|known| **known != *uri);
        Ok(kept.uris.len() != before)
    };
    // One too many is not the server's to hear of.
    change(&mut { kept })?;
    let heard = earlier::ask(shared, session, (id, method), request).await?;
    if let Heard::Refused(refused) = heard {
        return Ok(refused);
    }
    let is_new = Kept::change(shared, live, change).await?;
    // A server that was asked itself tells of it on the stream that there is.
    if is_new && matches!(heard, Heard::Nowhere) {
        live.subscriptions.notify_waiters();
    }
    Ok(local::empty(id))
}

const LEVELS: [&str; 8] = [
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
];

/// Keeps the level from which on a session wants log messages.
async fn set_level(
    shared: &Shared,
    live: &Live,
    session: &Session,
    id: &RpcId,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let params = edit::member(request.body(), "params").unwrap_or_default();
    let level = edit::text(&params, "level");
    let Some(level) = level.filter(|level| LEVELS.contains(&level.as_str())) else {
        return Ok(local::invalid_params(
            id,
            "params.level is no level of log messages",
        ));
    };
    let asked = (id, &McpMethod::LOGGING_SET_LEVEL);
    if let Heard::Refused(refused) = earlier::ask(shared, session, asked, request).await? {
        return Ok(refused);
    }
    Kept::change(shared, live, |kept| {
        kept.level = Some(level.into());
        Ok(())
    })
    .await?;
    Ok(local::empty(id))
}

/// Takes a notification.
pub(super) async fn told(
    shared: &Shared,
    live: &Live,
    session: &Session,
    call: &McpCall,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    if call.is(&McpMethod::NOTIFICATIONS_CANCELLED) {
        let params = edit::member(request.body(), "params").unwrap_or_default();
        let id = edit::member(&params, "requestId").and_then(RpcId::parse);
        if let Some(id) = id {
            live.cancel(&id);
        }
    } else if call.is(&McpMethod::NOTIFICATIONS_ROOTS_LIST_CHANGED) {
        if let Err(error) = earlier::tell(shared, session, request).await {
            return relay::failed(error, |_| local::accepted());
        }
    } else if !call.method().is_some_and(McpMethod::is_known) {
        let mut ask = Ask::of(request);
        relay::describe(&mut ask, session, None)?;
        let request = ask.into_modern(ProtocolVersion::LATEST)?;
        if let Err(error) = shared.server.send(request).await {
            return relay::failed(error, |_| local::accepted());
        }
    }
    Ok(local::accepted())
}

/// Ends a session, for its lifetime.
async fn ended(shared: &Shared, live: &Live) -> Result<Response<Body>, Error> {
    Kept::change(shared, live, |kept| {
        *kept = Kept {
            ended: true,
            ..Kept::default()
        };
        Ok(())
    })
    .await?;
    live.cancel_all();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Whether the revision that a call states is one of those that are spoken.
fn is_spoken(call: &McpCall) -> bool {
    let version = call.protocol_version().map(ProtocolVersion::as_str);
    version.is_none_or(|version| ProtocolVersion::SPOKEN.contains(&version))
}

/// Whether the message says in `_meta` of which revision it is, as those from 2026-07-28 on do.
fn names_its_version(body: &Bytes) -> bool {
    let params = edit::member(body, "params").unwrap_or_default();
    let meta = edit::member(&params, META).unwrap_or_default();
    let named = json::members(&meta, [MetaKey::PROTOCOL_VERSION]);
    named.is_ok_and(|[version]| version.is_some())
}
