use std::{fmt, io, net::SocketAddr};

/// An address cannot be listened on.
///
/// `Display` names the address and, where it is known, what to do.
#[derive(Debug)]
pub struct BindError {
    addr: SocketAddr,
    source: io::Error,
}

impl BindError {
    pub(super) const fn new(addr: SocketAddr, source: io::Error) -> Self {
        Self { addr, source }
    }

    /// The address that was asked for.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What the system said.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ip, port) = (self.addr.ip(), self.addr.port());
        match self.source.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "port {port} on {ip} is taken; stop what listens there or choose another port"
            ),
            io::ErrorKind::PermissionDenied => write!(
                f,
                "port {port} on {ip} may not be opened by this user; \
                 choose a port above 1023 or grant the right to bind it"
            ),
            io::ErrorKind::AddrNotAvailable => write!(
                f,
                "no interface of this machine has the address {ip} (for port {port}); \
                 choose one that it has"
            ),
            _ => write!(f, "cannot listen on {}", self.addr),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_remedy() {
        let addr = "127.0.0.1:80".parse().unwrap();
        let said = |kind: io::ErrorKind| BindError::new(addr, kind.into()).to_string();
        assert!(said(io::ErrorKind::PermissionDenied).contains("above 1023"));
        assert!(said(io::ErrorKind::AddrNotAvailable).contains("no interface"));
        assert_eq!(said(io::ErrorKind::Other), "cannot listen on 127.0.0.1:80");
    }
}
