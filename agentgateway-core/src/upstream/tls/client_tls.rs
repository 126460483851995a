use std::{fmt, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::{CryptoProvider, SupportedKxGroup, ring},
    pki_types::ServerName,
};

use super::{
    ClientIdentity,
    names::SubjectName,
    verifier::{Demand, Verifier},
};
use crate::tls::{TlsError, groups, protocols, roots};

/// How a client speaks TLS with services; see [`ClientBuilder::tls_with`].
///
/// By default: Mozilla's roots, the host of the target as the name that is asked for (SNI) and that the
/// certificate must have, no certificate of the client's own, TLS 1.3 and 1.2 by rustls with the ring
/// provider. The store of the operating system is not read; its file of roots can be
/// [given](Self::roots). Lists of revoked certificates are not read.
///
/// All connections of a client are made so, and a pool belongs to its client: services with different
/// terms need clients of their own, and never share a connection.
///
/// [`ClientBuilder::tls_with`]: super::super::ClientBuilder::tls_with
#[derive(Clone)]
#[must_use = "it does nothing until a client is made with it"]
pub struct ClientTls {
    roots: Arc<RootCertStore>,
    server_name: Option<ServerName<'static>>,
    demand: Option<Demand>,
    identity: Option<ClientIdentity>,
    offered: Offered,
    groups: Vec<&'static dyn SupportedKxGroup>,
}

/// What a connection agrees on TLS with.
#[derive(Clone)]
pub(in crate::upstream) struct Terms {
    pub(in crate::upstream) config: ClientConfig,
    /// The name that is asked for in the place of the target's host.
    pub(in crate::upstream) server_name: Option<ServerName<'static>>,
    pub(in crate::upstream) offered: Offered,
}

/// The protocols that are offered (ALPN), where not HTTP/2 alone is spoken.
#[derive(Clone, Debug)]
pub(in crate::upstream) struct Offered(pub(in crate::upstream) Vec<Vec<u8>>);

impl Default for Offered {
    fn default() -> Self {
        Self(vec![b"h2".to_vec(), b"http/1.1".to_vec()])
    }
}

impl ClientTls {
    /// The defaults.
    pub fn new() -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
        Self {
            roots: Arc::new(RootCertStore { roots }),
            server_name: None,
            demand: None,
            identity: None,
            offered: Offered::default(),
            groups: ring::default_provider().kx_groups,
        }
    }

    /// Trusts these roots, in PEM, and no others. Default: Mozilla's.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is no root, or one cannot be read.
    pub fn roots(mut self, pem: &[u8]) -> Result<Self, TlsError> {
        self.roots = Arc::new(roots(pem)?);
        Ok(self)
    }

    /// Asks for this name (SNI), and demands a certificate for it unless
    /// [others](Self::subject_names) are demanded. Default: the host of the target. An address is
    /// demanded and not asked for.
    ///
    /// # Errors
    ///
    /// [`TlsError`] for what is neither a DNS name nor an address.
    pub fn server_name(mut self, name: &str) -> Result<Self, TlsError> {
        let name = ServerName::try_from(name.to_owned());
        let name = name.map_err(|error| TlsError::new("the server name is none", error))?;
        self.server_name = Some(name);
        Ok(self)
    }

    /// Demands a certificate with one of these subject alternative names, in the place of one for the
    /// name that is asked for: DNS names, addresses, URIs such as `spiffe://cluster.local/ns/a/sa/b`,
    /// which must be the same to the letter. A DNS name with `*.` must stand in the certificate so.
    ///
    /// # Errors
    ///
    /// [`TlsError`] for what is none of these, and when there is none at all.
    pub fn subject_names<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TlsError> {
        let names = names.into_iter().map(SubjectName::parse);
        let names: Arc<[_]> = names.collect::<Result<_, _>>()?;
        if names.is_empty() {
            return Err(TlsError::bare("there is no subject name"));
        }
        self.demand = Some(Demand::Names(names));
        Ok(self)
    }

    /// Takes a certificate that a root vouches for, whatever its names. Default: no.
    ///
    /// Whoever holds any certificate of these roots can then stand in for the service: better
    /// [name](Self::subject_names) whom you expect. The last demand that is set holds.
    pub fn dangerous_accept_any_name(mut self) -> Self {
        self.demand = Some(Demand::AnyName);
        self
    }

    /// Takes any certificate. Default: no.
    ///
    /// Whoever stands between can then read and change all that is said. The last demand that is set
    /// holds.
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.demand = Some(Demand::Anything);
        self
    }

    /// Shows this certificate to services that ask for one. Default: none.
    ///
    /// No session is resumed then: each connection is made as who the client is at that time.
    pub fn identity(mut self, identity: ClientIdentity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Offers these protocols (ALPN), the preferred first: `h2` and `http/1.1`. Default: both, so.
    ///
    /// A client of [HTTP/2 alone](super::super::ClientBuilder::http2_only) offers that alone.
    ///
    /// # Errors
    ///
    /// [`TlsError`] for a protocol that the client does not speak, and when there is none.
    pub fn protocols<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, TlsError> {
        self.offered = Offered(protocols(names)?);
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

    pub(in crate::upstream) fn terms(self) -> Terms {
        let provider = Arc::new(CryptoProvider {
            kx_groups: self.groups,
            ..ring::default_provider()
        });
        let algorithms = provider.signature_verification_algorithms;
        #[expect(
            clippy::expect_used,
            reason = "the provider is ours, and whole but for its groups"
        )]
        // INVARIANT: ring's suites are for TLS 1.2 and 1.3, and there is a group for both.
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring speaks the default TLS versions");
        let builder = match self.demand {
            None => builder.with_root_certificates(self.roots),
            Some(demand) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Verifier {
                    demand,
                    roots: self.roots,
                    algorithms,
                })),
        };
        let config = match self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let mut config = builder.with_client_cert_resolver(Arc::new(identity));
                config.resumption = Resumption::disabled();
                config
            }
        };
        Terms {
            config,
            server_name: self.server_name,
            offered: self.offered,
        }
    }
}

impl Default for ClientTls {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("roots", &self.roots.len())
            .field("server_name", &self.server_name)
            .field("demand", &self.demand)
            .field("identity", &self.identity)
            .field("offered", &self.offered)
            .field("groups", &self.groups)
            .finish()
    }
}

impl From<ClientConfig> for Terms {
    fn from(config: ClientConfig) -> Self {
        Self {
            config,
            server_name: None,
            offered: Offered::default(),
        }
    }
}
