//! From a snapshot to the sockets that serve it.

use std::{net::IpAddr, sync::Arc};

use agentgateway_core::route::{RedirectScheme, Router};

use super::{
    Parts, Plan, PlannedListener, PlannedSocket, Table, TlsPlan,
    cache::Stacks,
    policies::Mounted,
    refuse::Refuse,
    rule::{Maker, pattern},
    spoken::Spoken,
    stack::MaxBody,
    table::{Gate, ListenerTable, Place, Reason, onward},
};
use crate::config::snapshot::{
    Action, BackendKind, ConnectionSettings, Gateway, HttpSettings, Listener, McpServer, Outcome,
    Protocol, Rule, Snapshot,
};

/// The sockets and stacks of a snapshot.
///
/// It is total: what cannot be spoken to is refused when it is asked for, with the reason in the log.
/// Stacks of backends that the last plan of these parts had are used again.
#[must_use]
pub fn plan(snapshot: &Snapshot, parts: &Parts) -> Plan {
    let mirrored = parts.for_mirrors();
    let (mut stacks, mut copies) = (parts.stacks.begin(parts), mirrored.stacks.begin(&mirrored));
    let mut sockets = Vec::new();
    for gateway in &snapshot.gateways {
        let mut ports: Vec<u16> = gateway
            .listeners
            .iter()
            .map(|listener| listener.port)
            .collect();
        ports.sort_unstable();
        ports.dedup();
        for port in ports {
            let of_port = |listener: &&Listener| listener.port == port;
            let listeners: Vec<_> = gateway.listeners.iter().filter(of_port).collect();
            let socket = Socket {
                gateway,
                port,
                listeners: &listeners,
            };
            let table = socket.table(parts, &mut stacks, &mut copies);
            let addresses = gateway.addresses.iter().copied().map(Some);
            let addresses: Vec<Option<IpAddr>> = addresses.collect();
            let told = [None];
            let addresses = if addresses.is_empty() {
                &told[..]
            } else {
                &addresses
            };
            sockets.extend(
                addresses
                    .iter()
                    .map(|at| socket.planned(*at, table.clone())),
            );
        }
    }
    let mut used = stacks.finish();
    used.extend(copies.finish());
    parts.clients.keep(&used);
    Plan { sockets }
}

/// The listeners of one Gateway on one port.
struct Socket<'a> {
    gateway: &'a Gateway,
    port: u16,
    listeners: &'a [&'a Listener],
}

impl Socket<'_> {
    fn planned(&self, address: Option<IpAddr>, table: Table) -> PlannedSocket {
        let names: Vec<_> = self.listeners.iter().map(|l| l.name.as_str()).collect();
        let planned = |listener: &&Listener| PlannedListener {
            name: listener.name.clone(),
            hostname: listener.hostname.clone(),
            routes: listener.rules.iter().flat_map(lines).collect(),
        };
        let first = self.listeners.first();
        PlannedSocket {
            gateway: Some(self.gateway.reference.clone()),
            address,
            port: self.port,
            listeners: self.listeners.iter().map(planned).collect(),
            tls: self.tls(),
            http: first.map_or_else(HttpSettings::default, |listener| listener.http.clone()),
            connections: first.map_or_else(ConnectionSettings::default, |listener| {
                listener.connections.clone()
            }),
            table,
            remedy: format!(
                "listener {} of {} says which port",
                names.join(", "),
                self.gateway.reference
            ),
        }
    }

    /// The certificates of all listeners that have some.
    fn tls(&self) -> Option<TlsPlan> {
        let certificates = self.listeners.iter().flat_map(|listener| {
            let own = match &listener.protocol {
                Protocol::Https(own) => own.as_slice(),
                Protocol::Http => &[],
            };
            own.iter()
                .map(|own| (listener.hostname.clone(), own.clone()))
        });
        let plan = TlsPlan {
            certificates: certificates.collect(),
            // Those of one port ask for the same, on the same terms.
            clients: self.listeners.iter().find_map(|it| it.clients.clone()),
            handshakes: self
                .listeners
                .first()
                .and_then(|first| first.connections.handshakes.clone()),
        };
        (!plan.certificates.is_empty()).then_some(plan)
    }

    fn table<'a>(
        &self,
        parts: &'a Parts,
        stacks: &mut Stacks<'a>,
        copies: &mut Stacks<'a>,
    ) -> Table {
        let tables = self.listeners.iter().map(|listener| {
            let spoken = Spoken::among(&listener.rules);
            let max_body = listener.http.max_buffer_size;
            let max_body = max_body.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
            let mut maker = Maker {
                parts,
                stacks: &mut *stacks,
                copies: &mut *copies,
                spoken,
                max_body,
            };
            let mut router = Router::builder();
            for rule in &listener.rules {
                for (hostnames, asked, entry) in maker.entries(rule) {
                    router = router.route(hostnames, vec![asked], entry);
                }
            }
            ListenerTable {
                hostname: listener.hostname.clone(),
                place: Place {
                    listener: listener.name.as_str().into(),
                },
                origin: (scheme(&listener.protocol), self.port),
                gate: gate(parts, listener, spoken, max_body),
                router: router.build(),
                nowhere: spoken
                    .refusal(|spoken| spoken.refusing(parts, max_body, Refuse::nowhere())),
                overloaded: spoken.refusal(|spoken| spoken.unread(parts, Refuse::overloaded())),
            }
        });
        Table::new(tables.collect(), parts.observer.clone(), parts.heap.clone())
    }
}

/// What decides about the requests of a listener before a rule is chosen.
fn gate(parts: &Parts, listener: &Listener, spoken: Spoken, max_body: MaxBody) -> Gate {
    let before = &listener.before;
    let mut gate = Gate {
        cors: before.cors.clone().map(Arc::new),
        ..Gate::default()
    };
    if before.policies.is_empty() {
        return gate;
    }
    gate.asked = Some(match Mounted::before_routing(parts, &before.policies) {
        Ok(mounted) => spoken.refusal(|spoken| spoken.before(parts, &mounted, onward())),
        Err(reason) => {
            gate.reason = Some(Arc::new(Reason::new(reason)));
            spoken.refusal(|spoken| spoken.refusing(parts, max_body, Refuse::invalid()))
        }
    });
    gate
}

const fn scheme(protocol: &Protocol) -> RedirectScheme {
    match protocol {
        Protocol::Http => RedirectScheme::Http,
        Protocol::Https(_) => RedirectScheme::Https,
    }
}

/// Lines for the status page: one for each match of a rule.
fn lines(rule: &Rule) -> Vec<String> {
    let route = format!("{}/{}", rule.route.namespace, rule.route.name);
    let leads = target(rule);
    let line = |path| format!("{} → {leads} ({route})", pattern(path));
    rule.matches.iter().map(|asked| line(&asked.path)).collect()
}

fn target(rule: &Rule) -> String {
    let backends = match &rule.action {
        Action::Describe(resource) => return format!("metadata of {}", resource.url()),
        Action::Receive(_) => return "push notifications of agents".to_owned(),
        Action::Redirect(redirect) => return format!("redirect {}", redirect.status.as_u16()),
        Action::Invalid(reason) => return format!("500, {reason}"),
        Action::Forward(backends) => backends,
    };
    let named = |outcome: &Outcome| match outcome {
        Outcome::Backend(backend) => named(&backend.kind),
        Outcome::Invalid(reason) => format!("500, {reason}"),
        Outcome::Unavailable(reason) => format!("503, {reason}"),
    };
    match backends.as_slice() {
        [] => "500, it has no backend".to_owned(),
        [only] => named(&only.outcome),
        several => {
            let share = |backend: &crate::config::snapshot::WeightedBackend| {
                format!("{} × {}", backend.weight, named(&backend.outcome))
            };
            several.iter().map(share).collect::<Vec<_>>().join(", ")
        }
    }
}

fn named(kind: &BackendKind) -> String {
    match kind {
        BackendKind::Http(at) => format!("http {}", at.name()),
        BackendKind::Agents(all) => {
            let names: Vec<_> = all.agents.iter().map(|agent| &*agent.name).collect();
            format!("a2a {}", names.join(", "))
        }
        BackendKind::A2a(at) => format!("a2a {}", at.name()),
        BackendKind::Mcp(servers) => match servers.targets.first().map(|target| &target.server) {
            Some(McpServer::Http {
                endpoints, path, ..
            }) => {
                format!("mcp {}{path}", endpoints.name())
            }
            _ => "mcp".to_owned(),
        },
        BackendKind::Ai(providers) => match providers.groups.iter().flatten().next() {
            Some(first) => format!("ai {} at {}", first.name, first.endpoints.name()),
            None => "ai".to_owned(),
        },
    }
}
