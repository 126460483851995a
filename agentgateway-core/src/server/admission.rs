use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Who may connect; see [`Config::admission`](super::Config::admission).
///
/// A connection that is refused is closed without a word, before TLS, and [counted](Self::refused).
/// Clones share the count.
#[derive(Clone)]
#[must_use = "it does nothing until a configuration has it"]
pub struct Admission {
    admits: Arc<dyn Fn(SocketAddr) -> bool + Send + Sync>,
    refused: Arc<AtomicU64>,
}

impl Admission {
    /// Takes the connections of those clients for which this is true. It must not block.
    ///
    /// It is asked about the address from which a connection comes, or about the one that a trusted load
    /// balancer has named in a header of the [PROXY protocol](super::Config::proxy_protocol).
    pub fn new(admits: impl Fn(SocketAddr) -> bool + Send + Sync + 'static) -> Self {
        Self {
            admits: Arc::new(admits),
            refused: Arc::default(),
        }
    }

    /// How many connections were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    pub(super) fn admits(&self, client: SocketAddr) -> bool {
        let admitted = (self.admits)(client);
        if !admitted {
            self.refused.fetch_add(1, Relaxed);
        }
        admitted
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission")
            .field("refused", &self.refused())
            .finish_non_exhaustive()
    }
}
