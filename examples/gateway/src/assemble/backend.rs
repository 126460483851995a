//! From a backend to the stack that speaks to it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use agentgateway_core::{
    timeout::Clocks,
    upstream::{Endpoint, InvalidEndpoint, Upstream},
};
use http::HeaderValue;

use super::{
    Parts, Stack, agents,
    balanced::balanced,
    clients::Transport,
    exchange::exchanging,
    grpc::Grpc,
    models,
    plain::{Plain, plain},
    policies::Mounted,
    retrying::{Attempts, MAX_CALL, MAX_PLAIN},
    servers,
    stack::{self, How, MaxBody},
};
use crate::config::{
    resource::HttpVersion,
    snapshot::{
        Backend, BackendKind, BackendSettings, Endpoints, HostPort, McpBackend, Policies, Secret,
        Timeouts,
    },
};

/// How rules ask for a backend: what makes two of its stacks different.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) timeouts: Timeouts,
    pub(super) grpc: bool,
    pub(super) max_body: MaxBody,
    pub(super) policies: Arc<Policies>,
    /// Of a copy: what keeps requests out of the backend of its original.
    pub(super) original: Arc<Policies>,
}

/// The stack of a backend.
///
/// # Errors
/// Why it cannot be spoken to, for the operator.
pub(super) fn stack(parts: &Parts, backend: &Backend, asked: &Asked) -> Result<Stack, String> {
    unread(&asked.original, &backend.kind)?;
    match &backend.kind {
        BackendKind::Http(at) => http(parts, at, &backend.settings, asked),
        BackendKind::A2a(at) => agents::a2a(parts, at, backend, asked),
        BackendKind::Agents(all) => agents::catalogue(parts, all, backend, asked),
        BackendKind::Mcp(servers) => mcp(parts, servers, backend, asked),
        BackendKind::Ai(providers) => models::stack(parts, providers, backend, asked),
    }
}

/// Refuses copies of calls that were judged by what nobody reads there.
fn unread(original: &Policies, kind: &BackendKind) -> Result<(), String> {
    let missed = match kind {
        BackendKind::Mcp(_) => original.agents.is_some(),
        BackendKind::A2a(_) | BackendKind::Agents(_) => original.scopes.is_some(),
        BackendKind::Http(_) | BackendKind::Ai(_) => {
            original.agents.is_some() || original.scopes.is_some()
        }
    };
    match missed {
        true => Err("it gets no copies of calls whose guards it does not read".to_owned()),
        false => Ok(()),
    }
}

fn http(
    parts: &Parts,
    at: &Endpoints,
    settings: &BackendSettings,
    asked: &Asked,
) -> Result<Stack, String> {
    let (client, endpoint) = reached(parts, at, settings.tls, settings, asked.grpc)?;
    let how = how(parts, Clocks::new(), settings, asked, MAX_PLAIN)?;
    let credential = settings.credential.as_ref().map(bearer).transpose()?;
    // What is streamed takes no memory: bodies are held where policies read them.
    Ok(if asked.grpc {
        plain(Grpc, client, endpoint, credential, &how)
    } else {
        plain(Plain, client, endpoint, credential, &how)
    })
}

fn mcp(
    parts: &Parts,
    servers: &McpBackend,
    backend: &Backend,
    asked: &Asked,
) -> Result<Stack, String> {
    let of = &backend.reference;
    let gateway = servers::gateway(parts, servers, backend)?;
    let name = format!("{}/{}", of.namespace, of.name);
    parts.observer.mcp_servers().add(name, gateway.watch());
    // These are asked about each tool, and the others about the call.
    let mut settings = backend.settings.clone();
    let rules = std::mem::take(&mut Arc::make_mut(&mut settings.policies).authorization);
    let mut how = how(parts, stack::CALL_CLOCKS, &settings, asked, MAX_CALL)?;
    how.mounted = how.mounted.of_tools(&rules);
    Ok(stack::mcp(parts, servers.only(), gateway, &how))
}

/// The client of these endpoints, and what goes into the request's target.
pub(super) fn reached(
    parts: &Parts,
    at: &Endpoints,
    tls: bool,
    settings: &BackendSettings,
    grpc: bool,
) -> Result<(Upstream, Endpoint), String> {
    let mut client = parts.client(&connected(settings, grpc))?;
    let endpoint = endpoint(at.name(), tls)?;
    if let Endpoints::Addresses(_, addresses) = at {
        let addresses: &[SocketAddr] = addresses;
        let (health, pulse) = (settings.health.as_ref(), parts.pulse.clone());
        client = balanced(client, endpoint.clone(), addresses, health, pulse);
    }
    if let Some(exchange) = &settings.exchange {
        client = exchanging(parts, client, exchange)?;
    }
    Ok((client, endpoint))
}

/// How connections to a backend, or to those in its place, are made.
pub(super) fn transports(backend: &Backend, asked: &Asked) -> Vec<Transport> {
    let is_plain = matches!(backend.kind, BackendKind::Http(_) | BackendKind::A2a(_));
    let of = |settings: &BackendSettings, grpc: bool| connected(settings, grpc && asked.grpc);
    match &backend.kind {
        BackendKind::Agents(all) => {
            let agents = all.agents.iter();
            agents.map(|it| of(&it.backend.settings, true)).collect()
        }
        _ => vec![of(backend.served(), is_plain)],
    }
}

fn connected(settings: &BackendSettings, grpc: bool) -> Transport {
    Transport {
        http2: match settings.version {
            Some(version) => version == HttpVersion::Http2,
            None => grpc,
        },
        connect: settings.connect_timeout,
        keepalive: settings.keepalive,
        tls: settings.tls_terms.clone(),
    }
}

fn endpoint(at: &HostPort, tls: bool) -> Result<Endpoint, String> {
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{at}")
        .parse()
        .map_err(|error: InvalidEndpoint| error.to_string())
}

/// A service that policies ask, by HTTP/2 alone or not: its client, and what goes into the request's
/// target.
pub(super) fn service(
    parts: &Parts,
    (at, tls): (&Endpoints, bool),
    http2: bool,
) -> Result<(Upstream, Endpoint), String> {
    reached(parts, at, tls, &BackendSettings::default(), http2)
}

pub(super) fn how(
    parts: &Parts,
    usual: Clocks,
    settings: &BackendSettings,
    asked: &Asked,
    max_kept: usize,
) -> Result<How, String> {
    let request = asked.timeouts.request;
    // The route's word, else the backend's, else what is usual; zero is no limit.
    let attempt = asked.timeouts.backend_request.or(settings.request_timeout);
    let limit = |said: Option<Duration>| said.filter(|limit| !limit.is_zero());
    let (all, each) = match (request, attempt) {
        (None, None) => (usual, usual),
        _ => (
            usual.to_the_end(limit(request), limit(attempt)),
            usual.to_the_end(None, limit(attempt)),
        ),
    };
    let retry = asked.policies.retry.as_ref();
    let mut mounted = Mounted::new(parts, &asked.policies)?;
    if let Some(part) = &asked.policies.buffer {
        mounted = mounted.buffering(&part.spec, asked.max_body);
    }
    Ok(How {
        clocks: match retry {
            None => all,
            Some(_) => Clocks::new().request(limit(request)),
        },
        max_body: asked.max_body,
        mounted: mounted
            .behind(parts, &asked.original)?
            .behind(parts, &settings.policies)?,
        attempts: retry.map(|part| Attempts::new(&part.spec, max_kept, each)),
    })
}

pub(super) fn bearer(secret: &Secret) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", secret.expose()))
        .map_err(|_| "its credential holds bytes that no header can".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}
