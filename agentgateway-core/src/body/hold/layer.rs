use tower_layer::Layer;

use super::Hold;

/// Reads small bodies of requests into memory before they go on, so that layers inside can look at
/// them and send them twice.
///
/// Small is a body that says its length, and says no more than the limit. All others pass as they come:
/// one whose length nobody knows may be a stream that waits for an answer. Below a protocol layer each
/// call is in memory already; this is for routes without one.
///
/// # Errors
/// The inner service's. A body that fails while it is read goes on, and fails there.
///
/// # Readiness
/// Always: the inner service is waited for when the body is here, so that a slow upload holds no permit.
///
/// ```
/// # use agentgateway_core::body::{Body, HoldLayer, Peeked};
/// # use tower_layer::Layer;
/// # let inner = tower::service_fn(|_: http::Request<Peeked<Body>>| async { Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty())) });
/// let service = HoldLayer::new(64 * 1024).layer(inner);
/// # fn takes<S: tower_service::Service<http::Request<Body>>>(_: S) {}
/// # takes(service);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HoldLayer {
    limit_bytes: usize,
}

impl HoldLayer {
    /// Reads bodies of so many bytes at most.
    #[must_use]
    pub const fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes }
    }
}

impl<S> Layer<S> for HoldLayer {
    type Service = Hold<S>;

    fn layer(&self, inner: S) -> Hold<S> {
        Hold::new(inner, self.limit_bytes)
    }
}
