use agentgateway_core::{
    context::{MountPath, RouteName},
    rescue::RescueLayer,
    upstream::{Endpoint, InvalidEndpoint},
};
use agentgateway_mcp::McpUpstreamLayer;

use super::{
    Choice, Choose, Parts, Plan, Planned, Stack, Table,
    plain::{Plain, plain},
    stack,
};
use crate::config::{Backend, HostPort, Listener, PathMatch, Route, Snapshot};

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
        listeners: listeners.collect::<Result<_, _>>()?,
    })
}

fn planned(listener: &Listener, parts: &Parts) -> Result<Planned, PlanError> {
    let stacks = listener.routes.iter().map(|route| stack(route, parts));
    let stacks = stacks.collect::<Result<Vec<_>, _>>()?;
    let table = Table::new(Routes(listener.clone()), stacks, nowhere(listener, parts));
    Ok(Planned {
        name: listener.name.clone(),
        port: listener.port,
        routes: listener.routes.iter().map(line).collect(),
        remedy: format!(
            "or give listener {} of Gateway {} another port",
            listener.name, listener.gateway
        ),
        table,
    })
}

fn stack(route: &Route, parts: &Parts) -> Result<Stack, PlanError> {
    let refused = |reason: String| PlanError {
        route: route.name.clone(),
        reason,
    };
    match &route.backend {
        Backend::Static(at) => Ok(plain(
            parts,
            endpoint(at).map_err(|error| refused(error.to_string()))?,
        )),
        Backend::Mcp { target, path, .. } => {
            let uri = format!("http://{target}{path}").parse();
            let uri = uri.map_err(|error: http::uri::InvalidUri| refused(error.to_string()))?;
            let upstream =
                McpUpstreamLayer::new(uri).map_err(|error| refused(error.to_string()))?;
            Ok(stack::mcp(parts, upstream))
        }
        other => Err(refused(format!("{other:?} is not served yet"))),
    }
}

fn endpoint(at: &HostPort) -> Result<Endpoint, InvalidEndpoint> {
    at.to_string().parse()
}

/// What no route takes is answered in the protocol that the listener's routes speak, when it is one.
fn nowhere(listener: &Listener, parts: &Parts) -> Stack {
    let all = |is: fn(&Backend) -> bool| listener.routes.iter().all(|route| is(&route.backend));
    if listener.routes.is_empty() {
        return stack::nowhere(RescueLayer::new(Plain, ()));
    }
    if all(|backend| matches!(backend, Backend::Mcp { .. })) {
        return stack::nowhere(stack::mcp_layer(parts));
    }
    stack::nowhere(RescueLayer::new(Plain, ()))
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
        let mount = match (&route.path, &route.rewrite_prefix) {
            (PathMatch::Prefix(prefix), Some(replacement))
                if replacement.trim_end_matches('/').is_empty() =>
            {
                MountPath::new(prefix)
            }
            _ => MountPath::new(""),
        };
        let rewritten = route.rewritten(path);
        let path = (rewritten != path).then(|| rewritten.into_owned());
        Some(Choice {
            index,
            path,
            mount,
            name: RouteName::new(pattern(&route.path)),
        })
    }
}
