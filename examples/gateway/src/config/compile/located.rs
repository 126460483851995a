//! Where the hosts are that backends name.

use std::net::SocketAddr;

use super::Context;
use super::endpoints::usable;
use super::service::numbered;
use crate::config::resource::Reference;
use crate::config::snapshot::{Endpoints, HostPort};

/// What stands behind the name and the namespace of a Service in the name that it has in DNS.
const SUFFIX: &str = ".svc.cluster.local";

/// The name that a Service has in DNS.
pub(super) fn name_of(service: &Reference) -> String {
    format!("{}.{}{SUFFIX}", service.name, service.namespace)
}

/// Where a host is that a backend names.
///
/// `name.namespace.svc.cluster.local` is found as a reference to that Service would be: where
/// [`Options::resolve`](super::Options::resolve) says, else at the ready endpoints of its
/// EndpointSlices, else by its name. Only the place is taken from the Service; what is spoken there
/// is the backend's word. It needs no grant: whoever has the name can look it up in DNS as well.
/// Every other host is looked up by its name.
///
/// # Errors
/// The Service is known, and is nowhere for now.
pub(super) fn located(context: &Context<'_>, host: &str, port: u16) -> Result<Endpoints, String> {
    let at = HostPort::new(host, port);
    let Some(service) = service(host) else {
        return Ok(Endpoints::Name(at));
    };
    if let Some(resolved) = resolved(context, &service, port) {
        return resolved.map(|addresses| Endpoints::Addresses(at, addresses));
    }
    let Some(found) = endpoints(context, &service, port) else {
        return Ok(Endpoints::Name(at));
    };
    Ok(Endpoints::Addresses(at, found?))
}

/// Where the options say that a port of a Service is, when they do.
pub(super) fn resolved(
    context: &Context<'_>,
    service: &Reference,
    port: u16,
) -> Option<Result<Vec<SocketAddr>, String>> {
    let key = (format!("{}/{}", service.namespace, service.name), port);
    let mut addresses = context.options.resolve.get(&key)?.clone();
    addresses.sort_unstable();
    addresses.dedup();
    Some(match addresses.as_slice() {
        [] => Err(format!("{service} port {port} is resolved to nothing")),
        _ => Ok(addresses),
    })
}

/// The Service of this name in DNS.
fn service(host: &str) -> Option<Reference> {
    let (name, namespace) = host.strip_suffix(SUFFIX)?.split_once('.')?;
    let whole = !name.is_empty() && !namespace.is_empty() && !namespace.contains('.');
    whole.then(|| Reference::new("", "Service", namespace, name))
}

/// The endpoints of a Service's port, when its EndpointSlices tell. The name of a headless Service
/// leads to its pods, whose ports it does not know.
fn endpoints(
    context: &Context<'_>,
    service: &Reference,
    port: u16,
) -> Option<Result<Vec<SocketAddr>, String>> {
    let spec = context.store.get(service)?.spec.service()?;
    let slices = context.slices(service);
    if slices.is_empty() || spec.cluster_ip.as_deref() == Some("None") {
        return None;
    }
    Some(usable(service, slices, numbered(spec, port)?))
}
