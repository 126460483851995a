use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use agentgateway_core::{forwarded::Networks, limit::heap::Heap};

use super::Inherited;
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
    /// Sockets that were passed on, to be used where they are asked for. Default: none.
    pub inherited: Inherited,
    /// The peers that are believed about their clients. Default: nobody.
    pub trusted: Networks,
    /// The tracing of the listeners. Default: none.
    pub tracing: Tracing,
    /// Whose pressure closes idle connections. Default: nobody's.
    pub heap: Option<Heap>,
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
            inherited: Inherited::default(),
            trusted: Networks::default(),
            tracing: Tracing::detached(),
            heap: None,
        }
    }

    /// The delay and the deadline of a drain under a configuration that says this.
    #[must_use]
    pub fn drain_times(&self, configured: Shutdown) -> (Duration, Duration) {
        let delay = self.commanded.delay.or(configured.min);
        let delay = delay.unwrap_or(self.drain_delay);
        let rest = configured.max.map(|max| max.saturating_sub(delay));
        let deadline = self.commanded.deadline.or(rest);
        (delay, deadline.unwrap_or(self.drain_deadline))
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

/// How long an end takes, as a configuration says it; what is `None` is said elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an end has these two times")]
pub struct Shutdown {
    /// How long to serve on, unready.
    pub min: Option<Duration>,
    /// How long all of it may take, `min` included.
    pub max: Option<Duration>,
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_configured_end_holds_its_delay() {
        let seconds = |seconds: u64| Some(Duration::from_secs(seconds));
        let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(admin.ip(), admin);
        settings.drain_delay = Duration::from_secs(5);
        let of = |min, max| Shutdown { min, max };
        let whole = of(seconds(4), seconds(6));
        for (commanded, configured, expected) in [
            ((None, None), of(None, None), (5, 300)),
            ((None, None), whole, (4, 2)),
            ((None, None), of(None, seconds(6)), (5, 1)),
            ((seconds(1), None), whole, (1, 5)),
            ((seconds(9), None), whole, (9, 0)),
            // The command line says what comes after the delay.
            ((None, seconds(60)), whole, (4, 60)),
        ] {
            let (delay, deadline) = commanded;
            settings.commanded = DrainTimes { delay, deadline };
            let (delay, deadline) = settings.drain_times(configured);
            assert_eq!((delay.as_secs(), deadline.as_secs()), expected);
        }
    }
}
