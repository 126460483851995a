use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use crate::upstream::Resolve;

/// Whether an address may be dialled.
pub(in crate::upstream) type Allow = Arc<dyn Fn(SocketAddr) -> bool + Send + Sync>;

const DEADLINE: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What a [`Connector`](super::Connector) is made with.
#[derive(Clone)]
pub(in crate::upstream) struct Settings {
    /// For the caller, who puts it around all of a connection's beginning.
    pub(in crate::upstream) deadline: Duration,
    /// How long a connection is silent before TCP probes it; none for no probes.
    pub(in crate::upstream) keepalive: Option<Duration>,
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
