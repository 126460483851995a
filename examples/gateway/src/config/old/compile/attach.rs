//! Which listeners a route's parent reference leads to.

use std::collections::BTreeMap;

use super::routes::Open;
use crate::config::old::model::{Kind, Object, ParentRef, RouteSpec, RoutesFrom};
use crate::config::old::suggest::{did_you_mean, listed, quoted};
use crate::config::old::{Hostname, Problem, Store};

/// Listeners by their place, each with the hostnames that it and the route have in common.
pub(super) type Attached = BTreeMap<usize, Vec<Hostname>>;

/// Finds the listeners of one parent reference. None is a problem, which says at which step.
///
/// # Source
/// Gateway API v1, `ParentReference`, `AllowedRoutes`, `HTTPRouteSpec.hostnames`.
pub(super) fn attach(
    store: &Store,
    route: (&Object, &RouteSpec),
    (path, parent): (&str, &ParentRef),
    listeners: &[Open<'_>],
) -> Result<Attached, Box<Problem>> {
    let (object, spec) = route;
    let Some(gateway) = store.find(Kind::Gateway, &parent.gateway) else {
        let message = format!("Gateway {} is not found", parent.gateway);
        let mut problem = object.origin.problem(path, message);
        problem.hint = store.near_miss(Kind::Gateway, &parent.gateway);
        return Err(Box::new(problem));
    };
    if gateway.spec.is_none() {
        return Ok(Attached::new());
    }
    let attached: Attached = taking(object, (path, parent), listeners)?
        .into_iter()
        .filter_map(|(index, l)| Some((index, common(l.spec.hostname.as_ref(), &spec.hostnames)?)))
        .collect();
    if attached.is_empty() {
        let message = format!("no hostname in common with the listeners of {path}");
        return Err(Box::new(object.origin.problem("spec.hostnames", message)));
    }
    Ok(attached)
}

/// The listeners that the reference names and that take routes of this namespace; at least one.
fn taking<'l, 'a>(
    object: &Object,
    (path, parent): (&str, &ParentRef),
    listeners: &'l [Open<'a>],
) -> Result<Vec<(usize, &'l Open<'a>)>, Box<Problem>> {
    let of_gateway = || {
        let all = listeners.iter().enumerate();
        all.filter(|(_, listener)| *listener.gateway == parent.gateway)
    };
    let mut found: Vec<_> = of_gateway().filter(|(_, l)| is_named(parent, l)).collect();
    if found.is_empty() {
        let all: Vec<_> = of_gateway().map(|(_, l)| l.spec.name.as_str()).collect();
        return Err(Box::new(no_listener(object, path, parent, &all)));
    }
    found.retain(|(_, listener)| is_allowed(object, listener));
    if found.is_empty() {
        let message = format!(
            "Gateway {} allows no routes of namespace \"{}\" here",
            parent.gateway, object.key.namespace
        );
        let problem = object.origin.problem(path, message);
        let hint = "set allowedRoutes.namespaces.from: All on its listener";
        return Err(Box::new(problem.hint(hint)));
    }
    Ok(found)
}

fn is_named(parent: &ParentRef, listener: &Open<'_>) -> bool {
    let section = parent
        .section
        .as_ref()
        .is_none_or(|name| *name == listener.spec.name);
    section && parent.port.is_none_or(|port| port == listener.spec.port)
}

fn is_allowed(route: &Object, listener: &Open<'_>) -> bool {
    match listener.spec.routes_from {
        RoutesFrom::All => true,
        RoutesFrom::Same => listener.gateway.namespace == route.key.namespace,
    }
}

fn no_listener(object: &Object, path: &str, parent: &ParentRef, all: &[&str]) -> Problem {
    let mut wanted = Vec::new();
    wanted.extend(
        parent
            .section
            .as_ref()
            .map(|name| format!("of name {}", quoted(name))),
    );
    wanted.extend(parent.port.map(|port| format!("on port {port}")));
    let message = format!(
        "Gateway {} has no listener {}",
        parent.gateway,
        wanted.join(" ")
    );
    let mut problem = object.origin.problem(path, message);
    let near = parent
        .section
        .as_deref()
        .and_then(|name| did_you_mean(name, all.iter().copied()));
    problem.hint = near.or_else(|| Some(format!("its listeners are {}", listed(all))));
    problem
}

/// The hostnames in common; `None` when there are some on both sides and none in common.
fn common(listener: Option<&Hostname>, route: &[Hostname]) -> Option<Vec<Hostname>> {
    let Some(listener) = listener else {
        return Some(route.to_vec());
    };
    if route.is_empty() {
        return Some(vec![listener.clone()]);
    }
    let common: Vec<_> = route
        .iter()
        .filter_map(|name| name.intersection(listener))
        .collect();
    (!common.is_empty()).then_some(common)
}
