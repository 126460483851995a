//! How connections begin, before anything of HTTP.

use std::sync::Arc;
use std::time::Duration;

use agentgateway_core::server::{Handshakes, TlsError};
pub use agentgateway_core::server::{ProxyVersion, TlsVersion};

use super::{AccessRule, Part};

/// How connections to a port begin, and who may open them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectionSettings {
    /// The header of the PROXY protocol that they begin with. Default: none is read.
    pub proxy_header: Option<ProxyHeader>,
    /// How handshakes are made. Default: as the server does.
    pub handshakes: Option<HandshakeTerms>,
    /// Who may connect. Rules of all levels hold together. Default: everybody.
    pub admission: Vec<Arc<Part<AccessRule>>>,
}

/// A header of the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ProxyHeader {
    /// Whether a connection without one is closed.
    pub required: bool,
    /// The version that is read; `None` for both.
    pub only: Option<ProxyVersion>,
}

/// How handshakes of TLS are made; what is absent or empty leaves the server's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct HandshakeTerms {
    /// How long one may take.
    pub timeout: Option<Duration>,
    /// The protocols that are offered, the preferred first.
    pub protocols: Vec<String>,
    /// The least version.
    pub least: Option<TlsVersion>,
    /// The greatest version.
    pub most: Option<TlsVersion>,
    /// The cipher suites, the preferred first.
    pub suites: Vec<String>,
    /// The key exchange groups, the preferred first.
    pub groups: Vec<String>,
}

impl HandshakeTerms {
    /// As the server takes them.
    ///
    /// # Errors
    /// Which of them it does not speak, or that they leave nothing to speak.
    pub fn handshakes(&self) -> Result<Handshakes, TlsError> {
        fn names(all: &[String]) -> impl Iterator<Item = &str> {
            all.iter().map(String::as_str)
        }
        let mut found = Handshakes::new();
        if let Some(version) = self.least {
            found = found.at_least(version);
        }
        if let Some(version) = self.most {
            found = found.at_most(version);
        }
        if !self.protocols.is_empty() {
            found = found.protocols(names(&self.protocols))?;
        }
        if !self.suites.is_empty() {
            found = found.cipher_suites(names(&self.suites))?;
        }
        if !self.groups.is_empty() {
            found = found.key_exchange_groups(names(&self.groups))?;
        }
        found.check()?;
        Ok(found)
    }
}

impl ConnectionSettings {
    /// Fills in what these leave open from others that they beat; rules are added.
    pub(crate) fn over(&mut self, under: &Self) {
        self.proxy_header = self.proxy_header.or(under.proxy_header);
        if self.handshakes.is_none() {
            self.handshakes.clone_from(&under.handshakes);
        }
        for rule in &under.admission {
            if !self.admission.contains(rule) {
                self.admission.push(Arc::clone(rule));
            }
        }
    }
}
