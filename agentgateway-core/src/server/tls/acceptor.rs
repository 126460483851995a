use std::{fmt, io, sync::Arc};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{ClientAuth, Handshakes, Identity, TlsError, certificate::shown, resolver::Resolver};
use crate::{context::ClientCertificate, server::socket::Tcp};

/// The certificates that a listener shows, and their keys. Clones share them.
///
/// TLS 1.3 and 1.2, by rustls with the ring provider, with HTTP/2 and HTTP/1.1 (ALPN), unless
/// [`agree_on`](Self::agree_on) says otherwise. Clients are asked for no certificate unless
/// [`ask_clients`](Self::ask_clients) says so. A client is shown the certificate that has the name which
/// it asks for (SNI), else one with a wildcard for it, else the first.
#[derive(Clone)]
pub struct Tls {
    terms: Arc<ArcSwap<Terms>>,
    resolver: Arc<Resolver>,
}

/// On what a handshake is made.
struct Terms {
    config: Arc<ServerConfig>,
    clients: ClientAuth,
    handshakes: Handshakes,
}

impl Tls {
    /// One certificate, shown whatever name is asked for; see [`Identity::from_pem`].
    ///
    /// # Errors
    ///
    /// [`TlsError`] when the certificate or its key cannot be used.
    pub fn from_pem(cert_chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::new(&[Identity::from_pem(cert_chain, key)?])
    }

    /// These certificates. The first is shown to who asks for no name, or for one that none has.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is none.
    pub fn new(identities: &[Identity]) -> Result<Self, TlsError> {
        let resolver = Arc::new(Resolver::new(identities)?);
        let terms = Terms::new(&resolver, ClientAuth::none(), Handshakes::new())?;
        Ok(Self {
            terms: Arc::new(ArcSwap::from_pointee(terms)),
            resolver,
        })
    }

    /// Shows these certificates from the next handshake on, here and in every clone. Connections
    /// that are open stay open.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when there is none; those before are then kept.
    pub fn replace(&self, identities: &[Identity]) -> Result<(), TlsError> {
        self.resolver.replace(identities)
    }

    /// Asks clients for their certificates so from the next handshake on, here and in every clone.
    /// Connections that are open stay open.
    ///
    /// Where clients are asked, no session is resumed: each connection is judged by what holds then.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when no version of TLS can be spoken; what held before is then kept.
    pub fn ask_clients(&self, clients: ClientAuth) -> Result<(), TlsError> {
        self.set(|terms| Terms::new(&self.resolver, clients, terms.handshakes.clone()))
    }

    /// Makes handshakes so from the next one on, here and in every clone. Connections that are open stay
    /// open.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when no version of TLS can be spoken; what held before is then kept.
    pub fn agree_on(&self, handshakes: Handshakes) -> Result<(), TlsError> {
        self.set(|terms| Terms::new(&self.resolver, terms.clients.clone(), handshakes))
    }

    fn set(&self, next: impl FnOnce(&Terms) -> Result<Terms, TlsError>) -> Result<(), TlsError> {
        let next = next(&self.terms.load())?;
        self.terms.store(Arc::new(next));
        Ok(())
    }

    pub(in crate::server) async fn accept(
        &self,
        stream: Tcp,
    ) -> io::Result<(TlsStream<Tcp>, Option<ClientCertificate>)> {
        let terms = self.terms.load_full();
        let acceptor = TlsAcceptor::from(Arc::clone(&terms.config));
        let stream = acceptor.accept(stream).await?;
        let chain = stream.get_ref().1.peer_certificates();
        let certificate = shown(chain, &terms.clients);
        Ok((stream, certificate))
    }
}

/// Nothing of the keys.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("clients", &self.terms.load().clients)
            .finish_non_exhaustive()
    }
}

impl Terms {
    fn new(
        resolver: &Arc<Resolver>,
        clients: ClientAuth,
        handshakes: Handshakes,
    ) -> Result<Self, TlsError> {
        let config = handshakes.config(&clients, Arc::clone(resolver) as _)?;
        Ok(Self {
            config: Arc::new(config),
            clients,
            handshakes,
        })
    }
}
