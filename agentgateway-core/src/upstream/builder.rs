use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use super::{
    Client, Resolve,
    connect::{Connector, Keepalive, Settings},
    http2::Http2Settings,
    pool::{Limits, Shared},
    spawn::Spawn,
};

const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 128;
const MAX_CONNECTIONS_PER_HOST: usize = 10_000;
const WAIT_DEADLINE: Duration = Duration::from_secs(10);

/// What a [`Client`] is made with; see [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    connect: Settings,
    limits: Limits,
    spawn: Spawn,
    http2: Http2Settings,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            connect: Settings::new(),
            limits: Limits {
                max_connections: MAX_CONNECTIONS_PER_HOST,
                max_idle: MAX_IDLE_PER_HOST,
                idle_timeout: IDLE_TIMEOUT,
                wait_deadline: WAIT_DEADLINE,
            },
            spawn: Spawn::default(),
            http2: Http2Settings::default(),
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
        let keepalive = idle.into().map(|idle| Keepalive {
            idle,
            interval: idle,
            probes: None,
        });
        self.connect.keepalive = keepalive;
        self
    }

    /// The same, with a time between probes of its own, and how many may stay without an answer before the
    /// connection fails. Default: as long as the silence, and as many as the system says (Linux: 9).
    ///
    /// The system counts in whole seconds, at least one; Linux takes up to 32,767 seconds and 127 probes.
    pub const fn tcp_keepalive_probes(
        mut self,
        idle: Duration,
        interval: Duration,
        probes: u32,
    ) -> Self {
        self.connect.keepalive = Some(Keepalive {
            idle,
            interval,
            probes: Some(probes),
        });
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

    /// Dials only what this guard allows: for targets that a peer names.
    ///
    /// The same as [`allow_address`](Self::allow_address), of which the last one given holds.
    pub fn guard(self, guard: crate::egress::Guard) -> Self {
        self.allow_address(move |address| guard.allows(address.ip()))
    }

    /// How long an unused connection is kept. Default: 30 s. HTTP/2: at least 10 ms.
    ///
    /// Keep it below the service's own, or requests meet connections that it is closing.
    pub const fn idle_timeout(mut self, limit: Duration) -> Self {
        self.limits.idle_timeout = limit;
        self
    }

    /// How many unused connections are kept per scheme, host and port. Default: 128.
    ///
    /// More than these are closed after their exchange. It does not limit connections in use.
    pub const fn max_idle_per_host(mut self, connections: usize) -> Self {
        self.limits.max_idle = connections;
        self
    }

    /// How many connections are open per scheme, host and port. Default: 10,000.
    ///
    /// At the limit requests wait for one to be given back, first come, first served, up to the
    /// [deadline](Self::wait_deadline). At least one is opened.
    pub const fn max_connections_per_host(mut self, connections: usize) -> Self {
        self.limits.max_connections = if connections == 0 { 1 } else { connections };
        self
    }

    /// How long a request waits for a connection while the limit is reached. Default: 10 s.
    ///
    /// Then it fails with [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded).
    pub const fn wait_deadline(mut self, limit: Duration) -> Self {
        self.limits.wait_deadline = limit;
        self
    }

    /// Who runs what must go on beside an exchange. Default: `tokio::spawn`.
    ///
    /// Run so are HTTP/2 connections, an HTTP/1.1 connection whose answer has started while its
    /// request is still being sent, and the rest of a connect whose request has got another
    /// connection. Each ends by itself; a task that is dropped closes its connection.
    pub fn executor(
        mut self,
        run: impl Fn(Pin<Box<dyn Future<Output = ()> + Send>>) + Send + Sync + 'static,
    ) -> Self {
        self.spawn = Spawn::new(run);
        self
    }

    /// Speaks HTTP/2 alone, also without TLS (h2c by prior knowledge, as gRPC does). Default: off.
    pub const fn http2_only(mut self) -> Self {
        self.connect.http2_only = true;
        self
    }

    /// How long an HTTP/2 service may be silent while a stream is open before it is asked for a sign of
    /// life by PING, and how long it has for that sign. Default: 20 s and 10 s.
    ///
    /// Without the sign all streams of the connection fail with
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), and the next request opens another.
    /// No PING is sent while no stream is open, since some services take it for an attack. None: never.
    pub fn http2_ping(mut self, interval: impl Into<Option<Duration>>, timeout: Duration) -> Self {
        self.http2.ping_interval = interval.into();
        self.http2.ping_timeout = timeout;
        self
    }

    /// How much of an answer over HTTP/2 may wait unread, in bytes. Default: 128 KiB.
    ///
    /// It bounds the memory of a stream that its client does not read, and the speed of a download: one
    /// window per round trip. A connection's own window holds those of all its streams.
    pub const fn http2_stream_window(mut self, bytes: u32) -> Self {
        self.http2.stream_window = bytes;
        self
    }

    /// How many requests share an HTTP/2 connection, where the service allows that many. Default: 100.
    ///
    /// More open another connection, up to the [limit](Self::max_connections_per_host). At least one.
    pub const fn http2_max_streams(mut self, streams: u32) -> Self {
        self.http2.max_streams = if streams == 0 { 1 } else { streams };
        self
    }

    /// Allows `https`, with Mozilla's roots. Default: off, and `https` is refused.
    ///
    /// Uses the ring provider for this client, and installs none for the process.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn tls(self) -> Self {
        self.tls_with(super::ClientTls::new())
    }

    /// Allows `https` on these terms: own roots, demanded names, a certificate of the client's own.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn tls_with(mut self, tls: super::ClientTls) -> Self {
        self.connect.tls = Some(tls.terms());
        self
    }

    /// Allows `https` with this configuration of rustls: what [`ClientTls`](super::ClientTls) has no word
    /// for, such as another provider. Of these three setters the last one holds.
    ///
    /// The client chooses the protocols that it offers (ALPN) itself; those in `config` are dropped.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn tls_config(mut self, config: rustls::ClientConfig) -> Self {
        self.connect.tls = Some(config.into());
        self
    }

    /// Makes the client. Connects to nothing yet.
    #[must_use]
    pub fn build(self) -> Client {
        Client::from_shared(Shared {
            http2_only: self.connect.http2_only,
            connector: Connector::new(self.connect),
            spawn: self.spawn,
            http2: Http2Settings {
                idle_timeout: self.limits.idle_timeout,
                ..self.http2
            },
            limits: self.limits,
        })
    }

    /// Makes hyper-util's client with the same names, addresses, TLS and deadline.
    #[cfg(feature = "legacy")]
    #[cfg_attr(docsrs, doc(cfg(feature = "legacy")))]
    #[must_use]
    pub fn build_legacy(self) -> super::LegacyClient {
        let http2_only = self.connect.http2_only;
        super::LegacyClient::new(Connector::new(self.connect), &self.limits, http2_only)
    }
}
