use std::{fmt, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::error::BoxError;

/// What is spoken within TLS, the preferred first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificate that a listener shows, and its key.
///
/// TLS 1.3 and 1.2, by rustls with the ring provider. HTTP/2 and HTTP/1.1 are offered (ALPN). The
/// same certificate is shown whatever name a client asks for, and clients are asked for none.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Takes a chain of certificates, the listener's own first, and its key: PKCS #8, PKCS #1 or
    /// SEC1, both in PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when one of them is missing or malformed, or when they do not belong together.
    pub fn from_pem(cert_chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(cert_chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::new("the certificates are not valid PEM", error))?;
        if chain.is_empty() {
            return Err(TlsError::bare("there is no certificate in the PEM"));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| TlsError::new("the key is not valid PEM", error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new("no version of TLS can be spoken", error))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| TlsError::new("certificate and key cannot be used", error))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

/// Nothing of the key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// A certificate and a key cannot be listened with.
#[derive(Debug)]
pub struct TlsError {
    words: &'static str,
    source: Option<BoxError>,
}

impl TlsError {
    fn new(words: &'static str, source: impl Into<BoxError>) -> Self {
        Self {
            words,
            source: Some(source.into()),
        }
    }

    const fn bare(words: &'static str) -> Self {
        Self {
            words,
            source: None,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
