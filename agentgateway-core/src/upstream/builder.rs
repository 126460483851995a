use std::time::Duration;

use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};

use super::{Client, connect::Connector};

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 128;

/// What a [`Client`] is made with; see [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    connect_deadline: Duration,
    idle_timeout: Duration,
    max_idle_per_host: usize,
    http2_only: bool,
    #[cfg(feature = "tls")]
    tls: Option<rustls::ClientConfig>,
}

impl ClientBuilder {
    pub(super) const fn new() -> Self {
        Self {
            connect_deadline: CONNECT_DEADLINE,
            idle_timeout: IDLE_TIMEOUT,
            max_idle_per_host: MAX_IDLE_PER_HOST,
            http2_only: false,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// How long a new connection may take: name, TCP and TLS together. Default: 10 s.
    ///
    /// At the limit the request fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
    pub const fn connect_deadline(mut self, limit: Duration) -> Self {
        self.connect_deadline = limit;
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
        self.http2_only = true;
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
    pub fn tls_config(mut self, mut config: rustls::ClientConfig) -> Self {
        config.alpn_protocols.clear();
        self.tls = Some(config);
        self
    }

    /// Makes the client. Connects to nothing yet.
    #[must_use]
    pub fn build(self) -> Client {
        let connector = Connector::new(self.connect_deadline);
        #[cfg(feature = "tls")]
        let connector = match self.tls {
            Some(config) => connector.with_tls(config, self.http2_only),
            None => connector,
        };
        let inner = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.idle_timeout)
            .pool_max_idle_per_host(self.max_idle_per_host)
            .http2_only(self.http2_only)
            .build(connector);
        Client::from_inner(inner)
    }
}
