use std::{fmt, sync::Arc};

use tracing::Span;

use super::TraceContext;

/// Ties `tracing` spans to remote ones, as the application's subscriber can.
pub trait Propagate: Send + Sync + 'static {
    /// Makes `parent` the parent of `span`, which has just been opened.
    fn set_parent(&self, span: &Span, parent: &TraceContext);

    /// Links `span` to `other`.
    fn add_link(&self, span: &Span, other: &TraceContext);

    /// What travels on so that a remote span becomes a child of `span`.
    fn context(&self, span: &Span) -> Option<TraceContext>;
}

/// The propagation of one request, in its extensions.
///
/// Written by [`TelemetryLayer::server`](super::TelemetryLayer::server) so that the layers inside
/// need not be told it each.
#[derive(Clone)]
pub struct Propagation(Arc<dyn Propagate>);

impl Propagation {
    /// Propagates by these means.
    pub fn new(propagate: impl Propagate) -> Self {
        Self(Arc::new(propagate))
    }
}

impl std::ops::Deref for Propagation {
    type Target = dyn Propagate;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagation").finish_non_exhaustive()
    }
}
