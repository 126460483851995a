use tower_layer::Layer;

use super::AccessLog;
use crate::telemetry::SocketTracing;

/// Writes a line for each exchange, where the policy of its listener asks for it.
///
/// It stands inside of [`TraceLayer`](crate::telemetry::TraceLayer), so that the line names the
/// trace. The line is written when the answer's body has ended, by a thread of its own; lines that
/// it cannot keep up with are counted and left out, and no request waits.
///
/// # Fields
/// `timestamp`, `agentgateway.gateway`, `http.request.method`, `url.path` (never the query),
/// `server.address`, `client.address`, `user_agent.original`, `network.protocol.version`,
/// `http.route`, `http.response.status_code`, `http.response.body.size` (where the head says it),
/// `http.server.request.duration` (seconds), `agentgateway.end`, `agentgateway.outcome` (of [`Outcome`](super::Outcome)),
/// `agentgateway.principal` (the caller's name), `agentgateway.decided_by` (the policy and the rule that refused),
/// `error.type`, `error.message` (what of an error is for the operator alone), `trace_id`. A policy adds and removes fields, also by what is known of the caller; credentials
/// read as `[redacted]`.
///
/// # Source
/// OpenTelemetry semantic conventions, HTTP.
#[derive(Clone, Debug)]
pub struct AccessLogLayer(SocketTracing);

impl AccessLogLayer {
    /// Logs for the listeners of this socket.
    #[must_use]
    pub const fn new(tracing: SocketTracing) -> Self {
        Self(tracing)
    }
}

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;

    fn layer(&self, inner: S) -> AccessLog<S> {
        AccessLog::new(inner, self.0.clone())
    }
}
