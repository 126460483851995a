use http::request;
use serde_json::{Map, Value};

use super::{Authenticate, Challenge, Rejection, Verdict};
use crate::context::{AuthMethod, ClientCertificate, Principal};

/// Callers known by the certificate of their connection.
///
/// # Behaviour
/// A certificate that the listener has verified is valid if one of its names is allowed, or if no
/// allow-list is set. The [`Principal`]'s name is the name that was allowed (URIs are looked at
/// first), without a list the certificate's
/// [identity](crate::context::ClientCertificate::identity); its claims are `uris`, `dns_names` and
/// `fingerprint`. A certificate that nobody vouches for is not valid.
///
/// | pattern | allows |
/// |---|---|
/// | `spiffe://example.org/planner` | this URI |
/// | `spiffe://example.org/*` | every URI that begins with what stands before the `*` |
/// | `planner.example.org` | this DNS name, in any case |
/// | `*.example.org` | one label more, as in certificates |
#[derive(Clone, Debug, Default)]
pub struct ClientCertificates {
    uris: Vec<Box<str>>,
    dns_names: Vec<Box<str>>,
}

impl ClientCertificates {
    /// Every verified certificate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that name a URI of this pattern. With more than one pattern, one is enough.
    #[must_use]
    pub fn allow_uri(mut self, pattern: impl Into<Box<str>>) -> Self {
        self.uris.push(pattern.into());
        self
    }

    /// Those that name a DNS name of this pattern. With more than one pattern, one is enough.
    #[must_use]
    pub fn allow_dns_name(mut self, pattern: impl Into<Box<str>>) -> Self {
        self.dns_names.push(pattern.into());
        self
    }

    fn name_of<'a>(&self, certificate: &'a ClientCertificate) -> Option<&'a str> {
        if self.uris.is_empty() && self.dns_names.is_empty() {
            return Some(certificate.identity());
        }
        let uri = certificate
            .uris()
            .find(|uri| self.uris.iter().any(|pattern| is_uri(pattern, uri)));
        uri.or_else(|| {
            let mut names = certificate.dns_names();
            names.find(|name| self.dns_names.iter().any(|pattern| is_dns(pattern, name)))
        })
    }

    fn judge(&self, certificate: &ClientCertificate) -> Result<Principal, Rejection> {
        if !certificate.is_verified() {
            let message = "the certificate is not trusted";
            return Err(Rejection::new(message, "unverified"));
        }
        let Some(name) = self.name_of(certificate) else {
            let message = "the certificate is not accepted here";
            return Err(Rejection::new(message, "not allowed"));
        };
        let principal = Principal::new(AuthMethod::ClientCertificate, name);
        Ok(principal.with_claims(claims(certificate)))
    }
}

impl Authenticate for ClientCertificates {
    fn name(&self) -> &str {
        "client_certificate"
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        match head.extensions.get() {
            Some(certificate) => self.judge(certificate).into(),
            None => Verdict::Absent,
        }
    }

    /// No scheme is registered for certificates, and 401 must name one (RFC 9110, 15.5.2).
    fn challenge(&self) -> Option<Challenge> {
        Some(Challenge::new("ClientCertificate"))
    }
}

fn is_uri(pattern: &str, uri: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => uri.starts_with(start),
        None => uri == pattern,
    }
}

fn is_dns(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => name
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(pattern),
    }
}

fn claims(certificate: &ClientCertificate) -> Map<String, Value> {
    let uris = certificate.uris().map(Value::from).collect();
    let names = certificate.dns_names().map(Value::from).collect();
    Map::from_iter([
        ("uris".to_owned(), Value::Array(uris)),
        ("dns_names".to_owned(), Value::Array(names)),
        ("fingerprint".to_owned(), certificate.fingerprint().into()),
    ])
}
