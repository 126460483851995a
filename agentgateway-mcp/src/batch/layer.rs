use tower_layer::Layer;

use super::Batch;

/// Serves batches of revision 2025-03-26; the service inside sees their messages.
///
/// See the [module](super) for what it does.
#[derive(Clone, Copy, Debug)]
pub struct BatchLayer {
    pub(super) limits: Limits,
}

/// The bounds of one batch and of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) messages: usize,
    pub(super) body_bytes: usize,
    pub(super) answer_bytes: usize,
    pub(super) event_bytes: usize,
}

impl BatchLayer {
    /// Serves batches, with the default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            limits: Limits {
                messages: 64,
                body_bytes: 4 * 1024 * 1024,
                answer_bytes: 16 * 1024 * 1024,
                event_bytes: 16 * 1024 * 1024,
            },
        }
    }

    /// The most messages of a batch. Default: 64. One with more is refused with 400.
    #[must_use]
    pub const fn max_messages(mut self, count: usize) -> Self {
        self.limits.messages = count;
        self
    }

    /// The longest body that is looked at, in bytes. Default: 4 MiB. A longer one passes as it is; give it the limit of
    /// [`McpLayer::max_body_bytes`](crate::McpLayer::max_body_bytes), which refuses it with 413.
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.limits.body_bytes = bytes;
        self
    }

    /// The most bytes of the answers in an array together, and of one answer that becomes an event. Default: 16 MiB. In
    /// the place of one that is over it stands an error.
    #[must_use]
    pub const fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.limits.answer_bytes = bytes;
        self
    }

    /// The longest event of a stream that is joined, in bytes. Default: 16 MiB. A longer one ends its stream, with an
    /// error in the place of its answer.
    #[must_use]
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.event_bytes = bytes;
        self
    }
}

impl Default for BatchLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for BatchLayer {
    type Service = Batch<S>;

    fn layer(&self, inner: S) -> Batch<S> {
        Batch::new(inner, self.limits)
    }
}
