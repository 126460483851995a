use agentgateway_core::{
    context::{MountPath, RouteName},
    rescue::RescueLayer,
    upstream::{Endpoint, InvalidEndpoint},
};
use agentgateway_llm::upstream::{Credential, Provider, ProviderKind};
use agentgateway_mcp::{McpUpstreamLayer, upstream::InvalidMcpEndpoint};

use super::{
    Choice, Choose, Entry, Parts, Plan, PlannedListener, PlannedSocket, Stack, Table,
    plain::{Plain, plain},
    stack::{self, ModelClocks, Nowhere},
};
use crate::config::{self, Backend, Format, HostPort, Listener, PathMatch, Route, Snapshot};

/// A backend that cannot be spoken to.
#[derive(Debug, thiserror::Error)]
#[error("route {route}: {reason}")]
#[non_exhaustive]
pub struct PlanError {
    route: String,
    reason: String,
}

/// The stacks of a configuration.
///
/// # Errors
/// [`PlanError`] names the route whose backend cannot be spoken to.
pub fn snapshot(snapshot: &Snapshot, parts: &Parts) -> Result<Plan, PlanError> {
    let listeners = snapshot
        .listeners
        .iter()
        .map(|listener| planned(listener, parts));
    Ok(Plan {
        sockets: listeners.collect::<Result<_, _>>()?,
    })
}

fn planned(listener: &Listener, parts: &Parts) -> Result<PlannedSocket, PlanError> {
    let entries = listener.routes.iter().map(|route| entry(route, parts));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let table = Table::new(
        Routes(listener.clone()),
        entries,
        nowhere(listener, parts),
        parts.observer.clone(),
    );
    let routes = listener.routes.iter().map(line).collect();
    Ok(PlannedSocket::new(
        listener.port,
        PlannedListener::new(&listener.name, routes),
        table,
        format!(
            "listener {} of Gateway {} says which port",
            listener.name, listener.gateway
        ),
    ))
}

fn entry(route: &Route, parts: &Parts) -> Result<Entry, PlanError> {
    let taken_off = |replacement: &str| replacement.trim_end_matches('/').is_empty();
    let mount = match (&route.path, route.rewrite_prefix.as_deref()) {
        (PathMatch::Prefix(prefix), Some(replacement)) if taken_off(replacement) => prefix,
        _ => "",
    };
    Ok(Entry {
        stack: stack(route, parts)?,
        mount: MountPath::new(mount),
        name: RouteName::new(pattern(&route.path)),
    })
}

fn stack(route: &Route, parts: &Parts) -> Result<Stack, PlanError> {
    let limit = |usual| {
        if route.no_timeout {
            stack::NO_TIMEOUT
        } else {
            usual
        }
    };
    let refused = |reason: String| PlanError {
        route: route.name.clone(),
        reason,
    };
    match &route.backend {
        Backend::Static(at) => endpoint("http", at).map(|endpoint| plain(parts, endpoint)),
        Backend::A2a(at) => endpoint("http", at)
            .map(|endpoint| stack::a2a(parts, endpoint, limit(stack::HEAD_TIMEOUT))),
        Backend::Mcp { target, path, .. } => mcp_upstream(target, path)
            .map(|upstream| stack::mcp(parts, upstream, limit(stack::HEAD_TIMEOUT))),
        Backend::Ai(own) => provider(own).map(|provider| {
            let off = route.no_timeout;
            let clocks = if off {
                ModelClocks::OFF
            } else {
                ModelClocks::USUAL
            };
            stack::llm(parts, provider, clocks)
        }),
    }
    .map_err(refused)
}

fn endpoint(scheme: &str, at: &HostPort) -> Result<Endpoint, String> {
    format!("{scheme}://{at}")
        .parse()
        .map_err(|error: InvalidEndpoint| error.to_string())
}

fn mcp_upstream(target: &HostPort, path: &str) -> Result<McpUpstreamLayer, String> {
    format!("http://{target}{path}")
        .parse()
        .map(McpUpstreamLayer::new)
        .map_err(|error: InvalidMcpEndpoint| error.to_string())
}

fn provider(own: &config::Provider) -> Result<Provider, String> {
    let scheme = if own.tls { "https" } else { "http" };
    let kind = match &own.kind {
        config::ProviderKind::OpenAi => ProviderKind::OpenAi,
        config::ProviderKind::Anthropic => ProviderKind::Anthropic,
        config::ProviderKind::Gemini => ProviderKind::Gemini,
        config::ProviderKind::Custom { formats } => spoken(formats)?,
    };
    let mut provider = Provider::new(&own.name, kind, endpoint(scheme, &own.endpoint)?);
    if let Some(model) = &own.model {
        provider = provider.model(model);
    }
    if let Some(key) = &own.key {
        let credential = match kind {
            ProviderKind::Anthropic => Credential::x_api_key(key.expose()),
            ProviderKind::Gemini => Credential::x_goog_api_key(key.expose()),
            _ => Credential::bearer(key.expose()),
        };
        provider = provider.credential(credential.map_err(|error| error.to_string())?);
    }
    Ok(provider)
}

/// The one API that all formats of a custom provider belong to.
fn spoken(formats: &[Format]) -> Result<ProviderKind, String> {
    let anthropic =
        |format: &Format| matches!(format, Format::Messages | Format::AnthropicTokenCount);
    match formats.iter().filter(|format| anthropic(format)).count() {
        0 => Ok(ProviderKind::OpenAi),
        all if all == formats.len() => Ok(ProviderKind::Anthropic),
        _ => Ok(ProviderKind::Custom),
    }
}

/// What no route takes is answered in the protocol that the listener's routes speak, when it is one.
fn nowhere(listener: &Listener, parts: &Parts) -> Stack {
    let all = |is: fn(&Backend) -> bool| {
        !listener.routes.is_empty() && listener.routes.iter().all(|route| is(&route.backend))
    };
    if all(|backend| matches!(backend, Backend::A2a(_))) {
        stack::within(stack::a2a_layer(parts), Nowhere)
    } else if all(|backend| matches!(backend, Backend::Mcp { .. })) {
        stack::within(stack::mcp_layer(parts), Nowhere)
    } else if all(|backend| matches!(backend, Backend::Ai(_))) {
        stack::within(stack::llm_layer(parts), Nowhere)
    } else {
        stack::within(RescueLayer::new(Plain, ()), Nowhere)
    }
}

/// One line for the status page.
fn line(route: &Route) -> String {
    let pattern = pattern(&route.path);
    let backend = match &route.backend {
        Backend::Static(at) => format!("http {at}"),
        Backend::A2a(at) => format!("a2a {at}"),
        Backend::Mcp { target, path, .. } => format!("mcp {target}{path}"),
        Backend::Ai(provider) => format!("ai {} at {}", provider.name, provider.endpoint),
    };
    format!("{pattern} → {backend} ({})", route.name)
}

fn pattern(path: &PathMatch) -> String {
    match path {
        PathMatch::Exact(path) => path.clone(),
        PathMatch::Prefix(prefix) => format!("{}/*", prefix.trim_end_matches('/')),
    }
}

/// The choice among a listener's routes.
struct Routes(Listener);

impl Choose for Routes {
    fn choose(&self, host: &str, path: &str) -> Option<Choice> {
        let route = self.0.route(host, path)?;
        // INVARIANT: the route is one of the slice, so its address tells its place.
        let index = self
            .0
            .routes
            .iter()
            .position(|own| std::ptr::eq(own, route))?;
        let rewritten = route.rewritten(path);
        let path = (rewritten != path).then(|| rewritten.into_owned());
        Some(Choice { index, path })
    }
}
