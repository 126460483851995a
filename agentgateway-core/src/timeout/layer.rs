use http::Extensions;
use tower_layer::Layer;

use super::{Clocks, Timeout};

/// Ends what takes too long: with an error before the head, within the body behind it.
///
/// See the [module](crate::timeout) for what it does.
#[derive(Clone, Copy, Debug)]
pub struct TimeoutLayer {
    pub(super) clocks: Clocks,
    pub(super) streams: fn(&Extensions) -> bool,
}

impl TimeoutLayer {
    /// Keeps these clocks. Every answer counts as a stream.
    #[must_use]
    pub const fn new(clocks: Clocks) -> Self {
        Self {
            clocks,
            streams: |_| true,
        }
    }

    /// Asks the request's extensions whether its answer is a stream. Default: each is.
    #[must_use]
    pub const fn streams(mut self, streams: fn(&Extensions) -> bool) -> Self {
        self.streams = streams;
        self
    }
}

impl<S> Layer<S> for TimeoutLayer {
    type Service = Timeout<S>;

    fn layer(&self, inner: S) -> Timeout<S> {
        Timeout::new(inner, *self)
    }
}
