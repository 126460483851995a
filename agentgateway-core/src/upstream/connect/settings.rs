use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use socket2::TcpKeepalive;

use crate::upstream::Resolve;

/// Whether an address may be dialled.
pub(in crate::upstream) type Allow = Arc<dyn Fn(SocketAddr) -> bool + Send + Sync>;

/// What Linux takes.
const SECOND: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(32_767);
const MAX_PROBES: u32 = 127;

const DEADLINE: Duration = Duration::from_secs(10);
const KEEPALIVE: Keepalive = Keepalive {
    idle: Duration::from_secs(15),
    interval: Duration::from_secs(15),
    probes: None,
};

/// How TCP asks a silent peer whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::upstream) struct Keepalive {
    /// The silence before the first probe.
    pub(in crate::upstream) idle: Duration,
    /// Between two probes.
    pub(in crate::upstream) interval: Duration,
    /// How many are sent; none for as many as the system says.
    pub(in crate::upstream) probes: Option<u32>,
}

impl Keepalive {
    /// The same in what a system takes.
    pub(super) fn probes(self) -> TcpKeepalive {
        let bearable = |time: Duration| time.clamp(SECOND, LONGEST);
        let probes = TcpKeepalive::new()
            .with_time(bearable(self.idle))
            .with_interval(bearable(self.interval));
        match self.probes {
            Some(count) => probes.with_retries(count.clamp(1, MAX_PROBES)),
            None => probes,
        }
    }
}

/// What a [`Connector`](super::Connector) is made with.
#[derive(Clone)]
pub(in crate::upstream) struct Settings {
    /// For the caller, who puts it around all of a connection's beginning.
    pub(in crate::upstream) deadline: Duration,
    /// None for no probes.
    pub(in crate::upstream) keepalive: Option<Keepalive>,
    /// HTTP/2 alone, also without TLS.
    pub(in crate::upstream) http2_only: bool,
    /// None for the system's, cached.
    pub(in crate::upstream) resolver: Option<Arc<dyn Resolve>>,
    /// None for every address.
    pub(in crate::upstream) allow: Option<Allow>,
    /// None when `https` is refused.
    #[cfg(feature = "tls")]
    pub(in crate::upstream) tls: Option<crate::upstream::tls::Terms>,
}

impl Settings {
    pub(in crate::upstream) const fn new() -> Self {
        Self {
            deadline: DEADLINE,
            keepalive: Some(KEEPALIVE),
            http2_only: false,
            resolver: None,
            allow: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Settings");
        fields
            .field("deadline", &self.deadline)
            .field("keepalive", &self.keepalive)
            .field("http2_only", &self.http2_only);
        #[cfg(feature = "tls")]
        fields.field("tls", &self.tls.is_some());
        fields.finish_non_exhaustive()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use socket2::{Domain, Socket, Type};

    use super::*;

    #[test]
    fn probes_are_what_the_system_takes() {
        let seconds = Duration::from_secs;
        for (asked, expected) in [
            (
                (seconds(30), seconds(5), Some(3)),
                (seconds(30), seconds(5), 3),
            ),
            (
                (Duration::MAX, Duration::ZERO, Some(0)),
                (LONGEST, seconds(1), 1),
            ),
            (
                (Duration::from_millis(10), seconds(9), Some(u32::MAX)),
                (seconds(1), seconds(9), MAX_PROBES),
            ),
        ] {
            let (idle, interval, probes) = asked;
            let keepalive = Keepalive {
                idle,
                interval,
                probes,
            };
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_tcp_keepalive(&keepalive.probes()).unwrap();
            let set = (
                socket.tcp_keepalive_time().unwrap(),
                socket.tcp_keepalive_interval().unwrap(),
                socket.tcp_keepalive_retries().unwrap(),
            );
            assert!(socket.keepalive().unwrap());
            assert_eq!(set, expected);
        }
    }
}
