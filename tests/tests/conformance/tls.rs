//! TLS of clients and pods.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    },
};

use super::certificates::Pair;

/// Shows this certificate, to whoever asks.
pub(crate) fn acceptor(pair: &Pair) -> TlsAcceptor {
    let (chain, key) = read(pair);
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// Trusts this certificate and no other; offers the client's, where there is one.
pub(crate) fn connector(trusted: &Pair, client: Option<&Pair>, http2: bool) -> TlsConnector {
    let (trusted, _) = read(trusted);
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(trusted)));
    let mut config = match client.map(read) {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    let protocol: &[u8] = if http2 { b"h2" } else { b"http/1.1" };
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn read(pair: &Pair) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = CertificateDer::pem_slice_iter(pair.chain.as_bytes());
    let chain = chain.map(Result::unwrap).collect();
    (
        chain,
        PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap(),
    )
}

/// Takes one certificate alone. That of the suite is for `*` and `*.org`, names that no verifier
/// of the public web would take.
#[derive(Debug)]
struct Pinned(Vec<CertificateDer<'static>>);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.0.first().is_some_and(|own| own == shown) {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(Error::General("another certificate is shown".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = provider().signature_verification_algorithms;
        verify_tls12_signature(message, shown, signed, &known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = provider().signature_verification_algorithms;
        verify_tls13_signature(message, shown, signed, &known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = provider().signature_verification_algorithms;
        known.supported_schemes()
    }
}
