use std::net::SocketAddr;

/// The address of who opened the connection, where that is not the client: a load balancer that has
/// told the client's address in a header of the PROXY protocol.
///
/// Written by the `server` room, beside [`ClientAddr`](super::ClientAddr), and absent where the two
/// would be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddr(SocketAddr);

impl PeerAddr {
    /// The address at the other end of the socket.
    #[must_use]
    pub const fn new(addr: SocketAddr) -> Self {
        Self(addr)
    }

    /// The address at the other end of the socket.
    #[must_use]
    pub const fn addr(self) -> SocketAddr {
        self.0
    }
}
