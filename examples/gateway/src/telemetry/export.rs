use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::{sync::Arc, time::Duration};

use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use prometheus_client::metrics::counter::Counter;

/// How the export of spans goes. Clones share the counts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExportStats {
    /// Spans that the collector took.
    pub exported: Counter<u64, AtomicU64>,
    /// Spans that were lost: the queue was full, or their export failed.
    pub dropped: Counter<u64, AtomicU64>,
    /// Exports that failed.
    pub errors: Counter<u64, AtomicU64>,
    /// Spans that wait or are under way.
    waiting: Arc<AtomicUsize>,
}

impl ExportStats {
    /// Takes a place in the queue, or counts the span as dropped.
    pub(super) fn enter(&self, limit: usize) -> bool {
        let entered = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                (waiting < limit).then_some(waiting + 1)
            });
        if entered.is_err() {
            self.dropped.inc();
        }
        entered.is_ok()
    }

    fn leave(&self, spans: usize) {
        let _ = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                Some(waiting.saturating_sub(spans))
            });
    }
}

/// Counts what an exporter does.
#[derive(Debug)]
pub(super) struct Counted<E> {
    exporter: E,
    stats: ExportStats,
}

impl<E> Counted<E> {
    pub(super) const fn new(exporter: E, stats: ExportStats) -> Self {
        Self { exporter, stats }
    }
}

impl<E> SpanExporter for Counted<E>
where
    E: SpanExporter,
{
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        self.stats.leave(spans);
        match &result {
            Ok(()) => self.stats.exported.inc_by(spans as u64),
            Err(_) => {
                self.stats.dropped.inc_by(spans as u64);
                self.stats.errors.inc()
            }
        };
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
