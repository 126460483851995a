//! The fields in which proxies tell of the client.

use std::net::{IpAddr, SocketAddr};

use http::{
    HeaderMap, HeaderName, HeaderValue,
    uri::{Authority, Scheme},
};

use super::Networks;

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

/// What a trusted peer says.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The client, and the proxies after it, in the order in which the request came.
    pub(super) chain: Vec<IpAddr>,
    pub(super) scheme: Option<Scheme>,
    pub(super) host: Option<Authority>,
}

impl Claims {
    /// Reads the fields of a trusted peer. What an untrusted one has written before is left out.
    ///
    /// # Source
    /// There is no specification; the order of the list is that of RFC 7239, section 5.2.
    pub(super) fn read(headers: &HeaderMap, trusted: &Networks) -> Self {
        let mut chain = Vec::new();
        for entry in entries(headers, FOR).into_iter().rev() {
            let Some(address) = address(entry) else {
                break;
            };
            chain.push(address);
            if !trusted.contain(address) {
                break;
            }
        }
        chain.reverse();
        let last = |name| entries(headers, name).last().copied();
        Self {
            chain,
            scheme: last(PROTO).and_then(scheme),
            host: last(HOST).and_then(host),
        }
    }
}

/// Removes all that is said of hops before this one.
pub(super) fn remove(headers: &mut HeaderMap) {
    let told: Vec<HeaderName> = headers.keys().filter(|name| tells(name)).cloned().collect();
    for name in told {
        headers.remove(name);
    }
}

fn tells(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("x-forwarded-") || matches!(name, "forwarded" | "x-real-ip")
}

/// The entries of a list over all fields of its name.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let fields = headers.get_all(name).into_iter();
    let texts = fields.map(|field: &HeaderValue| field.to_str().unwrap_or(""));
    texts
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .collect()
}

/// An address, perhaps with a port, perhaps in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let with_port = || entry.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.parse().ok().or_else(with_port)
}

fn scheme(entry: &str) -> Option<Scheme> {
    match entry.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some(Scheme::HTTPS),
        "http" | "ws" => Some(Scheme::HTTP),
        _ => None,
    }
}

fn host(entry: &str) -> Option<Authority> {
    let host: Authority = entry.parse().ok()?;
    let plain = !entry.contains('@') && !host.host().is_empty();
    plain.then_some(host)
}
