use std::{net::SocketAddr, time::Duration};

use agentgateway_core::{
    Body,
    balance::{Balance, Balancer, Ejection, Member, Outcome, Pulse},
    upstream::{DialAddr, Endpoint, Upstream},
};
use http::{Request, Uri, response::Parts};
use tower::{ServiceBuilder, util::MapRequestLayer};

use crate::{config::snapshot::Health, expression::Facts};

/// The most that an endpoint gets no requests for, unless it is asked for longer at first.
const LONGEST: Duration = Duration::from_secs(300);

/// Sends each request to one of these addresses of a service: the one that costs least by its
/// latency (peak EWMA) and load.
///
/// `service` is what goes upstream as the host, and what TLS verifies.
pub(super) fn balanced(
    client: Upstream,
    service: Endpoint,
    addresses: &[SocketAddr],
    health: Option<&Health>,
    pulse: Pulse,
) -> Upstream {
    // An address is always an endpoint.
    let endpoints = addresses.iter().filter_map(|address| {
        let endpoint: Endpoint = format!("http://{address}").parse().ok()?;
        Some(Member::from(endpoint))
    });
    let balancer = Balancer::builder().pulse(pulse).ejection(ejection(health));
    let balancer = balancer.build(endpoints);
    let named = move |request: Request<Body>| by_name(request, &service);
    let client = ServiceBuilder::new()
        .layer(MapRequestLayer::new(named))
        .service(client);
    let balance = Balance::new(client, balancer);
    match health {
        None => Upstream::new(balance),
        Some(health) => Upstream::new(balance.classify(unhealthy(health))),
    }
}

/// When endpoints are ejected: by all signals of the room, or by those alone that are asked for.
fn ejection(health: Option<&Health>) -> Ejection {
    let Some(health) = health else {
        return Ejection::new();
    };
    let Some(asked) = &health.eviction else {
        return Ejection::off();
    };
    let share = |percent: u32| f64::from(percent) / 100.0;
    // Zero bad answers in a row have come with the first; in the room, it would turn the signal off.
    let count = asked.consecutive_failures.map(|count| count.max(1));
    let usual = u32::from(asked.threshold.is_none());
    let found = Ejection::new()
        .success_rate(0.0)
        .consecutive_failures(count.unwrap_or(usual))
        .health_threshold(asked.threshold.map_or(0.0, share))
        .linear_time(asked.duration, LONGEST)
        .max_share(1.0);
    match asked.restored {
        Some(percent) => found.restored_health(share(percent)),
        None => found,
    }
}

/// Which answers are failures of their endpoint. A condition without a value is none.
fn unhealthy(
    health: &Health,
) -> impl Fn(&Parts) -> Option<Outcome> + Clone + Send + Sync + 'static {
    let condition = health.unhealthy.clone();
    move |head: &Parts| {
        let bad = match &condition {
            None => head.status.is_server_error(),
            Some(condition) => {
                let facts = Facts::none().response(head.status);
                condition.evaluate_bool(&facts).unwrap_or_default()
            }
        };
        bad.then_some(Outcome::Failure)
    }
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
