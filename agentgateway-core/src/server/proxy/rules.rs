use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::forwarded::Networks;

/// Which connections begin with a header of the PROXY protocol, that tells a load balancer's client;
/// see [`Config::proxy_protocol`](super::super::Config::proxy_protocol).
///
/// Both versions of the header are read unless one is [chosen](Self::only): of version 1 a line of up to
/// 107 bytes, of version 2 up to 4 KiB with all that follows the addresses, which is checked for its
/// form and not used. It comes before TLS. The source that it names becomes the
/// [`ClientAddr`](crate::context::ClientAddr) of the connection's requests, and the sender is kept as
/// [`PeerAddr`](crate::context::PeerAddr). A header without an address of TCP (`LOCAL`, `UNKNOWN`, a
/// Unix socket) changes nothing: the sender is the client.
///
/// A connection is closed without a word, and [counted](Self::refused), when its header is malformed,
/// of the other version, missing where it is required, or comes from who is not trusted. Clones share
/// the count.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until a configuration has it"]
pub struct ProxyProtocol {
    trusted: Networks,
    required: bool,
    only: Option<ProxyVersion>,
    refused: Arc<AtomicU64>,
}

/// A version of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the specification is closed at two versions"
)]
pub enum ProxyVersion {
    /// A line of text.
    V1,
    /// Binary.
    V2,
}

impl ProxyProtocol {
    /// Every connection begins with a header, and comes from these networks; others are closed.
    pub fn required(trusted: Networks) -> Self {
        Self {
            trusted,
            required: true,
            only: None,
            refused: Arc::default(),
        }
    }

    /// A connection may begin with a header if it comes from these networks. Without one it is served as
    /// always, whoever has opened it.
    ///
    /// Whoever can open connections from these networks, a client behind the load balancer too if that
    /// passes its bytes on as they are, can then name any address.
    pub fn optional(trusted: Networks) -> Self {
        Self {
            required: false,
            ..Self::required(trusted)
        }
    }

    /// Takes headers of this version alone. Default: of both.
    pub const fn only(mut self, version: ProxyVersion) -> Self {
        self.only = Some(version);
        self
    }

    /// How many connections were closed for their header, or for want of one.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    pub(super) fn trusts(&self, peer: std::net::IpAddr) -> bool {
        self.trusted.contain(peer)
    }

    pub(super) const fn is_required(&self) -> bool {
        self.required
    }

    pub(super) fn takes(&self, version: ProxyVersion) -> bool {
        self.only.is_none_or(|only| only == version)
    }

    pub(in crate::server) fn count(&self) {
        self.refused.fetch_add(1, Relaxed);
    }
}
