use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};

use crate::tls::Identity;

/// The certificate that a client shows to services that ask for one (mutual TLS). Clones share it.
#[derive(Clone)]
pub struct ClientIdentity {
    current: Arc<ArcSwap<CertifiedKey>>,
}

impl ClientIdentity {
    /// This certificate and its key. The names that it is shown for are of no meaning here.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        Self {
            current: Arc::new(ArcSwap::new(Arc::clone(identity.key()))),
        }
    }

    /// Shows this one from the next handshake on, here and in every clone. Connections that are open
    /// stay open, as who they were.
    pub fn replace(&self, identity: &Identity) {
        self.current.store(Arc::clone(identity.key()));
    }
}

impl ResolvesClientCert for ClientIdentity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Nothing of the key.
impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").finish_non_exhaustive()
    }
}
