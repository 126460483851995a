use tower_layer::Layer;

use super::Traced;
use crate::telemetry::SocketTracing;

/// Decides which requests of a socket are traced, and opens their spans.
#[derive(Clone, Debug)]
pub struct TraceLayer(SocketTracing);

impl TraceLayer {
    pub(in crate::telemetry) const fn new(tracing: SocketTracing) -> Self {
        Self(tracing)
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced::new(inner, self.0.clone())
    }
}
