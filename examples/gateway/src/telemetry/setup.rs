use std::{env, io::IsTerminal, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, LevelFilter, Targets, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{ExportStats, export::Counted, queue::Bounded};

/// Spans that wait for export, when `OTEL_BSP_MAX_QUEUE_SIZE` does not say otherwise.
const QUEUE: usize = 2048;

/// How long the last export may take at shutdown.
const FLUSH: Duration = Duration::from_secs(5);

/// The installed logs and traces of this process.
#[derive(Debug)]
pub struct Tracing {
    provider: Option<SdkTracerProvider>,
    stats: ExportStats,
    endpoint: Option<String>,
}

/// Why tracing could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TracingError {
    /// The exporter's settings are wrong.
    #[error(
        "the OTLP exporter cannot be built from the OTEL_EXPORTER_OTLP_* variables; \
         an endpoint is written like http://localhost:4317"
    )]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Another subscriber is installed.
    #[error("a tracing subscriber is installed already")]
    Installed(#[from] tracing_subscriber::util::TryInitError),
}

impl Tracing {
    /// Installs logs on standard error (`RUST_LOG`, default `info`), and the export of spans where
    /// an endpoint is named. Must run within a tokio runtime.
    ///
    /// # Errors
    /// [`TracingError`].
    pub fn install() -> Result<Self, TracingError> {
        let stats = ExportStats::default();
        let endpoint = endpoint();
        let provider = endpoint.is_some().then(|| provider(&stats)).transpose()?;
        let mut layers = vec![logs()];
        // An absent layer is left out: a `None` among the layers would have every span recorded.
        layers.extend(provider.as_ref().map(spans));
        Registry::default().with(layers).try_init()?;
        Ok(Self {
            provider,
            stats,
            endpoint,
        })
    }

    /// How the export goes.
    #[must_use]
    pub const fn stats(&self) -> &ExportStats {
        &self.stats
    }

    /// Where spans go, or `None` when they are not recorded.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Sends what waits, within five seconds.
    pub async fn shutdown(self) {
        let Some(provider) = self.provider else {
            return;
        };
        // The SDK blocks its thread, which a runtime of one thread cannot spare.
        let flushed =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "the last spans could not be exported");
        }
    }
}

type BoxLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Events alone: formatting the fields of spans would cost every request.
fn logs() -> BoxLayer {
    let levels = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Without a hint, each `trace!` of every crate would be asked for at run time.
    let most = levels.max_level_hint().unwrap_or(LevelFilter::TRACE);
    let events = filter_fn(|meta| meta.is_event()).with_max_level_hint(most);
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // One filter for each layer: every one of them is asked whenever a span is touched.
    let filter = levels.and(events);
    if std::io::stderr().is_terminal() {
        logs.with_filter(filter).boxed()
    } else {
        logs.json().with_filter(filter).boxed()
    }
}

/// The spans of the gateway and its libraries.
fn spans(provider: &SdkTracerProvider) -> BoxLayer {
    let crates = [
        "agentgateway",
        "agentgateway_core",
        "agentgateway_a2a",
        "agentgateway_mcp",
        "agentgateway_llm",
    ];
    let own = crates.iter().fold(Targets::new(), |own, name| {
        own.with_target(*name, LevelFilter::INFO)
    });
    let spans = filter_fn(|meta| meta.is_span()).with_max_level_hint(LevelFilter::INFO);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("agentgateway"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        // Nothing here reads OpenTelemetry's own current context: whoever wants it asks the span.
        .with_context_activation(false)
        .with_filter(own.and(spans))
        .boxed()
}

/// The endpoint that the environment names for traces.
fn endpoint() -> Option<String> {
    let named = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    if named("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| named("OTEL_EXPORTER_OTLP_ENDPOINT"))
}

fn provider(stats: &ExportStats) -> Result<SdkTracerProvider, TracingError> {
    let exporter = SpanExporter::builder().with_tonic().build()?;
    let limit = env::var("OTEL_BSP_MAX_QUEUE_SIZE")
        .ok()
        .and_then(|value| value.parse().ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(QUEUE);
    let batches = BatchSpanProcessor::builder(Counted::new(exporter, stats.clone()))
        .with_batch_config(
            BatchConfigBuilder::default()
                .with_max_queue_size(limit)
                .build(),
        )
        .build();
    let name = env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "agentgateway".to_owned());
    let resource = Resource::builder().with_service_name(name).build();
    // The sampler is the SDK's own reading of OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG.
    Ok(SdkTracerProvider::builder()
        .with_span_processor(Bounded::new(batches, stats.clone(), limit))
        .with_resource(resource)
        .build())
}
