use std::{fmt, sync::Arc};

use agentgateway_core::route::{Head, Hostname, Hosts};
use arc_swap::ArcSwap;
use http::Request;

use super::{server::TraceLayer, slot::Slot};

/// The tracing and the access logs of a socket, each request by the listener that its host belongs
/// to. Clones are the same; what rules a listener is replaced beneath them.
#[derive(Clone)]
pub struct SocketTracing(Arc<ArcSwap<Listeners>>);

impl SocketTracing {
    pub(super) fn new(listeners: Listeners) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(listeners)))
    }

    /// The layer that decides on each request. Inside of it stands
    /// `TelemetryLayer::server().instrument(OpenedServer::default())`.
    #[must_use]
    pub fn layer(&self) -> TraceLayer {
        TraceLayer::new(self.clone())
    }

    /// Follows the listeners of another one from now on.
    pub fn follow(&self, other: &Self) {
        self.0.store(other.0.load_full());
    }

    /// Who rules this request.
    pub(super) fn of<B, T>(&self, request: &Request<B>, then: impl FnOnce(&Slot) -> T) -> T {
        then(self.0.load().slot(request))
    }
}

impl fmt::Debug for SocketTracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketTracing").finish_non_exhaustive()
    }
}

/// The listeners of a socket.
pub(super) enum Listeners {
    /// One takes every request.
    One(Arc<Slot>),
    /// The host chooses; what it chooses none for is the last one's.
    ByHost(Hosts<Arc<Slot>>, Arc<Slot>),
}

impl Listeners {
    /// These, and who has the requests that none of them takes.
    pub(super) fn new(
        named: Vec<(Option<Hostname>, Arc<Slot>)>,
        strays: impl FnOnce() -> Arc<Slot>,
    ) -> Self {
        match named.iter().find(|(hostname, _)| hostname.is_none()) {
            Some((_, every)) if named.len() == 1 => Self::One(every.clone()),
            Some((_, every)) => {
                let every = every.clone();
                Self::ByHost(named.into_iter().collect(), every)
            }
            None => Self::ByHost(named.into_iter().collect(), strays()),
        }
    }

    fn slot<B>(&self, request: &Request<B>) -> &Slot {
        match self {
            Self::One(slot) => slot,
            Self::ByHost(hosts, strays) => hosts.find(Head::new(request).host).unwrap_or(strays),
        }
    }
}
