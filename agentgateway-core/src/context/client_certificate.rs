use std::{fmt, sync::Arc};

use bytes::Bytes;

/// The certificate that a client has shown in its TLS handshake.
///
/// Written by the `server` room into the extensions of each request of the connection, where the
/// listener asks for one. The client holds its key; whether an authority vouches for it is
/// [`is_verified`](Self::is_verified). A clone costs a reference count.
#[derive(Clone)]
pub struct ClientCertificate(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    der: Bytes,
    fingerprint: Box<str>,
    uris: Vec<Box<str>>,
    dns_names: Vec<Box<str>>,
    verified: bool,
}

impl ClientCertificate {
    /// A verified certificate without names: its DER, and the SHA-256 of that in hexadecimal.
    pub fn new(der: impl Into<Bytes>, fingerprint: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner {
            der: der.into(),
            fingerprint: fingerprint.into(),
            uris: Vec::new(),
            dns_names: Vec::new(),
            verified: true,
        }))
    }

    /// Its URIs (subject alternative names), in their order. Default: none.
    #[must_use]
    pub fn with_uris<T: Into<Box<str>>>(mut self, uris: impl IntoIterator<Item = T>) -> Self {
        self.change().uris = uris.into_iter().map(Into::into).collect();
        self
    }

    /// Its DNS names (subject alternative names), in their order. Default: none.
    #[must_use]
    pub fn with_dns_names<T: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.change().dns_names = names.into_iter().map(Into::into).collect();
        self
    }

    /// No authority that the listener trusts vouches for it.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.change().verified = false;
        self
    }

    /// Whom it names: its first URI (a SPIFFE ID is one), else its first DNS name, else its
    /// [fingerprint](Self::fingerprint).
    #[must_use]
    pub fn identity(&self) -> &str {
        let first = self.0.uris.first().or(self.0.dns_names.first());
        first.unwrap_or(&self.0.fingerprint)
    }

    /// The certificate itself, without those that vouch for it.
    #[must_use]
    pub fn der(&self) -> &Bytes {
        &self.0.der
    }

    /// The SHA-256 of the certificate, in lower-case hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }

    /// The URIs that it names.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.0.uris.iter().map(|uri| &**uri)
    }

    /// The DNS names that it names.
    pub fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.0.dns_names.iter().map(|name| &**name)
    }

    /// Whether an authority that the listener trusts vouches for it.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.0.verified
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("identity", &self.identity())
            .field("verified", &self.0.verified)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_it_before_a_dns_name_and_a_fingerprint() {
        let bare = ClientCertificate::new(&b"der"[..], "c0ffee");
        assert_eq!(bare.identity(), "c0ffee");
        let named = bare.with_dns_names(["a.example", "b.example"]);
        assert_eq!(named.identity(), "a.example");
        let spiffe = named.with_uris(["spiffe://example.org/planner"]);
        assert_eq!(spiffe.identity(), "spiffe://example.org/planner");
        assert!(spiffe.is_verified() && !spiffe.unverified().is_verified());
    }
}
