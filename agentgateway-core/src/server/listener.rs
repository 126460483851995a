use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::{TcpListener, TcpStream};

use super::{
    BindError,
    handle::{ListenerHandle, Wishes},
};

/// A bound socket, not yet served.
///
/// From the moment it is bound the system queues connections, so that all listeners of an
/// application can be bound before the first is served.
#[derive(Debug)]
pub struct Listener {
    inner: Arc<TcpListener>,
    wishes: Arc<Wishes>,
    addr: SocketAddr,
    #[cfg(feature = "tls")]
    tls: Option<super::Tls>,
}

impl Listener {
    /// Binds an address. Port 0 lets the system choose; see [`local_addr`](Self::local_addr).
    ///
    /// # Errors
    ///
    /// [`BindError`], which names the address and says what to do.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub async fn bind(addr: SocketAddr) -> Result<Self, BindError> {
        let bound = async {
            let inner = TcpListener::bind(addr).await?;
            Self::from_tcp(inner)
        };
        bound.await.map_err(|error| BindError::new(addr, error))
    }

    /// Takes a socket that was bound elsewhere, such as one that a supervisor passed on.
    ///
    /// # Errors
    ///
    /// The system's, when the socket cannot be made non-blocking or has no address.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Self::from_tcp(TcpListener::from_std(listener)?)
    }

    fn from_tcp(inner: TcpListener) -> io::Result<Self> {
        let addr = inner.local_addr()?;
        Ok(Self {
            inner: Arc::new(inner),
            wishes: Arc::default(),
            addr,
            #[cfg(feature = "tls")]
            tls: None,
        })
    }

    /// Speaks TLS, and nothing in the clear.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[must_use]
    pub fn with_tls(mut self, tls: super::Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    #[cfg(feature = "tls")]
    pub(super) const fn tls(&self) -> Option<&super::Tls> {
        self.tls.as_ref()
    }

    /// What changes its serving later on.
    #[must_use]
    pub fn handle(&self) -> ListenerHandle {
        ListenerHandle {
            socket: Arc::downgrade(&self.inner),
            addr: self.addr,
            wishes: Arc::clone(&self.wishes),
        }
    }

    pub(super) fn wishes(&self) -> Arc<Wishes> {
        Arc::clone(&self.wishes)
    }

    /// The address that is listened on, with the port that the system chose.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    pub(super) async fn next(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.inner.accept().await
    }
}
