//! From heads and bodies to calls.

use agentgateway_core::{
    Error, ErrorKind,
    jsonrpc::{self, Envelope, EnvelopeKind, RpcId},
    protocol::Rejection,
};
use bytes::Bytes;
use http::{HeaderMap, Uri, request};

use super::A2aSubject;
use crate::{
    call::{A2aCall, Facts},
    wire::{
        A2aBinding, A2aError, A2aOperation, A2aVersion, Params, Route, header, query_value,
        read_body, read_params, sole_query_value,
    },
};

/// The version that a request declares; the header counts before the query.
pub(super) fn declared_version(head: &request::Parts) -> A2aVersion {
    match head
        .headers
        .get(header::VERSION)
        .map(|value| value.to_str())
    {
        Some(Ok(text)) if !text.trim().is_empty() => A2aVersion::parse(text),
        Some(Err(_)) => A2aVersion::Unknown,
        _ => A2aVersion::parse(&version_query(&head.uri).unwrap_or_default()),
    }
}

fn version_query(uri: &Uri) -> Option<std::borrow::Cow<'_, str>> {
    query_value(uri, "A2A-Version")
}

/// Whether a request declares a version at all.
pub(super) fn declares_version(head: &request::Parts) -> bool {
    head.headers.contains_key(header::VERSION) || version_query(&head.uri).is_some()
}

pub(super) fn extensions(headers: &HeaderMap) -> Box<[Box<str>]> {
    let mut found: Vec<Box<str>> = Vec::new();
    for name in [header::EXTENSIONS, header::EXTENSIONS_V0_3] {
        let values = headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
        for uri in values.flat_map(|value| value.split(',')).map(str::trim) {
            // Clients send both headers, with the same list.
            if !uri.is_empty() && !found.iter().any(|known| &**known == uri) {
                found.push(uri.into());
            }
        }
    }
    found.into()
}

/// The skill that a client asks for; of several headers none.
pub(super) fn skill(headers: &HeaderMap) -> Option<Box<str>> {
    let mut values = headers.get_all(header::SKILL).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    let text = only.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.into())
}

/// The call of an agent card's address.
pub(super) fn card_call(head: &request::Parts) -> A2aCall {
    let declared = declared_version(head);
    let mut call = Facts::new(A2aOperation::AgentCard, A2aBinding::HttpJson, declared);
    call.extensions = extensions(&head.headers);
    call.skill = skill(&head.headers);
    call.into()
}

/// The call of an HTTP+JSON route, as far as the head tells it.
///
/// `public_path` is the path of the gateway's own URL, which is no tenant.
///
/// # Errors
/// The path and the query name different tenants, or the query says a thing twice.
pub(super) fn route_call(
    head: &request::Parts,
    route: Route,
    public_path: &str,
) -> Result<Facts, Rejection> {
    let declared = declared_version(head);
    let mut call = Facts::new(route.operation.clone(), A2aBinding::HttpJson, declared);
    // A path under /v1 is that of v0.3, unless the client says otherwise: an agent of v1.0 may be
    // mounted there. The routes of v1.0 do not occur in v0.3.
    call.version = match (declares_version(head), route.is_under_v1()) {
        (true, _) => declared,
        (false, true) => A2aVersion::V0_3,
        (false, false) => A2aVersion::V1_0,
    };
    call.extensions = extensions(&head.headers);
    call.skill = skill(&head.headers);
    if call.version != A2aVersion::V0_3 {
        let path = path_tenant(&route.prefix, public_path).filter(|tenant| !tenant.is_empty());
        let query = sole_query_value(&head.uri, &["tenant"]).map_err(twice)?;
        if disagree(path.as_deref(), query.as_deref()) {
            return Err(two_tenants());
        }
        call.tenant_in_path = path.is_some();
        call.tenant = path.or_else(|| query.map(Box::from));
    }
    if call.operation == A2aOperation::ListTasks {
        let named = |names: &[&'static str]| {
            let value = sole_query_value(&head.uri, names).map_err(twice)?;
            Ok::<_, Rejection>(value.map(Box::from))
        };
        call.context_id = named(&["contextId", "context_id"])?;
        call.page_token = named(&["pageToken", "page_token"])?;
    }
    call.task_id = route.task_id;
    call.push_config_id = route.push_config_id;
    Ok(call)
}

fn disagree(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// A policy that reads the one must not pass a call that an agent takes for the other's.
fn two_tenants() -> Rejection {
    let message = "path, query and body name different tenants".to_owned();
    reject(A2aSubject::HttpJson, jsonrpc::code::INVALID_PARAMS, message)
}

fn twice(name: &'static str) -> Rejection {
    let message = format!("\"{name}\" must stand in the query once, in this case, and be text");
    reject(A2aSubject::HttpJson, jsonrpc::code::INVALID_PARAMS, message)
}

fn path_tenant(prefix: &[Box<str>], public_path: &str) -> Option<Box<str>> {
    let public: Vec<&str> = public_path.split('/').filter(|s| !s.is_empty()).collect();
    let behind = prefix
        .get(public.len()..)
        .filter(|_| prefix.iter().zip(&public).all(|(a, b)| &**a == *b));
    match behind.unwrap_or(prefix) {
        [tenant] if &**tenant != "v1" => Some(tenant.clone()),
        _ => None,
    }
}

/// Adds what the body of an HTTP+JSON call says; the path's word stands above it.
pub(super) fn with_body(mut call: Facts, body: &Bytes) -> Result<A2aCall, Rejection> {
    match read_body(body, &call.operation, call.version) {
        Ok(params) => {
            if disagree(call.tenant.as_deref(), params.tenant.as_deref()) {
                return Err(two_tenants());
            }
            call.take(params);
            Ok(call.into())
        }
        Err(bad) => {
            let code = jsonrpc::code::INVALID_PARAMS;
            Err(reject(A2aSubject::HttpJson, code, bad.to_string()))
        }
    }
}

/// Parses a JSON-RPC call.
pub(super) fn rpc_call(head: &request::Parts, body: &Bytes) -> Result<A2aCall, Rejection> {
    let declared = declared_version(head);
    let refuse = |id: Option<&RpcId>, version, code, message: String| {
        let id = id.map_or_else(RpcId::null, RpcId::detached);
        reject(A2aSubject::JsonRpc { id, version }, code, message)
    };
    let envelope = Envelope::peek(body)
        .map_err(|error| refuse(error.id(), declared, error.code(), error.to_string()))?;
    let method = envelope.method.as_deref().unwrap_or_default();
    let (operation, written) = A2aOperation::of_method(method);
    let version = written.unwrap_or(declared);
    let id = envelope.id.as_ref();
    if envelope.kind == EnvelopeKind::Response {
        let message = "a response is not accepted here; send a request".to_owned();
        return Err(refuse(id, version, jsonrpc::code::INVALID_REQUEST, message));
    }
    if let Some(known) = operation.in_another_case() {
        // Some agents take it for the method that it looks like, which a policy must have judged.
        let message = format!("methods are told apart by their case; this one is \"{known}\"");
        return Err(refuse(
            id,
            version,
            jsonrpc::code::METHOD_NOT_FOUND,
            message,
        ));
    }
    let mut call = Facts::new(operation, A2aBinding::JsonRpc, declared);
    call.version = version;
    call.extensions = extensions(&head.headers);
    call.skill = skill(&head.headers);
    if let (Some(params), Some(_)) = (envelope.params, written) {
        let params = read_params(params, &call.operation, version)
            .map_err(|bad| refuse(id, version, jsonrpc::code::INVALID_PARAMS, bad.to_string()))?;
        call.take(params);
    }
    // The id outlives the body: a stream may be open for hours.
    call.id = id.map(RpcId::detached);
    Ok(call.into())
}

/// The id of what may be no call, when it could be read.
pub(super) fn rpc_id(body: &Bytes) -> Option<RpcId> {
    match Envelope::peek(body) {
        Ok(envelope) => envelope.id.as_ref().map(RpcId::detached),
        Err(error) => error.id().map(RpcId::detached),
    }
}

pub(super) fn reject(subject: A2aSubject, code: i64, message: String) -> Rejection {
    let error = Error::new(ErrorKind::InvalidRequest, message);
    Rejection::new(error, move |error| {
        subject.response(&A2aError::new(error).with_code(code), error)
    })
}

impl Facts {
    pub(super) fn take(&mut self, params: Params) {
        self.tenant = self.tenant.take().or(params.tenant);
        self.task_id = self.task_id.take().or(params.task_id);
        self.context_id = self.context_id.take().or(params.context_id);
        self.message_id = params.message_id;
        self.push_config_id = self.push_config_id.take().or(params.push_config_id);
        self.page_token = self.page_token.take().or(params.page_token);
        self.return_immediately = params.return_immediately;
        self.parts = params.parts;
        self.push_url = params.push_url;
    }
}
