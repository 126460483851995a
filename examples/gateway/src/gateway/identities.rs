use agentgateway_core::server::{Identity, TlsError};

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
    let mut shown = Vec::new();
    // What has a name of its own comes first; the longer wildcard before the shorter.
    let mut hostnames: Vec<_> = read.iter().filter_map(|(hostname, _)| *hostname).collect();
    hostnames.sort_by_key(|hostname| {
        let text = hostname.to_string();
        (text.starts_with("*."), usize::MAX - text.len(), text)
    });
    hostnames.dedup();
    for hostname in hostnames {
        let own = read.iter().filter(|(of, _)| *of == Some(hostname));
        let own: Vec<_> = own.map(|(_, identity)| identity).collect();
        shown.extend(of_listener(&hostname.to_string(), &own));
    }
    let without = || read.iter().filter(|(of, _)| of.is_none());
    shown.extend(without().map(|(_, identity)| identity.clone()));
    if let Some((_, first)) = without().next().or(read.first()) {
        shown.insert(0, first.clone().shown_for([]));
    }
    Ok(shown)
}

/// The certificates of the listeners with one hostname. The first is shown for every name of it
/// that none of them has.
fn of_listener(hostname: &str, own: &[&Identity]) -> Vec<Identity> {
    let Some(behind) = hostname.strip_prefix('*') else {
        let exact = |own: &&&Identity| own.names().any(|name| name == hostname);
        let fits = |own: &&&Identity| own.names().any(|name| covers(name, hostname));
        let best = own.iter().find(exact).or_else(|| own.iter().find(fits));
        let best = best.or(own.first());
        let shown = best.map(|&best| best.clone().shown_for([hostname]));
        return shown.into_iter().collect();
    };
    let mut shown = Vec::new();
    for &identity in own {
        let names: Vec<_> = identity.names().map(str::to_owned).collect();
        let under = names.iter().filter(|name| name.ends_with(behind));
        shown.push(identity.clone().shown_for(under.map(String::as_str)));
    }
    shown.extend(
        own.first()
            .map(|&first| first.clone().shown_for([hostname])),
    );
    shown
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
