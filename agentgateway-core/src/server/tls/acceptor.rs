use std::{fmt, sync::Arc};

use rustls::{ServerConfig, crypto::ring};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Identity, TlsError, resolver::Resolver};

/// What is spoken within TLS, the preferred first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificates that a listener shows, and their keys. Clones share them.
///
/// TLS 1.3 and 1.2, by rustls with the ring provider. HTTP/2 and HTTP/1.1 are offered (ALPN), and
/// clients are asked for no certificate. A client is shown the certificate that has the name which
/// it asks for (SNI), else one with a wildcard for it, else the first.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    resolver: Arc<Resolver>,
}

impl Tls {
    /// One certificate, shown whatever name is asked for; see [`Identity::from_pem`].
    ///
    /// # Errors
    ///
    /// [`TlsError`] when the certificate or its key cannot be used.
    pub fn from_pem(cert_chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::new(&[Identity::from_pem(cert_chain, key)?])
    }

    /// These certificates. The first is shown to who asks for no name, or for one that none has.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is none.
    pub fn new(identities: &[Identity]) -> Result<Self, TlsError> {
        let resolver = Arc::new(Resolver::new(identities)?);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new("no version of TLS can be spoken", error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&resolver) as _);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            resolver,
        })
    }

    /// Shows these certificates from the next handshake on, here and in every clone. Connections
    /// that are open stay open.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is none; those before are then kept.
    pub fn replace(&self, identities: &[Identity]) -> Result<(), TlsError> {
        self.resolver.replace(identities)
    }

    pub(in crate::server) async fn accept(
        &self,
        stream: TcpStream,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

/// Nothing of the keys.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
