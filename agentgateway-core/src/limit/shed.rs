//! No new requests while a probe says so.
//!
//! # Behaviour
//! [`Shed`] asks its [`Probe`] for each request, and refuses the request while the probe says that
//! the host is at its end. What is in flight goes on.
//!
//! # Reads / Writes
//! Nothing.
//!
//! # Errors
//! `Overloaded` (503), with `Retry-After`.
//!
//! # Cost
//! That of the probe, and nothing else.
//!
//! # Example
//! ```
//! use agentgateway_core::{limit::{heap::Heap, shed::Shed}, policy::PolicyLayer};
//!
//! // 503 while the memory of the container is nearly used up, or while a flag is set.
//! let by_memory = PolicyLayer::new(Shed::new("memory", Heap::new()));
//! let closed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
//! let by_flag = Shed::new("closed", move || closed.load(std::sync::atomic::Ordering::Relaxed));
//! # let _ = (by_memory, by_flag);
//! ```

use std::{fmt, sync::Arc, time::Duration};

use http::request;

use crate::{
    error::{Error, ErrorKind},
    policy::{Decision, Policy},
};

/// Default of [`Shed::retry_after`].
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Says whether new requests are to be refused. Asked for each request: it must not block.
pub trait Probe: Send + Sync + 'static {
    /// The host can take no more now.
    fn is_overloaded(&self) -> bool;
}

impl<F> Probe for F
where
    F: Fn() -> bool + Send + Sync + 'static,
{
    fn is_overloaded(&self) -> bool {
        self()
    }
}

/// Refuses new requests while a probe says so.
///
/// See the [module](self) for what it does.
#[derive(Clone)]
pub struct Shed {
    name: Arc<str>,
    probe: Arc<dyn Probe>,
    retry_after: Duration,
}

impl Shed {
    /// Asks this probe. The name is that of the policy.
    pub fn new(name: impl Into<Arc<str>>, probe: impl Probe) -> Self {
        Self {
            name: name.into(),
            probe: Arc::new(probe),
            retry_after: RETRY_AFTER,
        }
    }

    /// What clients are told to wait. Default: 1 s.
    #[must_use]
    pub const fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = delay;
        self
    }
}

impl Policy for Shed {
    fn name(&self) -> &str {
        &self.name
    }

    fn decide(&self, _: &mut request::Parts) -> Decision {
        if !self.probe.is_overloaded() {
            return Decision::Pass;
        }
        let words = "the gateway can take no more requests now, try again later";
        let error = Error::new(ErrorKind::Overloaded, words);
        Decision::Refuse(error.with_retry_after(self.retry_after))
    }
}

impl fmt::Debug for Shed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shed")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
