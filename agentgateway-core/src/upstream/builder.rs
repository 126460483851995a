use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};

use super::{
    Client, Resolve,
    connect::{Connector, Settings},
};

const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 128;

/// What a [`Client`] is made with; see [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    connect: Settings,
    idle_timeout: Duration,
    max_idle_per_host: usize,
}

impl ClientBuilder {
    pub(super) const fn new() -> Self {
        Self {
            connect: Settings::new(),
            idle_timeout: IDLE_TIMEOUT,
            max_idle_per_host: MAX_IDLE_PER_HOST,
        }
    }

    /// How long a new connection may take: name, TCP and TLS together. Default: 10 s.
    ///
    /// At the limit the request fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
    pub const fn connect_deadline(mut self, limit: Duration) -> Self {
        self.connect.deadline = limit;
        self
    }

    /// How long a connection is silent before TCP itself asks whether the peer is there, and how long
    /// it waits between such probes. Default: 15 s.
    ///
    /// It finds a peer that is gone under a request that waits, and keeps middleboxes from forgetting
    /// the connection. The service's process does not see the probes. None: never.
    pub fn tcp_keepalive(mut self, idle: impl Into<Option<Duration>>) -> Self {
        self.connect.keepalive = idle.into();
        self
    }

    /// Asks this resolver for the addresses of names. Default: the system's, in a [`CachedResolver`].
    ///
    /// It is asked whenever a connection is opened, within the connect deadline. One without a memory
    /// of its own belongs into a [`CachedResolver`] too.
    ///
    /// [`CachedResolver`]: super::CachedResolver
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.connect.resolver = Some(Arc::new(resolver));
        self
    }

    /// Dials only the addresses for which this is true. Default: every address.
    ///
    /// It is asked about each address after the name was looked up, and the same address is dialled:
    /// a name that changes its answer in between (DNS rebinding) gains nothing, nor does an unusual
    /// spelling of an address. With no address left the request fails with
    /// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden). Meant for targets that a peer names;
    /// those of a configuration are usually private.
    pub fn allow_address(
        mut self,
        allow: impl Fn(SocketAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.connect.allow = Some(Arc::new(allow));
        self
    }

    /// How long an unused connection is kept. Default: 30 s.
    ///
    /// Keep it below the service's own, or requests meet connections that it is closing.
    pub const fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// How many unused connections are kept per scheme, host and port. Default: 128.
    ///
    /// More than these are closed after their exchange. It does not limit connections in use.
    pub const fn max_idle_per_host(mut self, connections: usize) -> Self {
        self.max_idle_per_host = connections;
        self
    }

    /// Speaks HTTP/2 alone, also without TLS (h2c by prior knowledge, as gRPC does). Default: off.
    pub const fn http2_only(mut self) -> Self {
        self.connect.http2_only = true;
        self
    }

    /// Allows `https`, with Mozilla's roots. Default: off, and `https` is refused.
    ///
    /// Uses the ring provider for this client, and installs none for the process.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn tls(self) -> Self {
        self.tls_config(super::connect::mozilla_roots())
    }

    /// Allows `https` with this configuration: own roots, client certificates, own provider.
    ///
    /// The client chooses the protocols that it offers (ALPN) itself; those in `config` are dropped.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn tls_config(mut self, config: rustls::ClientConfig) -> Self {
        self.connect.tls = Some(config);
        self
    }

    /// Makes the client. Connects to nothing yet.
    #[must_use]
    pub fn build(self) -> Client {
        let inner = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.idle_timeout)
            .pool_max_idle_per_host(self.max_idle_per_host)
            .http2_only(self.connect.http2_only)
            .build(Connector::new(self.connect));
        Client::from_inner(inner)
    }
}
