use std::net::SocketAddr;

use http::Extensions;

use crate::context::{ClientAddr, ClientCertificate, OnLoopback, PeerAddr, ServerName};

/// What is known of the client of a connection, before its first request.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    addr: SocketAddr,
    on_loopback: bool,
    /// The client that the peer has named.
    client: Option<SocketAddr>,
    server_name: Option<ServerName>,
    certificate: Option<ClientCertificate>,
}

impl Peer {
    pub(super) const fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            on_loopback: false,
            client: None,
            server_name: None,
            certificate: None,
        }
    }

    /// Whether it has come to a listener that this machine alone reaches.
    pub(super) const fn on_loopback(mut self, on_loopback: bool) -> Self {
        self.on_loopback = on_loopback;
        self
    }

    /// It speaks for this client.
    pub(super) const fn speaks_for(mut self, client: SocketAddr) -> Self {
        self.client = Some(client);
        self
    }

    /// What it has told of itself in its TLS handshake.
    #[cfg(feature = "tls")]
    pub(super) fn told(
        mut self,
        server_name: Option<ServerName>,
        certificate: Option<ClientCertificate>,
    ) -> Self {
        self.server_name = server_name;
        self.certificate = certificate;
        self
    }

    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The client, whoever speaks for it.
    pub(super) fn client(&self) -> SocketAddr {
        self.client.unwrap_or(self.addr)
    }

    /// Writes it into a request's extensions.
    pub(super) fn write(&self, extensions: &mut Extensions) {
        extensions.insert(ClientAddr::new(self.client()));
        if self.client.is_some_and(|client| client != self.addr) {
            extensions.insert(PeerAddr::new(self.addr));
        }
        if self.on_loopback {
            extensions.insert(OnLoopback);
        }
        if let Some(name) = &self.server_name {
            extensions.insert(name.clone());
        }
        if let Some(certificate) = &self.certificate {
            extensions.insert(certificate.clone());
        }
    }
}
