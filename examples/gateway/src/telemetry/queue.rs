use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor},
};

use super::ExportStats;

/// Bounds the spans that wait, and counts those that do not fit.
///
/// The SDK's processor has the same bound and tells its losses only at shutdown.
#[derive(Debug)]
pub(super) struct Bounded {
    inner: BatchSpanProcessor,
    stats: ExportStats,
    limit: usize,
}

impl Bounded {
    pub(super) const fn new(inner: BatchSpanProcessor, stats: ExportStats, limit: usize) -> Self {
        Self {
            inner,
            stats,
            limit,
        }
    }
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.stats.enter(self.limit) {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
