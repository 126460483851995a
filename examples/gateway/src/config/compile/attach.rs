//! Which listeners a route is attached to.

use std::collections::BTreeMap;

use agentgateway_core::route::Hostname;

use super::gateways::GatewayView;
use super::listeners::ListenerView;
use super::lookup::GATEWAY;
use super::taken::TakenHosts;
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{FromNamespaces, ParentRef, Reference, RouteGroupKind};
use crate::config::suggest::did_you_mean;

/// What a route says about where it wants to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct RouteView<'a> {
    pub(super) object: &'a Object,
    pub(super) parents: &'a [ParentRef],
    pub(super) hostnames: &'a [String],
}

/// What a route is on one listener: the listener's place in its Gateway, and the hostnames that
/// lead to the route there, none for any.
pub(super) type Attachment = (usize, Vec<Hostname>);

/// The hostnames that accepted routes have on each listener already, by whether they are GRPCRoutes.
pub(super) type Taken<'a> = BTreeMap<(Reference, usize, bool), TakenHosts<'a>>;

/// Where a route may be, as far as it and the listeners tell.
#[derive(Debug)]
pub(super) struct Attached<'a> {
    pub(super) free: Vec<Attachment>,
    /// The names of listeners on which a route of the other kind has hostnames in common with it.
    pub(super) held: Vec<(&'a str, &'a Reference)>,
}

/// The Gateway that a parentRef names; `None` when it names something else.
pub(super) fn gateway(route: &Object, parent: &ParentRef) -> Option<Reference> {
    let own = &route.reference.namespace;
    let namespace = parent.namespace.as_ref().unwrap_or(own);
    let ours = parent.group == GATEWAY && parent.kind == "Gateway";
    ours.then(|| Reference::new(GATEWAY, "Gateway", namespace, &parent.name))
}

/// The listeners of a Gateway that a parentRef leads to, free or not: at least one.
///
/// # Errors
/// There is none. The reasons come in the order of the questions: is there such a listener, may
/// the route attach, do the hostnames meet.
pub(super) fn attach<'a>(
    context: &Context<'_>,
    route: RouteView<'_>,
    (parent, path): (&ParentRef, &str),
    gateway: &GatewayView<'a>,
    taken: &Taken<'a>,
) -> Result<Attached<'a>, Fault> {
    let all = gateway.listeners.iter().enumerate();
    let asked: Vec<_> = all.filter(|(_, it)| is_asked(it, parent)).collect();
    if asked.is_empty() {
        return Err(no_parent(parent, path, gateway));
    }
    let allowed: Vec<_> = asked
        .iter()
        .filter(|(_, listener)| is_allowed(context, route.object, gateway.object, listener))
        .collect();
    if allowed.is_empty() {
        let listeners: Vec<_> = asked.iter().map(|(_, listener)| *listener).collect();
        return Err(not_allowed(route.object, path, gateway.object, &listeners));
    }
    let meeting: Vec<Attachment> = allowed
        .iter()
        .filter_map(|(index, listener)| Some((*index, hostnames(route.hostnames, listener)?)))
        .collect();
    if meeting.is_empty() {
        return Err(no_hostname(route.hostnames, path, &allowed));
    }
    let other = !is_grpc(route.object);
    let (mut free, mut held) = (Vec::new(), Vec::new());
    for (index, hostnames) in meeting {
        let there = taken.get(&(gateway.object.reference.clone(), index, other));
        let holder = there.and_then(|there| there.meet(&hostnames));
        let name = gateway.spec.listeners.get(index).map(|it| it.name.as_str());
        match (holder, name) {
            (Some(holder), Some(name)) => held.push((name, holder)),
            _ => free.push((index, hostnames)),
        }
    }
    Ok(Attached { free, held })
}

/// What stands against a route where others of the other kind are.
pub(super) fn not_free(path: &str, held: &[(&str, &Reference)]) -> Option<Fault> {
    let holders: Vec<_> = held
        .iter()
        .map(|(listener, route)| {
            format!("listener {listener} has {route}, which is older, for these hostnames")
        })
        .collect();
    let message = format!(
        "{}: of HTTPRoutes and GRPCRoutes with hostnames in common one is accepted",
        holders.join("; ")
    );
    (!holders.is_empty()).then(|| Fault::new(path, "NotAllowedByListeners", message))
}

fn is_asked(listener: &ListenerView<'_>, parent: &ParentRef) -> bool {
    let named = parent.section_name.as_ref();
    named.is_none_or(|name| *name == listener.spec.name)
        && parent.port.is_none_or(|port| port == listener.spec.port)
}

fn is_allowed(
    context: &Context<'_>,
    route: &Object,
    gateway: &Object,
    listener: &ListenerView<'_>,
) -> bool {
    let kind = RouteGroupKind {
        group: route.reference.group.clone(),
        kind: route.reference.kind.clone(),
    };
    let namespace = &route.reference.namespace;
    let namespaces = &listener.spec.allowed_routes.namespaces;
    listener.kinds.contains(&kind)
        && match namespaces.from {
            FromNamespaces::All => true,
            FromNamespaces::Same => *namespace == gateway.reference.namespace,
            FromNamespaces::Selector => namespaces.selector.as_ref().is_some_and(|selector| {
                let labels = context.store.namespace_labels(namespace);
                labels.is_some_and(|labels| selector.matches(labels))
            }),
        }
}

/// The hostnames that lead from a listener to a route; `None` when there are none in common.
fn hostnames(route: &[String], listener: &ListenerView<'_>) -> Option<Vec<Hostname>> {
    if route.is_empty() {
        return Some(listener.hostname.iter().cloned().collect());
    }
    let meet = |name: Hostname| match &listener.hostname {
        Some(own) => own.intersection(&name),
        None => Some(name),
    };
    let mut found: Vec<_> = route
        .iter()
        .filter_map(|name| meet(Hostname::parse(name)?))
        .collect();
    found.sort();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// Whether it is a GRPCRoute, as against an HTTPRoute.
pub(super) fn is_grpc(route: &Object) -> bool {
    route.reference.kind == "GRPCRoute"
}

fn no_parent(parent: &ParentRef, path: &str, gateway: &GatewayView<'_>) -> Fault {
    let names = || gateway.listeners.iter().map(|it| it.spec.name.as_str());
    let of = &gateway.object.reference;
    let mut message = match (&parent.section_name, parent.port) {
        (Some(name), Some(port)) => format!("{of} has no listener {name} on port {port}"),
        (Some(name), None) => format!("{of} has no listener {name}"),
        (None, Some(port)) => format!("{of} has no listener on port {port}"),
        (None, None) => format!("{of} has no listener"),
    };
    let hint = parent
        .section_name
        .as_deref()
        .and_then(|name| did_you_mean(name, names()));
    match hint {
        Some(hint) => message.push_str(&format!("; {hint}")),
        None => {
            let listed: Vec<_> = gateway
                .listeners
                .iter()
                .map(|it| format!("{} on port {}", it.spec.name, it.spec.port))
                .collect();
            message.push_str(&format!("; it has {}", listed.join(", ")));
        }
    }
    Fault::new(path, "NoMatchingParent", message)
}

fn not_allowed(
    route: &Object,
    path: &str,
    gateway: &Object,
    listeners: &[&ListenerView<'_>],
) -> Fault {
    let reasons: Vec<_> = listeners
        .iter()
        .map(|listener| {
            let name = &listener.spec.name;
            let kind = &route.reference.kind;
            if !listener.kinds.iter().any(|known| known.kind == *kind) {
                return format!("listener {name} takes no {kind}");
            }
            match listener.spec.allowed_routes.namespaces.from {
                FromNamespaces::Selector => format!(
                    "listener {name} takes routes of namespaces that its selector chooses, \
                     and the labels of {} do not meet it",
                    route.reference.namespace
                ),
                _ => format!(
                    "listener {name} takes routes of namespace {} alone (allowedRoutes.\
                     namespaces.from: Same)",
                    gateway.reference.namespace
                ),
            }
        })
        .collect();
    Fault::new(path, "NotAllowedByListeners", reasons.join("; "))
}

fn no_hostname(route: &[String], path: &str, listeners: &[&(usize, &ListenerView<'_>)]) -> Fault {
    let of = |(_, listener): &&(usize, &ListenerView<'_>)| {
        let hostname = listener.spec.hostname.as_deref().unwrap_or("any");
        format!("{} ({hostname})", listener.spec.name)
    };
    let listeners: Vec<_> = listeners.iter().map(of).collect();
    let message = format!(
        "no hostname of the route ({}) is one of listener {}",
        route.join(", "),
        listeners.join(", ")
    );
    Fault::new(path, "NoMatchingListenerHostname", message)
}
