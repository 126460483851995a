use rustls::pki_types::ServerName;
use webpki::EndEntityCert;

use crate::tls::TlsError;

/// A name that a certificate may have.
#[derive(Clone, Debug)]
pub(super) enum SubjectName {
    /// A DNS name, which a wildcard in the certificate may stand for, or an address.
    Server(ServerName<'static>),
    /// A name that stands in the certificate as it is: `*.example.org`.
    Wildcard(Box<str>),
    /// Such as `spiffe://cluster.local/ns/default/sa/agent`.
    Uri(Box<str>),
}

impl SubjectName {
    pub(super) fn parse(text: &str) -> Result<Self, TlsError> {
        if text.contains("://") {
            return Ok(Self::Uri(text.into()));
        }
        if text.starts_with("*.") {
            return Ok(Self::Wildcard(text.to_ascii_lowercase().into()));
        }
        let name = ServerName::try_from(text.to_owned());
        let name = name.map_err(|error| {
            TlsError::new(
                "a subject name is neither a host, an address nor a URI",
                error,
            )
        })?;
        Ok(Self::Server(name))
    }

    pub(super) fn is_of(&self, certificate: &EndEntityCert<'_>) -> bool {
        match self {
            Self::Server(name) => certificate.verify_is_valid_for_subject_name(name).is_ok(),
            Self::Wildcard(name) => certificate
                .valid_dns_names()
                .any(|own| own.eq_ignore_ascii_case(name)),
            Self::Uri(uri) => certificate.valid_uri_names().any(|own| own == &**uri),
        }
    }
}
