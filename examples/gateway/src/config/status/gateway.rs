//! The status of Gateways, which depends on their sockets.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::bound::is_of_the_address;
use super::condition::conditions;
use super::{Bound, Condition, GatewayStatus, ListenerStatus, StatusAddress, Timestamp};
use crate::config::compile::{Claim, GatewayFacts, ListenerFacts, State};
use crate::config::resource::Reference;

/// What became of a listener's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket<'a> {
    /// It is not to have one.
    None,
    /// Another process is to have it.
    Elsewhere,
    /// Nothing is known of it yet.
    Pending,
    At(&'a [SocketAddr]),
    Failed(&'a str),
}

pub(super) fn gateway(
    reference: &Reference,
    facts: &GatewayFacts,
    bound: &Bound,
    last: Option<&GatewayStatus>,
    now: &Timestamp,
) -> GatewayStatus {
    let sockets: Vec<_> = facts
        .listeners
        .iter()
        .map(|listener| socket(reference, listener, bound))
        .collect();
    let both = || facts.listeners.iter().zip(&sockets);
    let listeners = both().map(|(listener, socket)| {
        let last = last.and_then(|last| last.listeners.iter().find(|it| it.name == listener.name));
        let last = last.map_or(&[][..], |last| &last.conditions);
        listener_status(facts, (listener, *socket), last, now)
    });
    let listeners: Vec<_> = listeners.collect();
    let accepted = accepted(facts, &sockets);
    let programmed = programmed(facts, &sockets, &accepted);
    let claims = [accepted, programmed, facts.resolved.clone()];
    let claims = claims.iter().chain(&facts.insecure);
    let last: &[Condition] = last.map_or(&[], |last| &last.conditions);
    GatewayStatus {
        addresses: addresses(&sockets),
        conditions: conditions(claims, facts.generation, last, now),
        listeners,
    }
}

fn socket<'a>(gateway: &Reference, listener: &ListenerFacts, bound: &'a Bound) -> Socket<'a> {
    if !listener.served {
        return Socket::None;
    }
    if bound.leaves(&listener.name) {
        return Socket::Elsewhere;
    }
    match bound.get(gateway, &listener.name) {
        None => Socket::Pending,
        Some(Ok(addresses)) => Socket::At(addresses),
        Some(Err(error)) => Socket::Failed(error),
    }
}

/// An address that the machine has not is a fault of the Gateway, not of the listener.
fn is_unavailable(socket: Socket<'_>) -> bool {
    matches!(socket, Socket::Failed(error) if !is_of_the_address(error))
}

fn listener_status(
    gateway: &GatewayFacts,
    (facts, socket): (&ListenerFacts, Socket<'_>),
    last: &[Condition],
    now: &Timestamp,
) -> ListenerStatus {
    let accepted = match socket {
        Socket::Failed(error) if is_unavailable(socket) => {
            let message = format!("port {} is not available: {error}", facts.port);
            Claim::no("Accepted", "PortUnavailable", message)
        }
        _ => facts.accepted.clone(),
    };
    let programmed = match socket {
        Socket::At(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let message = format!("listens on {}", addresses.join(", "));
            Claim::yes("Programmed", "Programmed", message)
        }
        Socket::Pending => Claim::no("Programmed", "Pending", "the socket is not bound yet"),
        Socket::Elsewhere => {
            let message = "this process is told to serve other listeners alone";
            Claim::new("Programmed", State::Unknown, "Pending", message)
        }
        Socket::Failed(error) if !is_unavailable(socket) => {
            Claim::no("Programmed", "Pending", format!("cannot be bound: {error}"))
        }
        Socket::Failed(_) | Socket::None => {
            let why = [&accepted, &facts.resolved];
            let why = why.into_iter().find(|claim| !claim.holds());
            let message = why.map_or_else(|| not_served(gateway), |claim| claim.message.clone());
            Claim::no("Programmed", "Invalid", message)
        }
    };
    let overlapping = facts.overlapping.iter();
    let claims = [&accepted, &programmed, &facts.resolved, &facts.conflicted];
    let claims = claims.into_iter().chain(overlapping);
    ListenerStatus {
        name: facts.name.clone(),
        supported_kinds: facts.kinds.clone(),
        attached_routes: facts.routes.len(),
        conditions: conditions(claims, gateway.generation, last, now),
    }
}

/// Why a listener is not served that is valid itself.
fn not_served(gateway: &GatewayFacts) -> String {
    match gateway.unusable.as_slice() {
        // Its own condition says why.
        _ if !gateway.accepted.holds() => "the Gateway is not accepted".to_owned(),
        [] => "the Gateway is not served".to_owned(),
        unusable => format!("the Gateway cannot listen on {}", unusable.join(", ")),
    }
}

fn accepted(facts: &GatewayFacts, sockets: &[Socket<'_>]) -> Claim {
    if !facts.accepted.holds() {
        return facts.accepted.clone();
    }
    let both = facts.listeners.iter().zip(sockets);
    let bad: Vec<&str> = both
        .filter(|(listener, socket)| !listener.accepted.holds() || is_unavailable(**socket))
        .map(|(listener, _)| &*listener.name)
        .collect();
    if bad.is_empty() {
        return facts.accepted.clone();
    }
    let message = format!("listener {} is not valid", bad.join(", "));
    if bad.len() < facts.listeners.len() {
        Claim::yes("Accepted", "ListenersNotValid", message)
    } else {
        Claim::no("Accepted", "ListenersNotValid", message)
    }
}

/// Never true when the Gateway is not accepted, nor when a socket that is to be served is not bound.
fn programmed(facts: &GatewayFacts, sockets: &[Socket<'_>], accepted: &Claim) -> Claim {
    let no = |reason, message: &str| Claim::no("Programmed", reason, message);
    if !accepted.holds() {
        return no(
            "Invalid",
            &format!("the Gateway is not accepted: {}", accepted.message),
        );
    }
    if !facts.unusable.is_empty() {
        let message = format!("cannot listen on {}", facts.unusable.join(", "));
        return no("AddressNotUsable", &message);
    }
    let failed = sockets.iter().find_map(|socket| match socket {
        Socket::Failed(error) if is_of_the_address(error) => Some(*error),
        _ => None,
    });
    if let Some(error) = failed {
        return no("AddressNotUsable", error);
    }
    let both = || facts.listeners.iter().zip(sockets);
    let pending = both().filter(|(_, socket)| **socket == Socket::Pending);
    let pending: Vec<&str> = pending.map(|(listener, _)| &*listener.name).collect();
    if !pending.is_empty() {
        let message = format!("listener {} is not bound yet", pending.join(", "));
        return no("Pending", &message);
    }
    let bound = sockets
        .iter()
        .filter(|it| matches!(it, Socket::At(_)))
        .count();
    let elsewhere = both().filter(|(_, socket)| **socket == Socket::Elsewhere);
    let elsewhere: Vec<&str> = elsewhere.map(|(listener, _)| &*listener.name).collect();
    let mut message = format!("{bound} listeners are served");
    if !elsewhere.is_empty() {
        let names = elsewhere.join(", ");
        message = format!("{message}; this process is told not to serve listener {names}");
    }
    match bound {
        0 => no("Invalid", "no listener can be served"),
        _ => Claim::yes("Programmed", "Programmed", message),
    }
}

/// The addresses that sockets are bound to, each once.
fn addresses(sockets: &[Socket<'_>]) -> Vec<StatusAddress> {
    let bound = sockets.iter().flat_map(|socket| match socket {
        Socket::At(addresses) => *addresses,
        Socket::None | Socket::Elsewhere | Socket::Pending | Socket::Failed(_) => &[],
    });
    let bound: BTreeSet<_> = bound.map(SocketAddr::ip).collect();
    let one = |address: std::net::IpAddr| StatusAddress {
        kind: "IPAddress",
        value: address.to_string(),
    };
    bound.into_iter().map(one).take(16).collect()
}
