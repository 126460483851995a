//! TLS with backends.

use agentgateway_core::upstream::{ClientIdentity, ClientTls, Identity, TlsError};

use super::{Certificate, Secret};

/// How TLS is spoken with a backend: whom the gateway trusts, what it asks for, what it shows of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TlsTerms {
    /// The name that is asked for. Default: the backend's host.
    pub server_name: Option<String>,
    /// The roots that are trusted, in PEM. Default: the usual ones.
    pub roots: Option<Secret>,
    /// What the backend's certificate must be.
    pub demand: TlsDemand,
    /// The gateway's own certificate. Default: none.
    pub identity: Option<Certificate>,
    /// The protocols that are offered, the preferred first; the usual ones when it is empty.
    pub protocols: Vec<String>,
    /// How keys are exchanged, the preferred first; as usual when it is empty.
    pub groups: Vec<String>,
}

/// What the certificate of a backend must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the choices of the resource")]
pub enum TlsDemand {
    /// Vouched for, and for the name that is asked for.
    #[default]
    Name,
    /// Vouched for, and for one of these names.
    Names(Vec<String>),
    /// Vouched for, whatever its names.
    AnyName,
    /// Any at all.
    Anything,
}

impl TlsTerms {
    /// The same for a client.
    ///
    /// # Errors
    /// The field of the resource that cannot be used, and why.
    pub(crate) fn client(&self) -> Result<ClientTls, (&'static str, TlsError)> {
        fn at(field: &'static str) -> impl Fn(TlsError) -> (&'static str, TlsError) {
            move |error| (field, error)
        }
        let mut tls = ClientTls::new();
        if let Some(roots) = &self.roots {
            let roots = tls.roots(roots.expose().as_bytes());
            tls = roots.map_err(at("caCertificateRefs"))?;
        }
        if let Some(name) = &self.server_name {
            tls = tls.server_name(name).map_err(at("sni"))?;
        }
        tls = match &self.demand {
            TlsDemand::Name => tls,
            TlsDemand::Names(names) => tls
                .subject_names(names.iter().map(String::as_str))
                .map_err(at("verifySubjectAltNames"))?,
            TlsDemand::AnyName => tls.dangerous_accept_any_name(),
            TlsDemand::Anything => tls.dangerous_accept_any_certificate(),
        };
        if let Some(own) = &self.identity {
            let (chain, key) = (own.chain.expose(), own.key.expose());
            let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes())
                .map_err(at("mtlsCertificateRef"))?;
            tls = tls.identity(ClientIdentity::new(&identity));
        }
        if !self.protocols.is_empty() {
            let protocols = tls.protocols(self.protocols.iter().map(String::as_str));
            tls = protocols.map_err(at("alpnProtocols"))?;
        }
        if !self.groups.is_empty() {
            let groups = tls.key_exchange_groups(self.groups.iter().map(String::as_str));
            tls = groups.map_err(at("keyExchangeGroups"))?;
        }
        Ok(tls)
    }
}
