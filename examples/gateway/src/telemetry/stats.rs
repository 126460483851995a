use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::metrics::{counter::Counter, gauge::Gauge};

/// The longest error text that is kept, in characters.
const MAX_ERROR_CHARS: usize = 400;

/// How the export of spans goes, over all collectors. Clones share the counts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExportStats {
    /// Spans that a collector took.
    pub exported: Counter<u64, AtomicU64>,
    /// Spans that were lost: the queue was full, their export failed, or a collector refused them.
    pub dropped: Counter<u64, AtomicU64>,
    /// Exports that failed.
    pub errors: Counter<u64, AtomicU64>,
    /// When a collector last took spans, in seconds since 1970; 0: never.
    pub last_success: Gauge<f64, AtomicU64>,
    /// Evaluations of expressions that came to no value.
    pub expression_errors: Counter<u64, AtomicU64>,
    /// Lines of access logs that were lost: whoever reads them is too slow, gone, or full.
    pub log_lines_dropped: Counter<u64, AtomicU64>,
    /// The same of the lines of the log.
    pub log_dropped: Counter<u64, AtomicU64>,
}

/// What became of the spans for one collector.
#[derive(Debug, Default)]
pub(super) struct Progress {
    totals: ExportStats,
    sent: AtomicU64,
    overflowed: AtomicU64,
    failed: AtomicU64,
    errors: AtomicU64,
    last: Mutex<Last>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    pub(super) success: Option<SystemTime>,
    pub(super) error: Option<(String, SystemTime)>,
    pub(super) consecutive_failures: u64,
}

/// The counts of one collector at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) sent: u64,
    pub(super) overflowed: u64,
    pub(super) failed: u64,
    pub(super) errors: u64,
    pub(super) last: Last,
}

impl Progress {
    pub(super) fn new(totals: ExportStats) -> Arc<Self> {
        Arc::new(Self {
            totals,
            ..Self::default()
        })
    }

    /// A span found the queue full.
    pub(super) fn overflowed(&self) {
        self.totals.dropped.inc();
        self.overflowed.fetch_add(1, Ordering::Relaxed);
    }

    /// Spans that will not be sent any more.
    pub(super) fn lost(&self, spans: usize) {
        self.totals.dropped.inc_by(spans as u64);
        self.failed.fetch_add(spans as u64, Ordering::Relaxed);
    }

    /// A collector took spans.
    pub(super) fn sent(&self, spans: usize) {
        self.totals.exported.inc_by(spans as u64);
        self.sent.fetch_add(spans as u64, Ordering::Relaxed);
        let now = SystemTime::now();
        let seconds = now.duration_since(UNIX_EPOCH);
        self.totals
            .last_success
            .set(seconds.map_or(0.0, |since| since.as_secs_f64()));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.success = Some(now);
        last.consecutive_failures = 0;
    }

    /// An export failed.
    pub(super) fn error(&self, text: &str) {
        self.totals.errors.inc();
        self.errors.fetch_add(1, Ordering::Relaxed);
        let text = text.chars().take(MAX_ERROR_CHARS).collect();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.error = Some((text, SystemTime::now()));
        last.consecutive_failures += 1;
    }

    /// The last export failed, too.
    pub(super) fn is_failing(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.consecutive_failures > 0
    }

    pub(super) fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Counts {
            sent: read(&self.sent),
            overflowed: read(&self.overflowed),
            failed: read(&self.failed),
            errors: read(&self.errors),
            last: last.clone(),
        }
    }
}
