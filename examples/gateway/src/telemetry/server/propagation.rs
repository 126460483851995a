use std::str::FromStr;

use agentgateway_core::telemetry::{OtelPropagation, Propagate, TraceContext};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Ties remote spans in, and keeps whose request it is.
#[derive(Clone, Debug)]
pub(crate) struct GatewayPropagation {
    base: Context,
    otel: OtelPropagation,
}

impl GatewayPropagation {
    /// Spans begin in this context.
    pub(crate) const fn new(base: Context) -> Self {
        Self {
            base,
            otel: OtelPropagation::new(),
        }
    }
}

impl Propagate for GatewayPropagation {
    fn set_parent(&self, span: &Span, parent: &TraceContext) {
        // A span that is disabled or already begun cannot be given a parent; it then has none.
        let _ = span.set_parent(self.base.with_remote_span_context(remote(parent)));
    }

    fn add_link(&self, span: &Span, other: &TraceContext) {
        self.otel.add_link(span, other);
    }

    fn context(&self, span: &Span) -> Option<TraceContext> {
        self.otel.context(span)
    }
}

pub(super) fn remote(context: &TraceContext) -> SpanContext {
    let state = context
        .state()
        .and_then(|state| TraceState::from_str(state).ok());
    SpanContext::new(
        TraceId::from(context.trace_id()),
        SpanId::from(context.span_id()),
        TraceFlags::default().with_sampled(context.is_sampled()),
        true,
        state.unwrap_or_default(),
    )
}
