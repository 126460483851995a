//! Agents: one, or many in its place.

use std::sync::{Arc, Mutex, PoisonError};

use agentgateway_a2a::{
    A2aGateway, A2aLayer,
    bridge::{AnyAgent, agent::AnyAgentBuilder},
    gateway::A2aGatewayBuilder,
    route::tasks::TaskAffinityLayer,
    upstream::{A2aAgent, A2aUpstreamLayer},
    wire::card::Offer,
};
use agentgateway_core::{Body, Error, Peeked, timeout::TimeoutLayer};
use http::{Request, Response, header};
use tower::{Layer, ServiceBuilder, util::MapRequestLayer};
use tower_service::Service;

use super::{
    Parts, Stack,
    backend::{Asked, bearer, how, reached},
    background::Background,
    cards::with_terms,
    relays::{holding, pushing},
    retrying::{MAX_CALL, clocked},
    stack::{self, CALL_CLOCKS, How, a2a_layer},
};
use crate::config::snapshot::{
    AgentTerms, Backend, BackendKind, Catalogue, CatalogueAgent, Discovery, Endpoints,
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
    one(parts, (&backend.reference.name, &terms), agent, member)
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
            Some((_, member)) => within(&own, agent.clone(), member),
            None => Err("nothing is known of it".to_owned()),
        };
        made.unwrap_or_else(|error| {
            let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(format!("agent {name}: {error}"));
            agent
        })
    });
    let outer = how(parts, CALL_CLOCKS, &backend.settings, asked, MAX_CALL)?;
    let stack = many(parts, builder, &terms(backend), &outer)?;
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
        .behind_balancer(may_be_several(at));
    let terms = terms(backend);
    let agent = match &terms.discovery {
        Some(asked) => discovered(agent, asked),
        None => agent,
    };
    let agent = agent.build();
    let member = Member {
        name: backend.reference.to_string(),
        tasks: replicas(parts, at, backend),
        how: how(parts, CALL_CLOCKS, settings, asked, MAX_CALL)?,
    };
    Ok((agent, member))
}

fn discovered(mut agent: AnyAgentBuilder, asked: &Discovery) -> AnyAgentBuilder {
    if let Some(path) = &asked.card_path {
        agent = agent.card_path(path);
    }
    if let Some(lifetime) = asked.card_lifetime {
        agent = agent.card_lifetime(lifetime);
    }
    let hosts = asked.hosts.iter();
    hosts.fold(agent, |agent, host| agent.allow_host(host))
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

/// How an agent is asked.
#[derive(Clone, Debug)]
struct Member {
    /// The backend, which no other of the gateway's agents is.
    name: String,
    /// What knows which of its replicas has a task.
    tasks: Option<TaskAffinityLayer>,
    how: How,
}

/// An agent, whatever it speaks, for clients of every binding and version; of several replicas, calls about a
/// task go to the one that knows it.
///
/// # Errors
/// Why it cannot be had as it is asked for, for the operator.
fn one(
    parts: &Parts,
    (name, terms): (&str, &AgentTerms),
    agent: AnyAgent,
    member: Member,
) -> Result<Stack, String> {
    let Member {
        name: own,
        tasks,
        how,
    } = member;
    let layer = a2a_with_terms(parts, terms, &how)?
        .agent(name)
        .grpc(true)
        .offer(Offer::where_asked().every_interface());
    let rescue = layer.rescue();
    let outer = ServiceBuilder::new()
        .layer(layer)
        .layer(how.mounted.within());
    let stack = match tasks {
        tasks if !how.mounted.push().is_empty() => {
            let agent = pushing_alone(parts, (&own, affine(tasks, agent)), &how)?;
            clocked!(Stack::new, outer, &how, TimeoutLayer::new, agent)
        }
        Some(layer) => clocked!(
            Stack::new,
            outer,
            &how,
            TimeoutLayer::new,
            layer.layer(agent)
        ),
        None => clocked!(Stack::new, outer, &how, TimeoutLayer::new, agent),
    };
    let stack = how.mounted.around(&rescue, stack);
    Ok(stack.holding(parts.heap.as_ref()))
}

/// The layer of agents, with what is asked for of them.
fn a2a_with_terms(parts: &Parts, terms: &AgentTerms, how: &How) -> Result<A2aLayer, String> {
    let max_body = [how.max_body, terms.max_body_bytes];
    with_terms(
        a2a_layer(parts, max_body.into_iter().flatten().min()),
        terms,
    )
}

fn affine<S>(tasks: Option<TaskAffinityLayer>, agent: S) -> A2aAgent
where
    S: Service<Request<Peeked<Body>>, Response = Response<Body>, Error = Error>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    match tasks {
        Some(layer) => A2aAgent::new(layer.layer(agent)),
        None => A2aAgent::new(agent),
    }
}

fn pushing_alone(
    parts: &Parts,
    (name, agent): (&str, A2aAgent),
    how: &How,
) -> Result<A2aAgent, String> {
    let mut push = how.mounted.push().iter();
    push.try_fold(agent, |agent, part| {
        pushing(parts, (name, agent), &part.spec)
    })
}

/// One agent of a catalogue, within the layer that has read its calls.
///
/// # Errors
/// Why it cannot be had as it is asked for, for the operator.
fn within(
    parts: &Parts,
    agent: A2aAgent,
    Member { name, tasks, how }: &Member,
) -> Result<A2aAgent, String> {
    let agent = pushing_alone(parts, (name, affine(tasks.clone(), agent)), how)?;
    let outer = ServiceBuilder::new().layer(how.mounted.within());
    Ok(clocked!(
        A2aAgent::new,
        outer,
        how,
        TimeoutLayer::new,
        agent
    ))
}

/// Many agents behind one address; what needs no call is asked before them.
///
/// # Errors
/// Why they cannot be had as they are asked for, for the operator.
fn many(
    parts: &Parts,
    builder: A2aGatewayBuilder,
    terms: &AgentTerms,
    how: &How,
) -> Result<Stack, String> {
    let layer = a2a_with_terms(parts, terms, how)?.grpc(true);
    let rescue = layer.rescue();
    let gateway = builder.layer(layer).build();
    let gateway = gateway.map_err(|error| error.to_string())?;
    // A card is there before the call that is routed by it.
    let cards = Arc::new(Background::spawn(gateway.run()));
    let gateway = ServiceBuilder::new()
        .layer(MapRequestLayer::new(holding(cards)))
        .service(gateway);
    let stack = how.mounted.around(&rescue, Stack::new(gateway));
    Ok(stack.holding(parts.heap.as_ref()))
}
