//! What `explain tracing` tells.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer};

use super::{Scope, otlp::Pipeline, sampling::Described};

/// The tracing of a Gateway, or of one of its listeners, as it is now.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TracingReport {
    /// The Gateway, as `namespace/name`.
    pub gateway: String,
    /// The listener, where those of the Gateway differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener: Option<String>,
    /// The port, where this is about the requests that none of its listeners takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strays: Option<u16>,
    /// `on`, `off` or `denied`.
    pub state: &'static str,
    /// Who says so, and why.
    pub reason: String,
    /// Which requests are traced; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampler: Option<SamplerReport>,
    /// Where spans go; absent where they go nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exporter: Option<ExporterReport>,
    /// What looks wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl TracingReport {
    /// What it is about, in words.
    #[must_use]
    pub fn subject(&self) -> String {
        let gateway = &self.gateway;
        match (&self.listener, self.strays) {
            (Some(listener), _) => format!("Gateway {gateway}, listener {listener}"),
            (None, Some(port)) => format!("Gateway {gateway}, other hosts of port {port}"),
            (None, None) => format!("Gateway {gateway}"),
        }
    }
}

/// What is told of one listener, and where its spans go.
pub(super) struct Told {
    pub(super) scope: Scope,
    pub(super) report: TracingReport,
    pub(super) pipeline: Option<Arc<Pipeline>>,
}

impl Told {
    /// Whether the same can be said of both.
    fn is_like(&self, other: &Self) -> bool {
        let pipelines = [&self.pipeline, &other.pipeline].map(|it| it.as_ref().map(Arc::as_ptr));
        let of = |told: &Self| (told.report.state, told.report.reason.clone());
        pipelines[0] == pipelines[1] && of(self) == of(other)
    }
}

/// The reports, one for each Gateway whose listeners are alike. They come in the order of scopes.
pub(super) fn merged(told: &[Told]) -> Vec<TracingReport> {
    let mut reports = Vec::new();
    for own in told.chunk_by(|one, other| one.scope.gateway() == other.scope.gateway()) {
        match own {
            [first, rest @ ..] if rest.iter().all(|other| other.is_like(first)) => {
                reports.push(first.report.clone());
            }
            several => reports.extend(several.iter().map(|told| TracingReport {
                listener: told.scope.name().map(str::to_owned),
                strays: told.scope.port(),
                ..told.report.clone()
            })),
        }
    }
    reports
}

/// Which requests are traced, and who says so.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SamplerReport {
    /// Requests without a trace of their own.
    pub random: Described,
    /// Requests that come with a trace.
    pub client: Described,
    /// Which of the sampled are kept; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Described>,
}

/// How a collector is doing. Gateways with one collector and one resource share it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ExporterReport {
    /// Its URL.
    pub endpoint: String,
    /// `grpc` or `http/protobuf`.
    pub protocol: &'static str,
    /// Who named it.
    pub origin: String,
    /// Spans that wait now.
    pub waiting: usize,
    /// Spans that can wait.
    pub queue: usize,
    /// Spans that it took.
    pub sent: u64,
    /// Spans that found the queue full.
    pub dropped_queue_full: u64,
    /// Spans whose export failed.
    pub dropped_failed: u64,
    /// Exports that failed.
    pub errors: u64,
    /// Exports that failed since the last one that did not.
    pub consecutive_failures: u64,
    /// When it last took spans, in seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub last_success: Option<SystemTime>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When that was, in seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub last_error_at: Option<SystemTime>,
}

impl ExporterReport {
    pub(super) fn of(pipeline: &Pipeline, origin: String) -> Self {
        let (target, counts) = (pipeline.target(), pipeline.counts());
        let (last_error, last_error_at) = counts.last.error.unzip();
        Self {
            endpoint: target.url(),
            protocol: target.protocol_name(),
            origin,
            waiting: pipeline.waiting(),
            queue: target.batching.queue,
            sent: counts.sent,
            dropped_queue_full: counts.overflowed,
            dropped_failed: counts.failed,
            errors: counts.errors,
            consecutive_failures: counts.last.consecutive_failures,
            last_success: counts.last.success,
            last_error,
            last_error_at,
        }
    }
}

fn seconds<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|since| since.as_secs()).serialize(to)
}

/// `12 s ago`.
fn ago(time: Option<SystemTime>) -> String {
    let Some(time) = time else {
        return "never".to_owned();
    };
    let since: Duration = time.elapsed().unwrap_or_default();
    match since.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s ago"),
        seconds @ 120..=7199 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3600),
    }
}

/// Some lines, the first without indentation, each ended.
impl fmt::Display for TracingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: tracing {} ({})",
            self.subject(),
            self.state,
            self.reason
        )?;
        let line =
            |f: &mut fmt::Formatter<'_>, name: &str, text: &str| writeln!(f, "  {name:<10} {text}");
        if let Some(sampler) = &self.sampler {
            let told = |one: &Described| format!("{} ({})", one.text, one.origin);
            if sampler.random == sampler.client {
                line(f, "sampler", &told(&sampler.random))?;
            } else {
                line(
                    f,
                    "sampler",
                    &format!("new traces: {}", told(&sampler.random)),
                )?;
                line(
                    f,
                    "",
                    &format!("client's traces: {}", told(&sampler.client)),
                )?;
            }
            if let Some(filter) = &sampler.filter {
                line(f, "filter", &told(filter))?;
            }
        }
        if let Some(exporter) = &self.exporter {
            let endpoint = format!(
                "{} by {} ({})",
                exporter.endpoint, exporter.protocol, exporter.origin
            );
            line(f, "exporter", &endpoint)?;
            let mut counts = format!("sent {}", exporter.sent);
            let _ = write!(
                counts,
                ", dropped {} (queue full) and {} (failed), waiting {} of {}",
                exporter.dropped_queue_full,
                exporter.dropped_failed,
                exporter.waiting,
                exporter.queue
            );
            line(f, "spans", &counts)?;
            line(f, "last sent", &ago(exporter.last_success))?;
            if let Some(error) = &exporter.last_error {
                let told = format!(
                    "{error} ({}; {} failed in a row, {} in all)",
                    ago(exporter.last_error_at),
                    exporter.consecutive_failures,
                    exporter.errors
                );
                line(f, "last error", &told)?;
            }
        }
        for warning in &self.warnings {
            line(f, "warning", warning)?;
        }
        Ok(())
    }
}
