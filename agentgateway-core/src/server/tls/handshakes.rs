use std::sync::Arc;

use rustls::{
    ServerConfig, SupportedCipherSuite, SupportedProtocolVersion,
    crypto::{CryptoProvider, SupportedKxGroup, ring},
    server::{NoServerSessionStorage, ResolvesServerCert},
    version::{TLS12, TLS13},
};

use super::{ClientAuth, TlsError};
use crate::tls::{groups, protocols};

/// What a listener agrees on in its handshakes; see [`Tls::agree_on`](super::Tls::agree_on).
///
/// By default: TLS 1.3 and 1.2, the suites and groups of rustls with the ring provider, HTTP/2 and
/// HTTP/1.1.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until a listener's TLS is told"]
pub struct Handshakes {
    least: TlsVersion,
    most: TlsVersion,
    suites: Vec<SupportedCipherSuite>,
    groups: Vec<&'static dyn SupportedKxGroup>,
    protocols: Vec<Vec<u8>>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Handshakes {
    /// The defaults.
    pub fn new() -> Self {
        let provider = ring::default_provider();
        Self {
            least: TlsVersion::Tls12,
            most: TlsVersion::Tls13,
            suites: provider.cipher_suites,
            groups: provider.kx_groups,
            protocols: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        }
    }

    /// Speaks no version before this one. Default: TLS 1.2.
    pub const fn at_least(mut self, version: TlsVersion) -> Self {
        self.least = version;
        self
    }

    /// Speaks no version after this one. Default: TLS 1.3.
    pub const fn at_most(mut self, version: TlsVersion) -> Self {
        self.most = version;
        self
    }

    /// Uses these suites, the preferred first, by their names in rustls, such as
    /// `TLS13_AES_128_GCM_SHA256`. Default: all of the ring provider.
    ///
    /// # Errors
    ///
    /// [`TlsError`] for a suite that the ring provider has not, and when there is none.
    pub fn cipher_suites<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TlsError> {
        self.suites = names.into_iter().map(suite).collect::<Result<_, _>>()?;
        if self.suites.is_empty() {
            return Err(TlsError::bare("there is no cipher suite"));
        }
        Ok(self)
    }

    /// Exchanges keys by these groups, the preferred first: `X25519`, `P-256`, `P-384`. Default: all
    /// three, so.
    ///
    /// # Errors
    ///
    /// [`TlsError`] for a group that the ring provider has not, such as `X25519_MLKEM768`, and when
    /// there is none.
    pub fn key_exchange_groups<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TlsError> {
        self.groups = groups(names)?;
        Ok(self)
    }

    /// Offers these protocols (ALPN), the preferred first: `h2` and `http/1.1`. Default: both, so.
    ///
    /// A client that asks for others alone gets no connection. One that asks for none may speak either.
    ///
    /// # Errors
    ///
    /// [`TlsError`] for a protocol that the listener does not speak, and when there is none.
    pub fn protocols<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TlsError> {
        self.protocols = protocols(names)?;
        Ok(self)
    }

    /// Whether they can be made at all.
    ///
    /// # Errors
    ///
    /// [`TlsError`]: no version is left, or none has a suite.
    pub fn check(&self) -> Result<(), TlsError> {
        self.builder().map(drop)
    }

    pub(super) fn config(
        &self,
        clients: &ClientAuth,
        resolver: Arc<dyn ResolvesServerCert>,
    ) -> Result<ServerConfig, TlsError> {
        let mut config = self
            .builder()?
            .with_client_cert_verifier(clients.verifier())
            .with_cert_resolver(resolver);
        config.alpn_protocols.clone_from(&self.protocols);
        if clients.asks() {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(config)
    }

    fn builder(
        &self,
    ) -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, TlsError> {
        let known = [(TlsVersion::Tls13, &TLS13), (TlsVersion::Tls12, &TLS12)];
        let spoken = known.into_iter().filter(|(version, _)| {
            let has_suite = |suite: &SupportedCipherSuite| is_of(suite, *version);
            self.least <= *version && *version <= self.most && self.suites.iter().any(has_suite)
        });
        let versions: Vec<&'static SupportedProtocolVersion> =
            spoken.map(|(_, version)| version).collect();
        if versions.is_empty() {
            return Err(TlsError::bare("no version of TLS is left to speak"));
        }
        let provider = CryptoProvider {
            cipher_suites: self.suites.clone(),
            kx_groups: self.groups.clone(),
            ..ring::default_provider()
        };
        ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&versions)
            .map_err(|error| TlsError::new("no version of TLS can be spoken", error))
    }
}

impl Default for Handshakes {
    fn default() -> Self {
        Self::new()
    }
}

fn suite(name: &str) -> Result<SupportedCipherSuite, TlsError> {
    let known = ring::default_provider().cipher_suites;
    let found = known
        .into_iter()
        .find(|known| known.suite().as_str() == Some(name));
    found.ok_or_else(|| TlsError::bare("a cipher suite is not in this build's cryptography (ring)"))
}

const fn is_of(suite: &SupportedCipherSuite, version: TlsVersion) -> bool {
    match suite {
        SupportedCipherSuite::Tls12(_) => matches!(version, TlsVersion::Tls12),
        SupportedCipherSuite::Tls13(_) => matches!(version, TlsVersion::Tls13),
    }
}
