//! Whether the listeners of a Gateway are valid, each by itself and beside the others.

use agentgateway_core::route::Hostname;

use super::authorities::{Asked, asked};
use super::certificate::certificates;
use super::fault::{Notes, explained};
use super::lookup::GATEWAY;
use super::{Claim, Context, Fault, ListenerFacts, Severity};
use crate::config::object::Object;
use crate::config::resource::{GatewaySpec, ListenerSpec, RouteGroupKind, TlsMode};
use crate::config::snapshot::{Certificate, ClientCertificates, Protocol};
use crate::config::suggest::quoted;

/// What is worth knowing where hostnames overlap within TLS.
const OVERLAPS: &str = "another listener of this port has an overlapping hostname: a client may \
                        reuse a connection across both";

/// A listener with what was found out about it.
#[derive(Debug)]
pub(super) struct ListenerView<'a> {
    pub(super) spec: &'a ListenerSpec,
    pub(super) hostname: Option<Hostname>,
    pub(super) kinds: Vec<RouteGroupKind>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) clients: Option<ClientCertificates>,
    pub(super) rejected: Option<Fault>,
    conflict: Option<Fault>,
    overlapping: bool,
    unresolved: Vec<Fault>,
}

/// Judges each listener of a Gateway; ports taken by other Gateways are told later.
pub(super) fn listeners<'a>(
    context: &Context<'_>,
    object: &Object,
    spec: &'a GatewaySpec,
) -> Vec<ListenerView<'a>> {
    let mut views: Vec<_> = spec
        .listeners
        .iter()
        .enumerate()
        .map(|(index, listener)| view(context, object, listener, &path(index)))
        .collect();
    let frontend = spec.tls.as_ref().and_then(|tls| tls.frontend.as_ref());
    if let Some(frontend) = frontend {
        for view in views.iter_mut().filter(|it| it.spec.protocol == "HTTPS") {
            view.ask(asked(context, object, frontend, view.spec.port));
        }
    }
    let conflicts: Vec<_> = (0..views.len()).map(|at| conflict(&views, at)).collect();
    let overlaps: Vec<_> = (0..views.len()).map(|at| overlaps(&views, at)).collect();
    for ((view, conflict), overlapping) in views.iter_mut().zip(conflicts).zip(overlaps) {
        view.conflict = conflict;
        view.overlapping = overlapping;
    }
    views
}

pub(super) fn path(index: usize) -> String {
    format!("spec.listeners[{index}]")
}

fn view<'a>(
    context: &Context<'_>,
    object: &Object,
    spec: &'a ListenerSpec,
    path: &str,
) -> ListenerView<'a> {
    let name = spec.hostname.as_deref().filter(|name| !name.is_empty());
    let hostname = name.and_then(Hostname::parse);
    let served = is_served(&spec.protocol);
    let (kinds, mut unresolved) = kinds(spec, path);
    let mut found = Vec::new();
    if spec.protocol == "HTTPS" {
        let (good, faults) = certificates(context, object, spec, path);
        found = good;
        unresolved.extend(faults);
    }
    let passthrough = spec
        .tls
        .as_ref()
        .is_some_and(|tls| tls.mode == TlsMode::Passthrough);
    let rejected = if !served {
        let message = format!(
            "protocol {} is not served; use HTTP or HTTPS",
            spec.protocol
        );
        Some(Fault::new(
            format!("{path}.protocol"),
            "UnsupportedProtocol",
            message,
        ))
    } else if passthrough {
        let message = "TLS is not passed through; use mode Terminate";
        Some(Fault::new(
            format!("{path}.tls.mode"),
            "UnsupportedValue",
            message,
        ))
    } else if let (Some(name), None) = (name, &hostname) {
        let name = quoted(name);
        let message = format!("{name} is no hostname; an address or a port cannot be matched");
        Some(Fault::new(
            format!("{path}.hostname"),
            "UnsupportedValue",
            message,
        ))
    } else {
        None
    };
    ListenerView {
        spec,
        hostname,
        kinds,
        certificates: found,
        clients: None,
        rejected,
        conflict: None,
        overlapping: false,
        unresolved,
    }
}

fn is_served(protocol: &str) -> bool {
    matches!(protocol, "HTTP" | "HTTPS")
}

/// The kinds of routes that may attach, and those listed that cannot.
fn kinds(spec: &ListenerSpec, path: &str) -> (Vec<RouteGroupKind>, Vec<Fault>) {
    let known = |kind: &str| RouteGroupKind {
        group: GATEWAY.to_owned(),
        kind: kind.to_owned(),
    };
    let supported = if is_served(&spec.protocol) {
        vec![known("HTTPRoute"), known("GRPCRoute")]
    } else {
        Vec::new()
    };
    let listed = &spec.allowed_routes.kinds;
    if listed.is_empty() {
        return (supported, Vec::new());
    }
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for (index, kind) in listed.iter().enumerate() {
        if supported.contains(kind) {
            good.push(kind.clone());
        } else {
            let message = format!(
                "{}/{} cannot attach to a listener of protocol {}",
                kind.group, kind.kind, spec.protocol
            );
            let path = format!("{path}.allowedRoutes.kinds[{index}]");
            faults.push(Fault::new(path, "InvalidRouteKinds", message));
        }
    }
    (good, faults)
}

/// What stands against one listener among the others of its Gateway.
///
/// Those of a protocol that is not served are in nobody's way, nor is anybody in theirs.
///
/// # Source
/// Gateway API v1, `GatewaySpec.listeners`, "Distinct Listeners".
fn conflict(views: &[ListenerView<'_>], at: usize) -> Option<Fault> {
    let served = |view: &&ListenerView<'_>| is_served(&view.spec.protocol);
    let one = views.get(at).filter(served)?;
    let others = || {
        let others = views.iter().enumerate();
        let others = others.filter(move |(_, other)| served(other));
        others.filter(move |(index, other)| *index != at && other.spec.port == one.spec.port)
    };
    let names = |found: Vec<(usize, &ListenerView<'_>)>| {
        let names: Vec<&str> = found.iter().map(|(_, view)| &*view.spec.name).collect();
        names.join(", ")
    };
    let unlike = others().filter(|(_, other)| other.spec.protocol != one.spec.protocol);
    let unlike: Vec<_> = unlike.collect();
    if !unlike.is_empty() {
        let message = format!(
            "port {} is used with another protocol by listener {}",
            one.spec.port,
            names(unlike)
        );
        return Some(Fault::new(path(at), "ProtocolConflict", message));
    }
    let hostname = |view: &ListenerView<'_>| view.spec.hostname.clone().unwrap_or_default();
    let alike = others().filter(|(_, other)| hostname(other) == hostname(one));
    let alike: Vec<_> = alike.collect();
    (!alike.is_empty()).then(|| {
        let message = format!(
            "port {} with the same hostname is used by listener {}",
            one.spec.port,
            names(alike)
        );
        Fault::new(path(at), "HostnameConflict", message)
    })
}

/// Whether a client that reuses a TLS connection may come to this listener by mistake.
fn overlaps(views: &[ListenerView<'_>], at: usize) -> bool {
    let Some(one) = views.get(at).filter(|view| view.spec.protocol == "HTTPS") else {
        return false;
    };
    views.iter().enumerate().any(|(index, other)| {
        let beside = index != at && other.spec.port == one.spec.port;
        beside && other.spec.protocol == "HTTPS" && meet(&one.hostname, &other.hostname)
    })
}

fn meet(a: &Option<Hostname>, b: &Option<Hostname>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.intersection(b).is_some(),
        _ => true,
    }
}

impl ListenerView<'_> {
    /// Takes what it is to ask its clients for. Where nobody could judge them, it is not served.
    fn ask(&mut self, asked: Asked) {
        self.clients = asked.clients;
        self.unresolved.extend(asked.unresolved);
        if self.rejected.is_none() {
            self.rejected = asked.rejected;
        }
    }

    /// Whether it can be served, once everything about it is known.
    pub(super) fn is_served(&self) -> bool {
        let secured = self.spec.protocol != "HTTPS" || !self.certificates.is_empty();
        self.rejected.is_none() && self.conflict.is_none() && secured
    }

    pub(super) fn protocol(&self) -> Protocol {
        if self.spec.protocol == "HTTPS" {
            Protocol::Https(self.certificates.clone())
        } else {
            Protocol::Http
        }
    }

    /// The facts without the routes, which attach later.
    pub(super) fn facts(&self) -> ListenerFacts {
        let rejected = self.rejected.as_ref().or(self.conflict.as_ref());
        let accepted = rejected.map_or_else(
            || Claim::yes("Accepted", "Accepted", "the listener is valid"),
            |fault| Claim::no("Accepted", fault.reason, &*fault.message),
        );
        let resolved = match self.unresolved.as_slice() {
            [] => Claim::yes("ResolvedRefs", "ResolvedRefs", "all references resolve"),
            [first, ..] => Claim::no("ResolvedRefs", first.reason, explained(&self.unresolved)),
        };
        let conflicted = self.conflict.as_ref().map_or_else(
            || {
                Claim::no(
                    "Conflicted",
                    "NoConflicts",
                    "no other listener is in the way",
                )
            },
            |fault| Claim::yes("Conflicted", fault.reason, &*fault.message),
        );
        let overlapping = self
            .overlapping
            .then(|| Claim::yes("OverlappingTLSConfig", "OverlappingHostnames", OVERLAPS));
        ListenerFacts {
            name: self.spec.name.clone(),
            port: self.spec.port,
            accepted,
            resolved,
            conflicted,
            overlapping,
            kinds: self.kinds.clone(),
            routes: std::collections::BTreeSet::new(),
            served: self.is_served(),
        }
    }

    /// Takes down all that is wrong.
    pub(super) fn note(&self, notes: &mut Notes, object: &Object) {
        if let Some(fault) = &self.rejected {
            notes.error(object, "Accepted", fault);
        }
        if let Some(fault) = &self.conflict {
            notes.error(object, "Conflicted", fault);
        }
        for fault in &self.unresolved {
            notes.add(Severity::Error, object, "ResolvedRefs", fault);
        }
        if self.overlapping {
            let message = format!("listener {}: {OVERLAPS}", self.spec.name);
            let fault = Fault::new("spec.listeners", "OverlappingHostnames", message);
            notes.add(Severity::Note, object, "OverlappingTLSConfig", &fault);
        }
    }
}
