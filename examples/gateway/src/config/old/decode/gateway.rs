//! GatewayClass and Gateway.

use super::checks;
use super::node::{Fields, Node};
use crate::config::old::model::{GatewaySpec, ListenerSpec, RoutesFrom, Spec};
use crate::config::old::suggest::quoted;

/// The `controllerName` of the GatewayClasses that this gateway serves.
pub const CONTROLLER_NAME: &str = "agentgateway.dev/agentgateway";

pub(super) fn class(spec: &Node<'_>) -> Option<Spec> {
    let fields = spec.fields(&["controllerName", "description"], &["parametersRef"])?;
    let node = fields.required("controllerName")?;
    let name = node.text()?;
    if name != CONTROLLER_NAME {
        let message = format!("{} is another controller's", quoted(name));
        node.problem_with_hint(message, format!("this gateway is \"{CONTROLLER_NAME}\""));
        return None;
    }
    Some(Spec::GatewayClass)
}

pub(super) fn gateway(spec: &Node<'_>) -> Option<Spec> {
    let known = ["gatewayClassName", "listeners", "infrastructure"];
    let fields = spec.fields(&known, &["addresses", "allowedListeners", "tls"])?;
    let class = fields
        .required("gatewayClassName")
        .and_then(checks::object_name);
    let parameters = fields.optional("infrastructure").and_then(parameters);
    let nodes = fields
        .required("listeners")
        .and_then(|node| listed(node, 64));
    let listeners: Option<Vec<_>> = nodes.map(|nodes| nodes.iter().filter_map(listener).collect());
    Some(Spec::Gateway(GatewaySpec {
        class: class?,
        parameters,
        listeners: listeners?,
    }))
}

/// A list of 1 to `max` items.
pub(super) fn listed<'a>(node: &Node<'a>, max: usize) -> Option<Vec<Node<'a>>> {
    let items = node.items()?;
    if items.is_empty() || items.len() > max {
        node.problem(format!("must have 1 to {max} items, found {}", items.len()));
        return None;
    }
    Some(items)
}

/// The kind of the object that `parametersRef` refers to.
fn parameters(node: &Node<'_>) -> Option<String> {
    let fields = node.fields(&["parametersRef"], &["annotations", "labels"])?;
    let inner = fields
        .optional("parametersRef")?
        .fields(&["group", "kind", "name"], &[])?;
    inner
        .required("kind")
        .and_then(Node::text)
        .map(str::to_owned)
}

fn listener(node: &Node<'_>) -> Option<ListenerSpec> {
    let known = ["name", "port", "protocol", "hostname", "allowedRoutes"];
    let fields = node.fields(&known, &["tls"])?;
    let name = fields.required("name").and_then(checks::object_name);
    let port = fields.required("port").and_then(Node::port);
    let protocol = fields
        .required("protocol")
        .and_then(|node| node.choice(&[("HTTP", ())], &["HTTPS", "TLS", "TCP", "UDP"]));
    let hostname = fields.optional("hostname").map(checks::hostname);
    let routes_from = match fields.optional("allowedRoutes") {
        Some(node) => allowed_routes(node),
        None => Some(RoutesFrom::Same),
    };
    protocol?;
    Some(ListenerSpec {
        name: name?,
        port: port?,
        hostname: hostname.flatten(),
        routes_from: routes_from?,
    })
}

fn allowed_routes(node: &Node<'_>) -> Option<RoutesFrom> {
    let fields = node.fields(&["namespaces", "kinds"], &[])?;
    if let Some(kinds) = fields.optional("kinds").and_then(Node::items) {
        for kind in &kinds {
            route_kind(kind);
        }
    }
    let Some(namespaces) = fields.optional("namespaces") else {
        return Some(RoutesFrom::Same);
    };
    let inner = namespaces.fields(&["from"], &["selector"])?;
    routes_from(&inner)
}

fn routes_from(fields: &Fields<'_>) -> Option<RoutesFrom> {
    let known = [("Same", RoutesFrom::Same), ("All", RoutesFrom::All)];
    match fields.optional("from") {
        Some(node) => node.choice(&known, &["Selector"]),
        None => Some(RoutesFrom::Same),
    }
}

/// The only kind of route that there is, HTTPRoute.
fn route_kind(node: &Node<'_>) -> Option<()> {
    let fields = node.fields(&["group", "kind"], &[])?;
    let kind = fields.required("kind");
    if let Some(group) = fields.optional("group") {
        group.choice(&[("gateway.networking.k8s.io", ())], &[]);
    }
    kind?.choice(
        &[("HTTPRoute", ())],
        &["GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"],
    )
}
