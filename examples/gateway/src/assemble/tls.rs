use std::hash::{DefaultHasher, Hash, Hasher};

use agentgateway_core::route::Hostname;

use crate::config::snapshot::{Certificate, ClientCertificates, HandshakeTerms};

/// The certificates of a socket, by the hostnames of its listeners, and those that it asks for.
///
/// Two plans with equal certificates need no new TLS configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsPlan {
    /// The certificates, in the order of the listeners and of their manifests. The first one of a
    /// listener is the one without a better name; the first of all answers a client that names no
    /// host.
    pub certificates: Vec<(Option<Hostname>, Certificate)>,
    /// What clients are asked for. Default: nothing.
    pub clients: Option<ClientCertificates>,
    /// How handshakes are made. Default: as the server does.
    pub handshakes: Option<HandshakeTerms>,
}

impl TlsPlan {
    /// A number that changes with the certificates, their keys and their hostnames, and with the terms of handshakes, within one run
    /// of the process. It reveals nothing of a key.
    #[must_use]
    pub fn content_hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (hostname, certificate) in &self.certificates {
            hostname.as_ref().map(Hostname::to_string).hash(&mut hasher);
            certificate.chain.expose().hash(&mut hasher);
            certificate.key.expose().hash(&mut hasher);
        }
        self.clients.hash(&mut hasher);
        self.handshakes.hash(&mut hasher);
        hasher.finish()
    }
}
