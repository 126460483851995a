use std::net::SocketAddr;

/// The address of the client.
///
/// Written by the `server` room: that of the peer that opened the connection, or the one that a trusted
/// load balancer has told in a header of the PROXY protocol. A forwarded header is not believed there;
/// [`ForwardedLayer`](crate::forwarded::ForwardedLayer) believes it of trusted peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddr(SocketAddr);

impl ClientAddr {
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
