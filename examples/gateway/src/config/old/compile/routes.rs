//! Routes: their backends, their listeners, their order.

use std::cmp::Reverse;

use super::attach::{Attached, attach};
use super::backends::Backends;
use crate::config::old::model::{Key, Kind, ListenerSpec, Object, RouteSpec, RuleSpec, Spec};
use crate::config::old::{Backend, Listener, Problem, Route, Store};

/// The order among routes of one listener that match one host.
///
/// # Source
/// Gateway API v1, `HTTPRouteRule.matches`: the path, the older route, the name of the route, the
/// place in it. A route that does not tell its age comes after those that do.
type Precedence<'a> = (
    (bool, Reverse<usize>),
    (bool, &'a str),
    &'a Key,
    usize,
    usize,
);

/// A listener that routes are still being added to.
#[derive(Debug)]
pub(super) struct Open<'a> {
    pub(super) gateway: &'a Key,
    pub(super) spec: &'a ListenerSpec,
    listener: Listener,
    routes: Vec<(Precedence<'a>, Route)>,
}

impl<'a> Open<'a> {
    pub(super) fn new(gateway: &'a Key, spec: &'a ListenerSpec, listener: Listener) -> Self {
        Self {
            gateway,
            spec,
            listener,
            routes: Vec::new(),
        }
    }

    /// The listener with its routes in order.
    pub(super) fn close(mut self) -> Listener {
        self.routes.sort_by_key(|(precedence, _)| *precedence);
        self.listener.routes = self.routes.into_iter().map(|(_, route)| route).collect();
        self.listener
    }
}

/// Adds every route to every listener that it is attached to.
pub(super) fn attach_all<'a>(
    store: &'a Store,
    listeners: &mut [Open<'a>],
    problems: &mut Vec<Problem>,
) {
    let backends = Backends::new(store, problems);
    for object in store.all(Kind::HttpRoute) {
        let Some(Spec::HttpRoute(spec)) = &object.spec else {
            continue;
        };
        let attached = attached(store, (object, spec), listeners, problems);
        for (index, rule) in spec.rules.iter().enumerate() {
            let path = format!("spec.rules[{index}].backendRefs[0]");
            let Some(backend) = backends.resolve(object, &path, &rule.backend, problems) else {
                continue;
            };
            for (place, hostnames) in &attached {
                let Some(open) = listeners.get_mut(*place) else {
                    continue;
                };
                let routes = routes(object, (index, rule), &backend);
                open.routes.extend(routes.map(|(precedence, mut route)| {
                    route.hostnames.clone_from(hostnames);
                    (precedence, route)
                }));
            }
        }
    }
}

/// The listeners of all parent references; a listener that two of them lead to is there once.
fn attached(
    store: &Store,
    route: (&Object, &RouteSpec),
    listeners: &[Open<'_>],
    problems: &mut Vec<Problem>,
) -> Attached {
    let mut attached = Attached::new();
    for (index, parent) in route.1.parents.iter().enumerate() {
        let path = format!("spec.parentRefs[{index}]");
        match attach(store, route, (&path, parent), listeners) {
            Ok(found) => attached.extend(found),
            Err(problem) => problems.push(*problem),
        }
    }
    attached
}

/// One route for each match of a rule.
fn routes<'a>(
    object: &'a Object,
    (index, rule): (usize, &'a RuleSpec),
    backend: &Backend,
) -> impl Iterator<Item = (Precedence<'a>, Route)> {
    let age = (
        object.created.is_none(),
        object.created.as_deref().unwrap_or_default(),
    );
    rule.matches.iter().enumerate().map(move |(place, path)| {
        let precedence = (path.precedence(), age, &object.key, index, place);
        let route = Route {
            name: object.key.to_string(),
            rule: rule.name.clone().unwrap_or_else(|| index.to_string()),
            hostnames: Vec::new(),
            path: path.clone(),
            rewrite_prefix: rule.rewrite_prefix.clone(),
            no_timeout: rule.no_timeout,
            backend: backend.clone(),
        };
        (precedence, route)
    })
}
