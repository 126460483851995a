//! The subscriber: log lines on standard error or in a file, and spans.
//!
//! A thread writes the lines: whoever reads them may be slow, or gone, and no request waits for it.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Event, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, filter_fn},
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Full, Json, Writer},
    },
    layer::{Context, Filter, SubscriberExt},
    registry::LookupSpan,
    reload,
    util::{SubscriberInitExt, TryInitError},
};

use super::{
    Environment, LogFormat, Logging,
    sink::{Lines, Sink},
};

/// The crates whose spans are recorded.
const CRATES: [&str; 5] = [
    "agentgateway",
    "agentgateway_core",
    "agentgateway_a2a",
    "agentgateway_mcp",
    "agentgateway_llm",
];

/// The level without a word of anybody's.
const USUAL: &str = "info";

/// What levels are, in words.
pub(crate) const LEVELS: &str =
    "levels such as info, or agentgateway=debug,hyper=warn for single crates";

/// Whether a text says levels of log lines.
pub(crate) fn is_level(text: &str) -> bool {
    EnvFilter::builder().parse(text).is_ok()
}

/// What of the subscriber can be changed while it runs.
#[derive(Clone)]
pub(super) struct Logs {
    levels: reload::Handle<EnvFilter, Registry>,
    json: Arc<AtomicBool>,
    spans: Arc<AtomicBool>,
    sink: Sink,
    /// Where words for people go, when lines go to a file.
    words: Option<Sink>,
}

type BoxLayer = Box<dyn Layer<Registry> + Send + Sync>;

impl Logs {
    /// Installs the subscriber of this process, whose lines go to `sink`. Words go there too, where
    /// they have no place of their own.
    pub(super) fn install(
        provider: &SdkTracerProvider,
        sink: Sink,
        words: Option<Sink>,
    ) -> Result<Self, TryInitError> {
        let (levels, handle) = reload::Layer::new(EnvFilter::new(USUAL));
        let logs = Self {
            levels: handle,
            json: Arc::new(AtomicBool::new(!sink.is_text())),
            spans: Arc::default(),
            sink,
            words,
        };
        // Events alone: formatting the fields of spans would cost every request.
        // Without a hint, each `trace!` of every crate would be asked for at run time.
        let events = filter_fn(|meta| meta.is_event()).with_max_level_hint(LevelFilter::TRACE);
        let sink = logs.sink.clone();
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(move || Lines(sink.clone()))
            .with_ansi(logs.sink.is_text())
            .event_format(Switch::new(logs.json.clone()))
            .with_filter(events.and(levels))
            .boxed();
        let layers: Vec<BoxLayer> = vec![lines, spans(provider, logs.spans.clone())];
        Registry::default().with(layers).try_init()?;
        Ok(logs)
    }

    /// Sets level and format. Returns what is wrong with them.
    pub(super) fn set(&self, logging: &Logging, environment: &Environment) -> Option<String> {
        let (text, origin) = match (environment.get("RUST_LOG"), &logging.level) {
            (Some(found), _) => (found.value(), format!("RUST_LOG of {}", found.origin())),
            (None, Some(level)) => (level.as_str(), "logging.level".to_owned()),
            (None, None) => (USUAL, String::new()),
        };
        let (levels, wrong) = match EnvFilter::builder().parse(text) {
            Ok(levels) => (levels, None),
            Err(error) => {
                let told = format!("{origin} is not valid: {error}; {USUAL} is used");
                (EnvFilter::new(USUAL), Some(told))
            }
        };
        let json = match logging.format {
            Some(format) => format == LogFormat::Json,
            None => !self.sink.is_text(),
        };
        self.json.store(json, Ordering::Relaxed);
        // This fails only when the subscriber is gone.
        let _ = self.levels.reload(levels);
        wrong
    }

    /// Says these words as they are: among the lines, unless these go to a file.
    pub(super) fn tell(&self, words: String) {
        let sink = self.words.as_ref().unwrap_or(&self.sink);
        sink.write(words.into_bytes());
    }

    /// Waits, for a second at most, until what was said is written.
    pub(super) async fn flush(&self) {
        self.sink.flush().await;
        if let Some(words) = &self.words {
            words.flush().await;
        }
    }

    /// Where other lines go, when there is a file.
    pub(super) fn file(&self) -> Option<&Sink> {
        self.words.is_some().then_some(&self.sink)
    }

    /// Records spans, or none: then none costs more than a branch.
    pub(super) fn record_spans(&self, on: bool) {
        if self.spans.swap(on, Ordering::Relaxed) != on {
            // Asks every place anew whether it is of interest.
            let _ = self.levels.modify(|_| ());
        }
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").finish_non_exhaustive()
    }
}

fn spans(provider: &SdkTracerProvider, on: Arc<AtomicBool>) -> BoxLayer {
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("agentgateway"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        // Nothing here reads OpenTelemetry's own current context: whoever wants it asks the span.
        .with_context_activation(false)
        .with_filter(Spans(on))
        .boxed()
}

/// The spans of the gateway and its libraries, within requests that are traced.
struct Spans(Arc<AtomicBool>);

impl Spans {
    fn is_own(&self, meta: &Metadata<'_>) -> bool {
        let root = meta.target().split("::").next().unwrap_or_default();
        self.0.load(Ordering::Relaxed)
            && (meta.is_span() && *meta.level() <= LevelFilter::INFO || is_state(meta))
            && CRATES.contains(&root)
    }
}

impl<S> Filter<S> for Spans
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn enabled(&self, meta: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        // Where the request is not traced there is no span around, and none is wanted inside; but
        // an MCP message may bring a trace of its own.
        // An event of a state names its span, which may not be the current one.
        matches!(meta.name(), "http.server" | "mcp.server")
            || is_state(meta)
            || context.lookup_current().is_some()
    }

    fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        if self.is_own(meta) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // That of the events of states.
        Some(LevelFilter::DEBUG)
    }
}

/// Whether this tells that a task has come to a state, which is written into its call's span.
fn is_state(meta: &Metadata<'_>) -> bool {
    meta.is_event() && meta.target() == "agentgateway_a2a::states"
}

/// JSON or text, as was said last.
struct Switch {
    json: Format<Json>,
    text: Format<Full>,
    is_json: Arc<AtomicBool>,
}

impl Switch {
    fn new(is_json: Arc<AtomicBool>) -> Self {
        Self {
            json: Format::default()
                .json()
                .with_current_span(false)
                .with_span_list(false),
            text: Format::default(),
            is_json,
        }
    }
}

impl<S, N> FormatEvent<S, N> for Switch
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if self.is_json.load(Ordering::Relaxed) {
            // Colours would break the object.
            let mut line = String::new();
            self.json
                .format_event(context, Writer::new(&mut line), event)?;
            writer.write_str(&line)
        } else {
            self.text.format_event(context, writer, event)
        }
    }
}
