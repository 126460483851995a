//! From the first reader's snapshot to the one that plans are made from.

use std::{sync::Arc, time::Duration};

use agentgateway_core::route::{Hostname, PathEdit, PathMatch, RequestMatch, Rewrite};

use super::{Parts, Plan, plan};
use crate::config::{
    self,
    resource::{FormatType, Reference},
    snapshot::{
        Action, AiBackend, Backend, BackendKind, Endpoints, Gateway, HostPort, Listener,
        McpBackend, McpServer, McpTarget, Outcome, Protocol, Provider, ProviderKind, Rule, Secret,
        Snapshot, WeightedBackend,
    },
};

/// A plan that cannot be made; there is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {}

/// The stacks of a configuration of the first reader.
///
/// # Errors
/// None.
#[must_use = "a plan is to be served"]
pub fn snapshot(snapshot: &config::Snapshot, parts: &Parts) -> Result<Plan, PlanError> {
    Ok(plan(&converted(snapshot), parts))
}

fn converted(old: &config::Snapshot) -> Snapshot {
    let mut new = Snapshot::default();
    for listener in &old.listeners {
        let (namespace, name) = listener.gateway.split_once('/').unwrap_or_default();
        let reference = Reference::new("gateway.networking.k8s.io", "Gateway", namespace, name);
        let at = new
            .gateways
            .iter()
            .position(|gateway| gateway.reference == reference);
        let mut own = Listener::new(&listener.name, listener.port, Protocol::Http);
        own.hostname = listener.hostname.as_deref().and_then(Hostname::parse);
        own.rules = listener
            .routes
            .iter()
            .enumerate()
            .map(|(at, route)| rule(at, route))
            .collect();
        match at.and_then(|at| new.gateways.get_mut(at)) {
            Some(gateway) => gateway.listeners.push(own),
            None => {
                let mut gateway = Gateway::new(reference);
                gateway.listeners.push(own);
                new.gateways.push(gateway);
            }
        }
    }
    new
}

fn rule(index: usize, old: &config::Route) -> Rule {
    let (namespace, name) = old.name.split_once('/').unwrap_or_default();
    let reference = Reference::new("gateway.networking.k8s.io", "HTTPRoute", namespace, name);
    let own = Reference::new(
        "agentgateway.dev",
        "AgentgatewayBackend",
        namespace,
        &old.rule,
    );
    let outcome = Outcome::Backend(Arc::new(Backend::new(own, None, kind(&old.backend))));
    let action = Action::Forward(vec![WeightedBackend::new(1, outcome)]);
    let mut rule = Rule::new(reference, index, action);
    rule.hostnames = old
        .hostnames
        .iter()
        .filter_map(|name| Hostname::parse(&name.to_string()))
        .collect();
    let mut asked = RequestMatch::default();
    asked.path = match &old.path {
        config::PathMatch::Exact(path) => PathMatch::Exact(path.clone()),
        config::PathMatch::Prefix(path) => PathMatch::Prefix(path.clone()),
    };
    rule.matches = vec![asked];
    if let Some(to) = &old.rewrite_prefix {
        let mut rewrite = Rewrite::default();
        rewrite.path = Some(PathEdit::Prefix(to.clone()));
        rule.filters.rewrite = Some(rewrite);
    }
    if old.no_timeout {
        rule.timeouts.request = Some(Duration::ZERO);
    }
    rule
}

fn kind(old: &config::Backend) -> BackendKind {
    match old {
        config::Backend::Static(at) => BackendKind::Http(endpoints(at)),
        config::Backend::A2a(at) => BackendKind::A2a(endpoints(at)),
        config::Backend::Mcp { target, path, name } => {
            let server = McpServer::http(endpoints(target), path);
            BackendKind::Mcp(McpBackend::new(vec![McpTarget::new(name, server)]))
        }
        config::Backend::Ai(own) => BackendKind::Ai(AiBackend {
            groups: vec![vec![provider(own)]],
        }),
    }
}

fn endpoints(at: &config::HostPort) -> Endpoints {
    Endpoints::Name(HostPort::new(&at.host, at.port))
}

fn provider(old: &config::Provider) -> Provider {
    let kind = match &old.kind {
        config::ProviderKind::OpenAi => ProviderKind::OpenAi,
        config::ProviderKind::Anthropic => ProviderKind::Anthropic,
        config::ProviderKind::Gemini => ProviderKind::Gemini,
        config::ProviderKind::Custom { formats } => {
            ProviderKind::Custom(formats.iter().map(format).collect())
        }
    };
    let mut provider = Provider::new(&old.name, kind, endpoints(&old.endpoint));
    provider.model.clone_from(&old.model);
    provider.settings.tls = old.tls;
    provider.settings.credential = old.key.as_ref().map(|key| Secret::new(key.expose()));
    provider
}

const fn format(old: &config::Format) -> FormatType {
    match old {
        config::Format::Messages | config::Format::AnthropicTokenCount => FormatType::Messages,
        _ => FormatType::Completions,
    }
}
