use std::net::IpAddr;

use http::{
    Extensions, HeaderMap, HeaderValue,
    uri::{Authority, Scheme},
};

use crate::context::ClientAddr;

/// What is true of the hops of a request, for services that want to know.
///
/// Written by [`Forwarded`](super::Forwarded) into the extensions of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarding {
    /// The client, the proxies after it, and the peer, in the order in which the request came.
    pub chain: Vec<IpAddr>,
    /// The scheme that the client used; `None` when nobody trusted says.
    pub scheme: Option<Scheme>,
    /// The host and port that the client named; `None` when nobody trusted says.
    pub host: Option<Authority>,
}

/// Who sent the request, whoever its client is. None where nobody says.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    match extensions.get::<Forwarding>() {
        Some(forwarding) => forwarding.chain.last().copied(),
        None => Some(extensions.get::<ClientAddr>()?.addr().ip()),
    }
}

impl Forwarding {
    /// Writes it as `X-Forwarded-For`, `-Proto` and `-Host`, in the place of what stood there.
    pub fn write(&self, headers: &mut HeaderMap) {
        let chain: Vec<String> = self.chain.iter().map(ToString::to_string).collect();
        let fields = [
            (
                "x-forwarded-for",
                (!chain.is_empty()).then(|| chain.join(", ")),
            ),
            (
                "x-forwarded-proto",
                self.scheme.as_ref().map(ToString::to_string),
            ),
            (
                "x-forwarded-host",
                self.host.as_ref().map(ToString::to_string),
            ),
        ];
        for (name, value) in fields {
            match value.and_then(|value| HeaderValue::try_from(value).ok()) {
                Some(value) => {
                    headers.insert(name, value);
                }
                None => {
                    headers.remove(name);
                }
            }
        }
    }
}
