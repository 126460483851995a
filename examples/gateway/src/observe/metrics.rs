use std::sync::atomic::AtomicU64;

use agentgateway_a2a::{A2aCall, TaskState};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use super::{ConfigMetrics, McpMetrics, ThreadMetrics, series::Series};
use crate::telemetry::ExportStats;

/// Buckets of the HTTP conventions, in seconds, with two more for long streams.
pub(super) const SECONDS: [f64; 16] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 60.0, 300.0,
];

/// Buckets of the GenAI conventions, in tokens.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// Labels of a finished exchange. Each is from a closed set, so that a client cannot grow them.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
#[non_exhaustive]
pub struct Labels {
    /// `a2a`, `mcp`, `llm` or `http`.
    pub protocol: &'static str,
    /// How it ended: `complete`, `truncated`, `failed`, `dropped` or `error`.
    pub outcome: &'static str,
}

/// Labels of a token count.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TokenLabels {
    gen_ai_token_type: &'static str,
}

/// Labels of a call of A2A. Operations and states are closed sets, and agents are those of the configuration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct A2aLabels {
    operation: String,
    agent: String,
    state: &'static str,
    binding: &'static str,
    version: &'static str,
}

/// Labels of a stream of A2A.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StreamLabels {
    agent: String,
}

/// The gateway's metrics, in the OpenMetrics text form.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Series<Labels, Counter>,
    seconds: Series<Labels, Histogram>,
    tokens: Series<TokenLabels, Histogram>,
    a2a: Family<A2aLabels, Counter>,
    first_events: Family<StreamLabels, Histogram, fn() -> Histogram>,
    mcp: McpMetrics,
    config: ConfigMetrics,
    threads: ThreadMetrics,
}

impl Metrics {
    /// Metrics that also tell how spans are exported.
    #[must_use]
    pub fn new(export: &ExportStats) -> Self {
        let mut registry = Registry::default();
        let requests =
            Family::<Labels, Counter, fn() -> Counter>::new_with_constructor(Counter::default);
        let seconds = Family::<Labels, Histogram, fn() -> Histogram>::new_with_constructor(|| {
            Histogram::new(SECONDS)
        });
        let tokens =
            Family::<TokenLabels, Histogram, fn() -> Histogram>::new_with_constructor(|| {
                Histogram::new(TOKENS)
            });
        let a2a = Family::<A2aLabels, Counter>::default();
        let first_events =
            Family::<StreamLabels, Histogram, fn() -> Histogram>::new_with_constructor(|| {
                Histogram::new(SECONDS)
            });
        let config = ConfigMetrics::default();
        config.register(&mut registry);
        let threads = ThreadMetrics::default();
        threads.register(&mut registry);
        let mcp = McpMetrics::default();
        mcp.register(&mut registry);
        registry.register(
            "agentgateway_requests",
            "Finished exchanges by protocol and outcome",
            requests.clone(),
        );
        registry.register(
            "agentgateway_request_duration_seconds",
            "From the parsed request to the end of the answer",
            seconds.clone(),
        );
        registry.register(
            "gen_ai_client_token_usage",
            "Tokens that providers reported",
            tokens.clone(),
        );
        registry.register(
            "agentgateway_a2a_calls",
            "Finished calls of A2A by operation, agent, the task's last state, and what the client speaks",
            a2a.clone(),
        );
        registry.register(
            "agentgateway_a2a_first_event_seconds",
            "From the parsed call of A2A to the first event of its stream",
            first_events.clone(),
        );
        registry.register(
            "otel_last_export_success_timestamp",
            "When a collector last took spans, in seconds since 1970",
            export.last_success.clone(),
        );
        let counters: [(&str, &str, &Counter<u64, AtomicU64>); 6] = [
            (
                "otel_spans_exported",
                "Spans that the collector took",
                &export.exported,
            ),
            (
                "otel_spans_dropped",
                "Spans lost: the queue was full, or an export failed",
                &export.dropped,
            ),
            ("otel_export_errors", "Exports that failed", &export.errors),
            (
                "agentgateway_expression_errors",
                "Evaluations of expressions that came to no value",
                &export.expression_errors,
            ),
            (
                "agentgateway_access_log_dropped",
                "Lines of access logs that were lost",
                &export.log_lines_dropped,
            ),
            (
                "agentgateway_log_dropped",
                "Lines of the log that were lost",
                &export.log_dropped,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        Self {
            registry,
            requests: Series::new(requests),
            seconds: Series::new(seconds),
            tokens: Series::new(tokens),
            a2a,
            first_events,
            mcp,
            config,
            threads,
        }
    }

    /// Counts one exchange.
    pub fn exchange(&self, labels: &Labels, seconds: f64) {
        self.requests.with(labels, Counter::inc);
        self.seconds.with(labels, |found| found.observe(seconds));
    }

    /// Counts what a provider reported. What was not told is not counted.
    #[expect(clippy::cast_precision_loss, reason = "no provider counts 2^52 tokens")]
    pub fn tokens(&self, input: Option<u64>, output: Option<u64>) {
        for (gen_ai_token_type, count) in [("input", input), ("output", output)] {
            if let Some(count) = count {
                let labels = TokenLabels { gen_ai_token_type };
                self.tokens
                    .with(&labels, |found| found.observe(count as f64));
            }
        }
    }

    /// Counts one call of A2A, which came to this state, and whose stream began so many seconds after it.
    pub fn a2a(&self, call: &A2aCall, state: Option<TaskState>, first_event: Option<f64>) {
        let agent = || call.agent().unwrap_or_default().to_owned();
        let labels = A2aLabels {
            operation: call.operation().as_str().to_owned(),
            agent: agent(),
            state: state.map_or("", TaskState::as_str),
            binding: call.binding().as_str(),
            version: call.version().as_str(),
        };
        self.a2a.get_or_create(&labels).inc();
        if let Some(seconds) = first_event {
            let labels = StreamLabels { agent: agent() };
            self.first_events.get_or_create(&labels).observe(seconds);
        }
    }

    /// What is told of calls of MCP.
    #[must_use]
    pub const fn mcp(&self) -> &McpMetrics {
        &self.mcp
    }

    /// What is told of the configuration.
    #[must_use]
    pub const fn config(&self) -> &ConfigMetrics {
        &self.config
    }

    /// What is told of the threads that serve.
    #[must_use]
    pub const fn threads(&self) -> &ThreadMetrics {
        &self.threads
    }

    /// The text that a scraper reads.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}
