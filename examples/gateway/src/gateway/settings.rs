use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use agentgateway_core::forwarded::Networks;

use crate::{
    assemble::PlannedSocket,
    telemetry::{GatewayName, Scope, SocketTracing, Tracing},
};

/// Where and how to serve.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The address of the listeners whose Gateway names none.
    pub bind: IpAddr,
    /// The address of the admin listener.
    pub admin: SocketAddr,
    /// How long to serve on, unready, after the drain has begun, when nothing else says so.
    /// Default: 0.
    pub drain_delay: Duration,
    /// How long answers under way may take after that, when nothing else says so. Default: 300 s.
    pub drain_deadline: Duration,
    /// What the command line says of both: it beats the configuration.
    pub commanded: DrainTimes,
    /// Where a socket is bound in place of where its plan says.
    pub place: Option<Place>,
    /// The peers that are believed about their clients. Default: nobody.
    pub trusted: Networks,
    /// The tracing of the listeners. Default: none.
    pub tracing: Tracing,
}

impl Settings {
    /// Listens on `bind`, with the admin listener on `admin`.
    #[must_use]
    pub fn new(bind: IpAddr, admin: SocketAddr) -> Self {
        Self {
            bind,
            admin,
            drain_delay: Duration::ZERO,
            drain_deadline: Duration::from_secs(300),
            commanded: DrainTimes {
                delay: None,
                deadline: None,
            },
            place: None,
            trusted: Networks::default(),
            tracing: Tracing::detached(),
        }
    }

    /// The delay and the deadline of a drain under a configuration that says this.
    #[must_use]
    pub fn drain_times(&self, configured: DrainTimes) -> (Duration, Duration) {
        let delay = self.commanded.delay.or(configured.delay);
        let deadline = self.commanded.deadline.or(configured.deadline);
        (
            delay.unwrap_or(self.drain_delay),
            deadline.unwrap_or(self.drain_deadline),
        )
    }

    /// The tracing of the listeners of a socket.
    pub(super) fn tracing_of(&self, socket: &PlannedSocket) -> SocketTracing {
        let gateway = match &socket.gateway {
            Some(gateway) => GatewayName::new(&gateway.namespace, &gateway.name),
            None => GatewayName::new("default", "agentgateway"),
        };
        let listeners = socket.listeners.iter().map(|listener| {
            let scope = Scope::listener(&gateway, &*listener.name);
            (listener.hostname.clone(), scope)
        });
        let listeners: Vec<_> = listeners.collect();
        self.tracing
            .socket(&listeners, &Scope::strays(&gateway, socket.port))
    }

    /// The address that a plan asks for, which tells its socket from others.
    pub(super) fn asked(&self, socket: &PlannedSocket) -> SocketAddr {
        SocketAddr::new(socket.address.unwrap_or(self.bind), socket.port)
    }
}

/// How long a drain takes; what is `None` is said elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a drain has these two times")]
pub struct DrainTimes {
    /// How long to serve on, unready, after the drain has begun.
    pub delay: Option<Duration>,
    /// How long answers under way may take after that.
    pub deadline: Option<Duration>,
}

/// Says where a socket is bound: a test binds each on a port of the system's choice.
#[derive(Clone)]
pub struct Place(Arc<dyn Fn(&PlannedSocket) -> SocketAddr + Send + Sync>);

impl Place {
    /// Binds each socket where this says.
    pub fn new(place: impl Fn(&PlannedSocket) -> SocketAddr + Send + Sync + 'static) -> Self {
        Self(Arc::new(place))
    }

    pub(super) fn of(&self, socket: &PlannedSocket) -> SocketAddr {
        (self.0)(socket)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}
