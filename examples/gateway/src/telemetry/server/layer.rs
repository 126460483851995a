use std::sync::Arc;

use tower_layer::Layer;

use super::Traced;
use crate::telemetry::{GatewayName, slot::Slot};

/// The tracing and the access log of one Gateway. Clones are the same; what rules it is replaced
/// beneath them.
#[derive(Clone, Debug)]
pub struct GatewayTracing(pub(in crate::telemetry) Arc<Slot>);

impl GatewayTracing {
    /// The Gateway.
    #[must_use]
    pub fn gateway(&self) -> &GatewayName {
        &self.0.name
    }

    /// The layer that decides on each request. Inside of it stands
    /// `TelemetryLayer::server().instrument(OpenedServer::default())`.
    #[must_use]
    pub fn layer(&self) -> TraceLayer {
        TraceLayer(self.clone())
    }
}

/// Decides which requests of a Gateway are traced, and opens their spans.
#[derive(Clone, Debug)]
pub struct TraceLayer(GatewayTracing);

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced::new(inner, self.0.clone())
    }
}
