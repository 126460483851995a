//! Agents: one, or many in its place.

use std::sync::{Arc, Mutex, PoisonError};

use agentgateway_a2a::{
    A2aGateway, bridge::AnyAgent, route::tasks::TaskAffinityLayer, upstream::A2aUpstreamLayer,
};
use http::header;

use super::{
    Parts, Stack,
    backend::{Asked, bearer, how, reached},
    retrying::MAX_CALL,
    stack::{self, CALL_CLOCKS, Member},
};
use crate::config::snapshot::{
    AgentTerms, Backend, BackendKind, Catalogue, CatalogueAgent, Endpoints,
};

/// The stack of an agent.
///
/// # Errors
/// Why it cannot be spoken to, for the operator.
pub(super) fn a2a(
    parts: &Parts,
    at: &Endpoints,
    backend: &Backend,
    asked: &Asked,
) -> Result<Stack, String> {
    let (agent, member) = spoken_to(parts, at, backend, asked)?;
    let terms = terms(backend);
    stack::a2a(parts, (&backend.reference.name, &terms), agent, member)
}

/// The stack of many agents. What needs no call is asked of all of them before it, and each has within what is
/// asked of its own.
///
/// # Errors
/// Why they cannot be spoken to, for the operator.
pub(super) fn catalogue(
    parts: &Parts,
    all: &Catalogue,
    backend: &Backend,
    asked: &Asked,
) -> Result<Stack, String> {
    let mut builder = A2aGateway::builder();
    let mut members = Vec::new();
    for CatalogueAgent {
        name,
        backend,
        hosts,
    } in &all.agents
    {
        let BackendKind::A2a(at) = &backend.kind else {
            return Err(format!("{name} is no agent"));
        };
        let made = spoken_to(parts, at, backend, asked);
        let (agent, member) = made.map_err(|error| format!("agent {name}: {error}"))?;
        builder = builder.agent(name, agent);
        for host in hosts {
            builder = builder.host(host, name);
        }
        members.push((name.clone(), member));
    }
    if let Some(name) = &all.default {
        builder = builder.default_agent(name);
    }
    if let Some(prefix) = &all.prefix {
        builder = builder.prefix(prefix);
    }
    if let Some(url) = &all.public_url {
        let url = url.parse();
        builder = builder.public_url(url.map_err(|error| format!("its public URL: {error}"))?);
    }
    if let (Some(title), said) = &all.title {
        builder = builder.title(
            title,
            said.as_deref()
                .unwrap_or("Several agents behind one address"),
        );
    }
    let failed = Arc::<Mutex<Option<String>>>::default();
    let (own, first) = (parts.clone(), failed.clone());
    let builder = builder.within(move |name, agent| {
        let member = members.iter().find(|(known, _)| known == name);
        let made = match member {
            Some((_, member)) => stack::within_catalogue(&own, agent.clone(), member),
            None => Err("nothing is known of it".to_owned()),
        };
        made.unwrap_or_else(|error| {
            let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(format!("agent {name}: {error}"));
            agent
        })
    });
    let outer = how(parts, CALL_CLOCKS, &backend.settings, asked, MAX_CALL)?;
    let stack = stack::catalogue(parts, builder, &terms(backend), &outer)?;
    let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    failed.map_or(Ok(stack), Err)
}

fn terms(backend: &Backend) -> Arc<AgentTerms> {
    backend.settings.agent.clone().unwrap_or_default()
}

/// An agent, whatever it speaks, and how it is asked.
fn spoken_to(
    parts: &Parts,
    at: &Endpoints,
    backend: &Backend,
    asked: &Asked,
) -> Result<(AnyAgent, Member), String> {
    let settings = &backend.settings;
    let (client, endpoint) = reached(parts, at, settings.tls, settings, asked.grpc)?;
    // An agent may be called over gRPC whatever its clients speak.
    let (grpc, _) = reached(parts, at, settings.tls, settings, true)?;
    let mut upstream = A2aUpstreamLayer::new(endpoint.clone());
    if let Some(credential) = &settings.credential {
        upstream = upstream.credential(header::AUTHORIZATION, bearer(credential)?);
    }
    let agent = AnyAgent::builder(stack::a2a_agent(client, upstream.clone()), endpoint)
        .grpc(stack::a2a_agent(grpc, upstream))
        .behind_balancer(may_be_several(at))
        .build();
    let member = Member {
        tasks: replicas(parts, at, backend),
        how: how(parts, CALL_CLOCKS, settings, asked, MAX_CALL)?,
    };
    Ok((agent, member))
}

/// Whether an agent may have several replicas: today's only one may get company.
const fn may_be_several(at: &Endpoints) -> bool {
    matches!(at, Endpoints::Addresses(..))
}

/// What keeps tasks with their replica, where there may be several. It also takes up streams, where that is asked
/// for.
fn replicas(parts: &Parts, at: &Endpoints, backend: &Backend) -> Option<TaskAffinityLayer> {
    let streams = terms(backend).streams;
    if !may_be_several(at) && streams.is_none() {
        return None;
    }
    let mut layer = parts.tasks.clone().agent(&backend.reference.to_string());
    if let Some(streams) = streams {
        layer = layer.resume(streams.resume).probe(streams.probe);
        if let Some(wait) = streams.resume_after {
            layer = layer.resume_after(wait);
        }
    }
    Some(layer)
}
