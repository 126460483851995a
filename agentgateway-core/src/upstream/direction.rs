use std::net::SocketAddr;

use http::HeaderValue;

/// In a request's extensions: what its `Host` (HTTP/2: `:authority`) says upstream, where that is
/// another than the host of its target.
///
/// A gateway that forwards the client's own host sends it so: the target stays the service's name,
/// which is what is looked up, what TLS verifies, and whose connections are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostField(HeaderValue);

impl HostField {
    /// This host, with a port where one belongs to it.
    #[must_use]
    pub const fn new(host: HeaderValue) -> Self {
        Self(host)
    }

    /// The host.
    #[must_use]
    pub const fn value(&self) -> &HeaderValue {
        &self.0
    }
}

/// In a request's extensions: the address to connect to, in place of what the target's name leads
/// to.
///
/// The target keeps its name for `Host` and TLS. Each pair of name and address has connections of
/// its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DialAddr(SocketAddr);

impl DialAddr {
    /// This address.
    #[must_use]
    pub const fn new(addr: SocketAddr) -> Self {
        Self(addr)
    }

    /// The address.
    #[must_use]
    pub const fn addr(self) -> SocketAddr {
        self.0
    }
}
