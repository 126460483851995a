use std::{collections::HashMap, fmt, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{Identity, TlsError};

/// Chooses the certificate of a handshake.
pub(super) struct Resolver {
    current: ArcSwap<Certificates>,
}

impl Resolver {
    pub(super) fn new(identities: &[Identity]) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(Certificates::new(identities)?);
        Ok(Self { current })
    }

    pub(super) fn replace(&self, identities: &[Identity]) -> Result<(), TlsError> {
        self.current.store(Arc::new(Certificates::new(identities)?));
        Ok(())
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load().choose(hello.server_name()))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// The certificates by name. Where two have the same name, the earlier one is shown.
struct Certificates {
    exact: HashMap<String, Arc<CertifiedKey>>,
    /// By what stands behind `*.`.
    wildcard: HashMap<String, Arc<CertifiedKey>>,
    first: Arc<CertifiedKey>,
}

impl Certificates {
    fn new(identities: &[Identity]) -> Result<Self, TlsError> {
        let Some(first) = identities.first() else {
            return Err(TlsError::bare("there is no certificate"));
        };
        let mut certificates = Self {
            exact: HashMap::new(),
            wildcard: HashMap::new(),
            first: Arc::clone(first.key()),
        };
        for identity in identities {
            for name in identity.names() {
                let (names, name) = match name.strip_prefix("*.") {
                    Some(behind) => (&mut certificates.wildcard, behind),
                    None => (&mut certificates.exact, name),
                };
                names
                    .entry(name.to_owned())
                    .or_insert_with(|| Arc::clone(identity.key()));
            }
        }
        Ok(certificates)
    }

    /// The longest wildcard wins. It stands for one label in a certificate (RFC 9525, 6.3), for more in
    /// a route: the client judges what it is shown.
    fn choose(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let name = name.map(str::to_ascii_lowercase);
        let found = name.as_deref().and_then(|name| {
            let behind = || parents(name).find_map(|parent| self.wildcard.get(parent));
            self.exact.get(name).or_else(behind)
        });
        Arc::clone(found.unwrap_or(&self.first))
    }
}

/// `b.c` and `c` of `a.b.c`.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(&name), parent)
}

fn parent<'a>(name: &&'a str) -> Option<&'a str> {
    Some(name.split_once('.')?.1)
}
