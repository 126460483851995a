use std::sync::Arc;

use tokio::runtime;

use super::{Host, Shared};

/// The right to have one connection open at a host.
///
/// Dropped, it goes to who has waited longest. A connection that lies idle holds none, since it would
/// keep its own host alive; the host remembers that it counts.
pub(in crate::upstream) struct Place {
    /// None when it was given up without being passed on.
    host: Option<Arc<Host>>,
}

impl Place {
    pub(super) const fn new(host: Arc<Host>) -> Self {
        Self { host: Some(host) }
    }

    pub(in crate::upstream) fn host(&self) -> &Arc<Host> {
        #[expect(clippy::expect_used, reason = "the type's invariant")]
        // INVARIANT: only `keep` and `drop` empty it, and both end the value.
        self.host.as_ref().expect("a place that was not given up")
    }

    pub(in crate::upstream) fn shared(&self) -> &Arc<Shared> {
        self.host().shared()
    }

    /// Ends the value; the connection still counts.
    pub(super) fn keep(mut self) {
        self.host = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(host) = self.host.take() {
            host.leave();
        }
    }
}

/// The tokio runtime that drives a connection's socket.
///
/// A connection is used in the runtime that opened it: in another, its reads would depend on a
/// driver that may be busy or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::upstream) struct Runtime {
    id: Option<runtime::Id>,
}

impl Runtime {
    pub(in crate::upstream) fn current() -> Self {
        Self {
            id: runtime::Handle::try_current()
                .ok()
                .map(|handle| handle.id()),
        }
    }
}
