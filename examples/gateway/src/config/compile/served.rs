//! From what is attached to what is served.

use std::collections::{BTreeMap, BTreeSet};

use super::attacher::Served;
use super::described::described;
use super::fault::Notes;
use super::gateways::GatewayView;
use super::own::received;
use super::policies::Policies;
use super::refs::Resolver;
use crate::config::resource::Reference;
use crate::config::snapshot::{Gateway, Listener, Snapshot, Strays};

/// The Gateways that are served, with the rules of their listeners.
pub(super) fn snapshot(
    views: &BTreeMap<Reference, GatewayView<'_>>,
    resolver: Resolver<'_>,
    mut served: Served,
    notes: &mut Notes,
) -> Snapshot {
    let (mut snapshot, policies) = (Snapshot::default(), resolver.policies);
    for (reference, view) in views.iter().filter(|(_, view)| view.is_served()) {
        let mut gateway = Gateway::new(reference.clone());
        gateway.addresses.clone_from(&view.addresses);
        gateway.parameters = view.parameters.clone();
        let all = view.listeners.iter().enumerate();
        for (at, listener) in all.filter(|(_, listener)| listener.is_served()) {
            let spec = listener.spec;
            let layer = policies.listener(reference, &spec.name, spec.port);
            let frontend = layer.frontend;
            let mut found = Listener::new(&*spec.name, spec.port, listener.protocol());
            found.hostname.clone_from(&listener.hostname);
            found.clients.clone_from(&listener.clients);
            found.http = frontend.http.unwrap_or_default();
            // No listener has its own: they share the socket.
            found.connections = policies.port(reference, spec.port).frontend.connections;
            found.tracing = frontend.tracing.unwrap_or_default();
            found.access_log = frontend.access_log;
            found.before = layer.before;
            found.rules = served.remove(&(reference.clone(), at)).unwrap_or_default();
            if let Some(own) = &view.own {
                own.apply(resolver, &mut found, notes);
            }
            found.rules.extend(described(&found.rules));
            found.rules.extend(received(&found.rules));
            gateway.listeners.push(found);
        }
        gateway.strays = strays(&gateway, policies);
        snapshot.gateways.push(gateway);
    }
    snapshot
}

/// What rules the requests whose host no listener of their port serves.
fn strays(gateway: &Gateway, policies: &Policies<'_>) -> BTreeMap<u16, Strays> {
    let ports: BTreeSet<u16> = gateway.listeners.iter().map(|it| it.port).collect();
    let takes_all = |port: u16| {
        let mut listeners = gateway.listeners.iter();
        listeners.any(|it| it.port == port && it.hostname.is_none())
    };
    let strayed = ports.into_iter().filter(|port| !takes_all(*port));
    strayed
        .map(|port| {
            let frontend = policies.port(&gateway.reference, port).frontend;
            let strays = Strays {
                tracing: frontend.tracing.unwrap_or_default(),
                access_log: frontend.access_log,
            };
            (port, strays)
        })
        .collect()
}
