use std::{fmt, sync::Arc};

use rustls::{
    DigitallySignedStruct, DistinguishedName, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::ring,
    pki_types::{CertificateDer, UnixTime},
    server::{
        NoClientAuth, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use super::TlsError;

/// Which certificate a listener asks its clients for (mutual TLS).
///
/// A certificate is good when one of the roots vouches for it now, over those that the client sends
/// with it, and when it may be used by clients (extended key usage). Lists of revoked certificates
/// are not read. What was shown goes into the extensions of each request, as
/// [`ClientCertificate`](crate::context::ClientCertificate).
#[derive(Clone)]
pub struct ClientAuth {
    verifier: Arc<dyn ClientCertVerifier>,
    /// What judges a certificate behind the handshake, where that lets every one pass.
    judge: Option<Arc<dyn ClientCertVerifier>>,
}

impl ClientAuth {
    /// Asks for none. The default.
    #[must_use]
    pub fn none() -> Self {
        Self {
            verifier: Arc::new(NoClientAuth),
            judge: None,
        }
    }

    /// A client without a good certificate gets no connection. `roots` are certificates in PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is no root, or one cannot be read.
    pub fn required(roots: &[u8]) -> Result<Self, TlsError> {
        Ok(Self {
            verifier: verifier(roots, true)?,
            judge: None,
        })
    }

    /// A client may show none. One that shows another than a good one gets no connection.
    ///
    /// # Errors
    ///
    /// As [`required`](Self::required).
    pub fn optional(roots: &[u8]) -> Result<Self, TlsError> {
        Ok(Self {
            verifier: verifier(roots, false)?,
            judge: None,
        })
    }

    /// Every client gets a connection. Whether its certificate is good is told to who reads it
    /// ([`is_verified`](crate::context::ClientCertificate::is_verified)), and is not enforced here:
    /// Gateway API's `AllowInsecureFallback`.
    ///
    /// The client holds the key of what it shows even so.
    ///
    /// # Errors
    ///
    /// As [`required`](Self::required).
    pub fn unenforced(roots: &[u8]) -> Result<Self, TlsError> {
        let judge = verifier(roots, false)?;
        Ok(Self {
            verifier: Arc::new(Unenforced(Arc::clone(&judge))),
            judge: Some(judge),
        })
    }

    pub(super) fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::clone(&self.verifier)
    }

    pub(super) fn asks(&self) -> bool {
        self.verifier.offer_client_auth()
    }

    /// Whether a chain that came through the handshake is good.
    pub(super) fn is_good(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> bool {
        self.judge.as_ref().is_none_or(|judge| {
            let judged = judge.verify_client_cert(own, others, UnixTime::now());
            judged.is_ok()
        })
    }
}

impl Default for ClientAuth {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuth")
            .field("asks", &self.asks())
            .field("requires", &self.verifier.client_auth_mandatory())
            .field("enforces", &self.judge.is_none())
            .finish()
    }
}

fn verifier(roots: &[u8], required: bool) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let store = crate::tls::roots(roots)?;
    let provider = Arc::new(ring::default_provider());
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider);
    if !required {
        builder = builder.allow_unauthenticated();
    }
    let built = builder.build();
    built.map_err(|error| TlsError::new("the roots cannot be used", error))
}

/// Takes every certificate whose key the client holds.
#[derive(Debug)]
struct Unenforced(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for Unenforced {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
