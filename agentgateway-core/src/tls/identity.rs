use std::{fmt, sync::Arc};

use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use webpki::EndEntityCert;

use super::TlsError;

/// A chain of certificates and its key, which belong together.
///
/// A listener shows one to its clients, a client to services that ask for it. Clones share them.
#[derive(Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    names: Arc<[String]>,
}

impl Identity {
    /// Takes a chain of certificates, one's own first, and its key: PKCS #8, PKCS #1 or
    /// SEC1, both in PEM. Whether a certificate has expired is the peer's to judge.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when one of them is missing or malformed, or when they do not belong together.
    pub fn from_pem(cert_chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(cert_chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::new("the certificates are not valid PEM", error))?;
        let Some(own) = chain.first() else {
            return Err(TlsError::bare("there is no certificate in the PEM"));
        };
        let names = EndEntityCert::try_from(own)
            .map_err(|error| TlsError::new("the first certificate is malformed", error))?
            .valid_dns_names()
            .map(str::to_ascii_lowercase)
            .collect();
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| TlsError::new("the key is not valid PEM", error))?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|error| TlsError::new("certificate and key cannot be used", error))?;
        Ok(Self {
            key: Arc::new(key),
            names,
        })
    }

    /// Is shown for these names in place of the certificate's own. One that begins with `*.` stands
    /// for every name under it.
    #[must_use]
    pub fn shown_for<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.names = names.into_iter().map(str::to_ascii_lowercase).collect();
        self
    }

    /// The DNS names that it is shown for, in lower case; one may begin with `*.`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) const fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}

/// Nothing of the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
