use std::borrow::Cow;

use agentgateway_core::{
    Error, ErrorKind,
    json::{self, JsonError, JsonType, Raw},
    jsonrpc::{Envelope, EnvelopeError, EnvelopeKind, RpcError, RpcId},
    protocol::Rejection,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{mirror, places::Members};
use crate::{
    call::{Facts, McpKind},
    policy::ItemKind,
    wire::{
        Era, META, McpMethod, MetaKey, NameParam, ProtocolVersion, RequestMeta, SessionId,
        error::{self, HEADER_MISMATCH, INVALID_PARAMS, INVALID_REQUEST},
        headers,
    },
};

/// What a request that could not be read is refused with.
pub(super) fn refuse(
    code: i64,
    message: impl Into<Cow<'static, str>>,
    id: Option<&RpcId>,
) -> Rejection {
    let id = id.map(RpcId::detached);
    let error = Error::new(ErrorKind::InvalidRequest, message);
    Rejection::new(error, move |error| {
        let mut rpc = RpcError::new(code, error.message().to_owned());
        if let Some(id) = error.request_id() {
            let id = json::quote(id.as_str());
            rpc = rpc.with_data(format!("{{\"requestId\":{id}}}"));
        }
        error::response(StatusCode::BAD_REQUEST, &rpc, id.as_ref())
    })
}

/// The facts of a message in a POST.
#[cfg(feature = "bridge")]
pub(crate) fn message(head: &HeaderMap, body: &Bytes) -> Result<Facts, Rejection> {
    read(head, body).map(|(facts, _)| facts)
}

/// The facts of a message in a POST, and where its members stand that what stands inside reads again.
pub(crate) fn read<'a>(
    head: &HeaderMap,
    body: &'a Bytes,
) -> Result<(Facts, Members<'a>), Rejection> {
    let envelope = Envelope::peek(body).map_err(|error| no_message(&error))?;
    let id = envelope.id.clone();
    let mut facts = Facts::new(match envelope.kind {
        EnvelopeKind::Request => McpKind::Request,
        EnvelopeKind::Notification => McpKind::Notification,
        EnvelopeKind::Response => McpKind::Response,
    });
    // The call outlives the body, of which an id is a part.
    facts.id = id.as_ref().filter(|id| !id.is_null()).map(RpcId::detached);
    facts.method = envelope.method.as_deref().map(McpMethod::new);
    let params = Params::read(envelope.params)
        .map_err(|error| refuse(INVALID_REQUEST, error.to_string(), id.as_ref()))?;
    let meta = RequestMeta::read(body, params.meta)
        .map_err(|error| refuse(INVALID_REQUEST, error.to_string(), id.as_ref()))?;
    let stated =
        stated_version(head).map_err(|message| refuse(INVALID_REQUEST, message, id.as_ref()))?;
    let era = era_of(stated.as_ref().or(meta.protocol_version.as_ref()));
    facts.name = name(facts.method.as_ref(), &params, era)
        .map_err(|message| refuse(INVALID_PARAMS, message, id.as_ref()))?;
    facts.also = also(facts.method.as_ref(), &params)
        .map_err(|error| refuse(INVALID_REQUEST, error.to_string(), id.as_ref()))?;
    facts.progress_token = meta.progress_token;
    facts.trace = meta.trace;

    mirror::check(
        head,
        &facts,
        stated.as_ref(),
        meta.protocol_version.as_ref(),
    )
    .map_err(|message| refuse(HEADER_MISMATCH, message, id.as_ref()))?;
    let proposed = || {
        let opens = facts.method.as_ref() == Some(&McpMethod::INITIALIZE);
        let version = params.version.filter(|_| opens)?;
        let version = json::string(version).map(|name| ProtocolVersion::new(&name));
        // Who proposes a revision without a handshake in a handshake speaks an earlier one, and is told which.
        version.filter(|version| version.era() == Era::Legacy)
    };
    facts.protocol_version = stated.or(meta.protocol_version).or_else(proposed);
    session(&mut facts, head);
    let [token, version, _, capabilities, level] = meta.raw;
    let members = Members {
        id: id.and_then(|id| part_of(body, id.as_raw())),
        params: envelope.params.filter(is_object),
        name: params.name,
        uri: params.uri,
        task: params.task,
        arguments: params.arguments,
        responses: params.responses,
        state: params.state,
        reference: params.reference,
        meta: params.meta,
        token,
        version,
        capabilities,
        level,
    };
    Ok((facts, members))
}

/// The value that a part of a body is.
fn part_of<'a>(body: &'a Bytes, part: &[u8]) -> Option<Raw<'a>> {
    let start = part.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    Raw::parse(body.get(start..start.checked_add(part.len())?)?).ok()
}

/// The id of what may be no call, when it could be read and is not that of an answer.
pub(super) fn request_id(body: &Bytes) -> Option<RpcId> {
    let id = match Envelope::peek(body) {
        Ok(envelope) if envelope.kind == EnvelopeKind::Request => envelope.id,
        Ok(_) => None,
        Err(error) => error.id().cloned(),
    };
    id.filter(|id| !id.is_null()).map(|id| id.detached())
}

/// The facts of a call that its head says whole.
pub(super) fn head_only(kind: McpKind, head: &HeaderMap) -> Result<Facts, Rejection> {
    let mut facts = Facts::new(kind);
    facts.protocol_version =
        stated_version(head).map_err(|message| refuse(INVALID_REQUEST, message, None))?;
    facts.last_event_id = head
        .get(headers::LAST_EVENT_ID)
        .and_then(|value| value.to_str().ok())
        .map(Into::into);
    session(&mut facts, head);
    Ok(facts)
}

/// The members of `params` that decide something, not judged yet.
#[derive(Default)]
struct Params<'a> {
    name: Option<Raw<'a>>,
    uri: Option<Raw<'a>>,
    task: Option<Raw<'a>>,
    meta: Option<Raw<'a>>,
    version: Option<Raw<'a>>,
    reference: Option<Raw<'a>>,
    filter: Option<Raw<'a>>,
    arguments: Option<Raw<'a>>,
    state: Option<Raw<'a>>,
    responses: Option<Raw<'a>>,
}

impl<'a> Params<'a> {
    fn read(params: Option<Raw<'a>>) -> Result<Self, JsonError> {
        // The last ones are read elsewhere: none may be there under a name that a server takes for theirs.
        const KEYS: [&str; 12] = [
            NameParam::Name.key(),
            NameParam::Uri.key(),
            NameParam::TaskId.key(),
            META,
            "protocolVersion",
            "ref",
            "notifications",
            "arguments",
            "requestState",
            "inputResponses",
            "requestId",
            MetaKey::PROGRESS_TOKEN,
        ];
        let Some(params) = params.filter(is_object) else {
            return Ok(Self::default());
        };
        let [
            name,
            uri,
            task,
            meta,
            version,
            reference,
            filter,
            arguments,
            state,
            responses,
            ..,
        ] = json::sole_members_of(params, KEYS)?;
        Ok(Self {
            name,
            uri,
            task,
            meta,
            version,
            reference: reference.filter(is_object),
            filter: filter.filter(is_object),
            arguments,
            state,
            responses,
        })
    }
}

/// What the method is about. A method that the era does not have is the server's to answer.
fn name(
    method: Option<&McpMethod>,
    params: &Params<'_>,
    era: Era,
) -> Result<Option<Box<str>>, String> {
    let Some((method, param)) = method.and_then(|method| Some((method, method.name_param()?)))
    else {
        return Ok(None);
    };
    let raw = match param {
        NameParam::Name => params.name,
        NameParam::Uri => params.uri,
        NameParam::TaskId => params.task,
    };
    match raw.and_then(json::string) {
        Some(name) => Ok(Some(name.into())),
        None if param.is_required() && !method.is_removed_in(era) => {
            Err(format!("{method} needs params.{}, a string", param.key()))
        }
        None => Ok(None),
    }
}

/// What is named elsewhere than a method's name is.
///
/// # Source
/// MCP 2026-07-28, `CompleteRequestParams.ref` and `SubscriptionFilter.resourceSubscriptions`.
fn also(
    method: Option<&McpMethod>,
    params: &Params<'_>,
) -> Result<Vec<(ItemKind, Box<str>)>, JsonError> {
    let mut found = Vec::new();
    let mut add = |kind, raw: Option<Raw<'_>>| {
        found.extend(raw.and_then(json::string).map(|name| (kind, name.into())));
    };
    match (method.map(McpMethod::as_str), params) {
        (
            Some("completion/complete"),
            Params {
                reference: Some(reference),
                ..
            },
        ) => {
            let [name, uri, _] = json::sole_members_of(*reference, ["name", "uri", "type"])?;
            add(ItemKind::Prompt, name);
            add(ItemKind::Template, uri);
        }
        (
            Some("subscriptions/listen"),
            Params {
                filter: Some(filter),
                ..
            },
        ) => {
            let [uris] = json::sole_members_of(*filter, ["resourceSubscriptions"])?;
            if let Some(uris) = uris.filter(|raw| json::type_of(*raw) == JsonType::Array) {
                json::elements(uris, |uri| add(ItemKind::Resource, Some(uri)))?;
            }
        }
        _ => {}
    }
    Ok(found)
}

fn is_object(raw: &Raw<'_>) -> bool {
    json::type_of(*raw) == JsonType::Object
}

fn era_of(version: Option<&ProtocolVersion>) -> Era {
    version.map_or(Era::Legacy, ProtocolVersion::era)
}

fn stated_version(head: &HeaderMap) -> Result<Option<ProtocolVersion>, &'static str> {
    let mut values = head.get_all(headers::PROTOCOL_VERSION).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err("the header MCP-Protocol-Version is there twice; send it once");
    }
    Ok(first
        .and_then(|value| value.to_str().ok())
        .map(|name| ProtocolVersion::new(name.trim())))
}

/// Sessions are of the legacy era; later the header is to be ignored.
fn session(facts: &mut Facts, head: &HeaderMap) {
    if era_of(facts.protocol_version.as_ref()) == Era::Legacy {
        facts.session_id = SessionId::from_headers(head);
    }
}

fn no_message(error: &EnvelopeError) -> Rejection {
    if error.is_batch() {
        let message = "a batch is not accepted: MCP 2025-06-18 removed them; send each message in a \
                       POST of its own";
        return refuse(INVALID_REQUEST, message, None);
    }
    let id = error.id().filter(|id| !id.is_null());
    refuse(error.code(), error.to_string(), id)
}
