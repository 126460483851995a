//! The endpoints that EndpointSlices tell of.

use std::net::{IpAddr, SocketAddr};

use crate::config::resource::{
    Endpoint, EndpointConditions, EndpointSlice, Reference, ServicePort,
};

/// The endpoints of a Service's port that may be used, sorted: those that are ready; where none is,
/// those that are about to end and still serve, so that a last request is not lost.
///
/// # Source
/// Kubernetes API, `EndpointConditions`; KEP-1669, which is what kube-proxy does.
///
/// # Errors
/// There is none.
pub(super) fn usable(
    service: &Reference,
    slices: &[&EndpointSlice],
    port: &ServicePort,
) -> Result<Vec<SocketAddr>, String> {
    let ready = addresses(slices, port, is_ready);
    if !ready.is_empty() {
        return Ok(ready);
    }
    let ending = addresses(slices, port, is_ending);
    if !ending.is_empty() {
        return Ok(ending);
    }
    let mut message = format!("{service} port {} has no ready endpoint", port.port);
    if slices.iter().any(|slice| is_named(slice)) {
        message.push_str(
            "; its EndpointSlices of addressType FQDN are not read: name the host in an \
             AgentgatewayBackend with static",
        );
    }
    Err(message)
}

/// Absent, it is what the other two say.
fn is_ready(conditions: &EndpointConditions) -> bool {
    let serving = conditions.serving != Some(false);
    let implied = serving && conditions.terminating != Some(true);
    conditions.ready.unwrap_or(implied)
}

fn is_ending(conditions: &EndpointConditions) -> bool {
    conditions.serving == Some(true) && conditions.terminating == Some(true)
}

/// Whether its endpoints are names and not addresses.
fn is_named(slice: &EndpointSlice) -> bool {
    slice.address_type == "FQDN"
}

fn addresses(
    slices: &[&EndpointSlice],
    port: &ServicePort,
    wanted: fn(&EndpointConditions) -> bool,
) -> Vec<SocketAddr> {
    let name = port.name.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for slice in slices.iter().filter(|slice| !is_named(slice)) {
        let ports = slice.ports.iter();
        let ports = ports.filter(|it| it.name.as_deref().unwrap_or_default() == name);
        let numbers: Vec<u16> = ports
            .filter_map(|it| it.port)
            .filter(|it| *it > 0)
            .collect();
        let endpoints = slice.endpoints.iter();
        for address in endpoints
            .filter(|it| wanted(&it.conditions))
            .filter_map(address)
        {
            found.extend(numbers.iter().map(|port| SocketAddr::new(address, *port)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn address(endpoint: &Endpoint) -> Option<IpAddr> {
    endpoint.addresses.first()?.parse().ok()
}
