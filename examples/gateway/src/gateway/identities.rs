use agentgateway_core::server::{ClientAuth, Identity, TlsError};

use crate::{assemble::TlsPlan, config::snapshot::Certificate};

/// The certificates of a socket, each with the names that it is shown for; the first is for who
/// names no host.
///
/// A listener's hostname decides before the names within a certificate: what is asked for at an
/// exact hostname is never answered with another listener's certificate.
pub(super) fn identities(plan: &TlsPlan) -> Result<Vec<Identity>, TlsError> {
    let mut read = Vec::new();
    for (hostname, certificate) in &plan.certificates {
        read.push((hostname.as_ref(), identity(certificate)?));
    }
    // The most specific first: an exact hostname, then the longer wildcard.
    let mut hostnames: Vec<_> = read.iter().filter_map(|(hostname, _)| *hostname).collect();
    hostnames.sort_by_key(|hostname| {
        let text = hostname.to_string();
        (text.starts_with("*."), usize::MAX - text.len(), text)
    });
    hostnames.dedup();
    let hostnames: Vec<_> = hostnames.iter().map(ToString::to_string).collect();
    let of = |wanted: Option<&String>| -> Vec<&Identity> {
        let own = read
            .iter()
            .filter(|(of, _)| of.map(ToString::to_string).as_ref() == wanted);
        own.map(|(_, identity)| identity).collect()
    };
    let mut shown = Vec::new();
    for hostname in &hostnames {
        shown.extend(of_listener(hostname, &of(Some(hostname)), &hostnames));
    }
    for identity in of(None) {
        shown.push(only_for(identity, None, &hostnames));
    }
    if let Some((_, first)) = read.iter().find(|(of, _)| of.is_none()).or(read.first()) {
        shown.insert(0, first.clone().shown_for([]));
    }
    Ok(shown)
}

/// What a socket asks its clients for.
pub(super) fn clients(plan: &TlsPlan) -> Result<ClientAuth, TlsError> {
    match &plan.clients {
        None => Ok(ClientAuth::none()),
        Some(asked) if asked.enforced => ClientAuth::required(asked.roots.as_bytes()),
        Some(asked) => ClientAuth::unenforced(asked.roots.as_bytes()),
    }
}

/// The certificates of the listeners with one hostname. The first is shown for every name of it
/// that none of them has.
fn of_listener(hostname: &str, own: &[&Identity], hostnames: &[String]) -> Vec<Identity> {
    if hostname.starts_with("*.") {
        let named = own
            .iter()
            .map(|identity| only_for(identity, Some(hostname), hostnames));
        let first = own
            .first()
            .map(|&first| first.clone().shown_for([hostname]));
        return named.chain(first).collect();
    }
    let exact = |own: &&&Identity| own.names().any(|name| name == hostname);
    let fits = |own: &&&Identity| own.names().any(|name| covers(name, hostname));
    let best = own.iter().find(exact).or_else(|| own.iter().find(fits));
    let best = best.or(own.first());
    let shown = best.map(|&best| best.clone().shown_for([hostname]));
    shown.into_iter().collect()
}

/// A certificate, for those of its names that belong to this listener and to no better one.
fn only_for(identity: &Identity, listener: Option<&str>, hostnames: &[String]) -> Identity {
    let names: Vec<_> = identity.names().map(str::to_owned).collect();
    let best = |name: &str| hostnames.iter().find(|hostname| takes(hostname, name));
    let own = names
        .iter()
        .filter(|name| best(name).map(String::as_str) == listener);
    identity.clone().shown_for(own.map(String::as_str))
}

/// Whether a hostname of a listener takes a name, which may be a wildcard itself.
fn takes(hostname: &str, name: &str) -> bool {
    match hostname.strip_prefix('*') {
        Some(behind) => name.ends_with(behind),
        None => name == hostname,
    }
}

/// Whether a certificate with this name is one for the host (RFC 9525, 6.3).
fn covers(name: &str, host: &str) -> bool {
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((_, behind))) => parent == behind,
        _ => name == host,
    }
}

fn identity(certificate: &Certificate) -> Result<Identity, TlsError> {
    let (chain, key) = (certificate.chain.expose(), certificate.key.expose());
    Identity::from_pem(chain.as_bytes(), key.as_bytes())
}
