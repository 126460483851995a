use std::str::FromStr;

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Propagate, TraceContext};

/// Propagation for applications whose subscriber holds a `tracing-opentelemetry` layer.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct OtelPropagation;

impl OtelPropagation {
    /// Reads and writes the OpenTelemetry context of `tracing` spans.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Propagate for OtelPropagation {
    fn set_parent(&self, span: &Span, parent: &TraceContext) {
        let context = Context::new().with_remote_span_context(remote(parent));
        // A span that is disabled or already begun cannot be given a parent; it then has none.
        let _ = span.set_parent(context);
    }

    fn add_link(&self, span: &Span, other: &TraceContext) {
        span.add_link(remote(other));
    }

    fn context(&self, span: &Span) -> Option<TraceContext> {
        if span.is_disabled() {
            return None;
        }
        let context = span.context();
        let current = context.span().span_context().clone();
        let trace_id = u128::from_be_bytes(current.trace_id().to_bytes());
        let span_id = u64::from_be_bytes(current.span_id().to_bytes());
        let state = current.trace_state().header();
        Some(TraceContext::new(trace_id, span_id, current.is_sampled())?.with_state(Some(&state)))
    }
}

fn remote(context: &TraceContext) -> SpanContext {
    let flags = if context.is_sampled() {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    SpanContext::new(
        TraceId::from(context.trace_id()),
        SpanId::from(context.span_id()),
        flags,
        true,
        context
            .state()
            .and_then(|state| TraceState::from_str(state).ok())
            .unwrap_or_default(),
    )
}
