//! The listeners of all Gateways.

use std::collections::BTreeMap;

use super::routes::Open;
use crate::config::old::model::{GatewaySpec, Key, Kind, ListenerSpec, Object, Spec};
use crate::config::old::suggest::quoted;
use crate::config::old::{Hostname, Listener, Problem, Protocol, Store};

/// The listeners, without routes, by Gateway and then in the order of its manifest.
pub(super) fn listeners<'a>(store: &'a Store, problems: &mut Vec<Problem>) -> Vec<Open<'a>> {
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut ports = BTreeMap::new();
    for object in store.all(Kind::Gateway) {
        let Some(Spec::Gateway(gateway)) = &object.spec else {
            continue;
        };
        check_class(store, object, gateway, problems);
        if let Some(kind) = &gateway.parameters {
            let message = format!("{} is not supported yet", quoted(kind));
            let problem = object
                .origin
                .problem("spec.infrastructure.parametersRef", message);
            problems.push(problem.hint("leave parametersRef out"));
        }
        for (index, spec) in gateway.listeners.iter().enumerate() {
            let path = format!("spec.listeners[{index}]");
            let beside = gateway.listeners.iter().take(index);
            if beside.clone().any(|other| other.name == spec.name) {
                let message = format!("a second listener {}", quoted(&spec.name));
                problems.push(object.origin.problem(format!("{path}.name"), message));
            }
            let holder = (&object.key, spec);
            match ports.get(&spec.port) {
                Some(first) => problems.push(shared(object, &path, spec, *first)),
                None => drop(ports.insert(spec.port, holder)),
            }
            open.push(Open::new(&object.key, spec, listener(&object.key, spec)));
        }
    }
    open
}

fn check_class(store: &Store, object: &Object, gateway: &GatewaySpec, problems: &mut Vec<Problem>) {
    let key = Key::new("", gateway.class.as_str());
    if store.find(Kind::GatewayClass, &key).is_none() {
        let message = format!("GatewayClass {} is not found", quoted(&gateway.class));
        let mut problem = object.origin.problem("spec.gatewayClassName", message);
        problem.hint = store.near_miss(Kind::GatewayClass, &key);
        problems.push(problem);
    }
}

/// Two listeners on one port, which no listener is served from yet, not even by hostname.
fn shared(
    object: &Object,
    path: &str,
    spec: &ListenerSpec,
    (gateway, first): (&Key, &ListenerSpec),
) -> Problem {
    let holder = format!("listener {} of Gateway {gateway}", quoted(&first.name));
    let message = if spec.hostname == first.hostname {
        format!(
            "the combination of port, protocol and hostname must be unique, and port {} is that of \
             {holder}",
            spec.port
        )
    } else {
        format!(
            "two listeners on port {} are not supported yet; the first is {holder}",
            spec.port
        )
    };
    object.origin.problem(format!("{path}.port"), message)
}

fn listener(gateway: &Key, spec: &ListenerSpec) -> Listener {
    Listener {
        gateway: gateway.to_string(),
        name: spec.name.clone(),
        port: spec.port,
        protocol: Protocol::Http,
        hostname: spec.hostname.as_ref().map(Hostname::to_string),
        routes: Vec::new(),
    }
}
