use std::net::SocketAddr;

use agentgateway_core::{
    Body,
    balance::{Balance, Balancer, Member, Pulse},
    upstream::{DialAddr, Endpoint, Upstream},
};
use http::{Request, Uri};
use tower::{ServiceBuilder, util::MapRequestLayer};

/// Sends each request to one of these addresses of a service: the one that costs least by its
/// latency (peak EWMA) and load.
///
/// `service` is what goes upstream as the host, and what TLS verifies.
pub(super) fn balanced(
    client: Upstream,
    service: Endpoint,
    addresses: &[SocketAddr],
    pulse: Pulse,
) -> Upstream {
    // An address is always an endpoint.
    let endpoints = addresses.iter().filter_map(|address| {
        let endpoint: Endpoint = format!("http://{address}").parse().ok()?;
        Some(Member::from(endpoint))
    });
    let balancer = Balancer::builder().pulse(pulse).build(endpoints);
    let named = move |request: Request<Body>| by_name(request, &service);
    let client = ServiceBuilder::new()
        .layer(MapRequestLayer::new(named))
        .service(client);
    Upstream::new(Balance::new(client, balancer))
}

/// Gives a request that was directed to an address the service's name back.
fn by_name(request: Request<Body>, service: &Endpoint) -> Request<Body> {
    let (mut head, body) = request.into_parts();
    let address = head.uri.authority().and_then(|to| to.as_str().parse().ok());
    if let (Some(address), Ok(uri)) = (address, named(&head.uri, service)) {
        head.extensions.insert(DialAddr::new(address));
        head.uri = uri;
    }
    Request::from_parts(head, body)
}

fn named(uri: &Uri, service: &Endpoint) -> Result<Uri, http::Error> {
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(service.scheme().clone());
    parts.authority = Some(service.authority().clone());
    Ok(Uri::from_parts(parts)?)
}
