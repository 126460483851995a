use std::net::SocketAddr;

/// The address of the peer that opened the connection.
///
/// Written by the `server` room. It is the socket's word; a forwarded header is not believed
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddr(SocketAddr);

impl ClientAddr {
    /// The peer's address.
    #[must_use]
    pub const fn new(addr: SocketAddr) -> Self {
        Self(addr)
    }

    /// The peer's address.
    #[must_use]
    pub const fn addr(self) -> SocketAddr {
        self.0
    }
}
