use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    convert::Infallible,
    io::{self, IsTerminal},
    mem,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use agentgateway_core::route::Hostname;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample};
use tokio::sync::mpsc;

use super::{
    AccessLogPolicy, Environment, ExportStats, Scope, SocketTracing, TelemetrySettings,
    TracingReport, TracingState,
    access_log::Log,
    log_file::LogFile,
    logs::Logs,
    otlp::{Pipeline, Retired},
    plan::{On, Plan},
    processor::{Chooser, Ids, Router},
    report::{ExporterReport, SamplerReport, Told, merged},
    sink::Sink,
    slot::{Known, Mark, Rules, Slot, Slots, Verdicts},
    socket::Listeners,
    variables::Variables,
};

/// How long the end of the process waits for the last spans.
const LAST_WAIT: Duration = Duration::from_millis(2_500);

/// The most attributes of a span, where `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` says nothing.
const ATTRIBUTES: u32 = 128;

/// The logs and traces of this process. Clones are the same.
///
/// What it does is replaced while it runs, by [`apply`](Self::apply): exporter, resource, sampler
/// and attributes of each listener at once. A collector that stays keeps its exporter; one that goes
/// is sent what waits for it, in the background and within two seconds.
#[derive(Clone, Debug)]
pub struct Tracing(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    slots: Arc<Slots>,
    stats: ExportStats,
    logs: Option<Logs>,
    state: Mutex<State>,
}

/// What was applied last.
#[derive(Debug)]
struct State {
    tracing: BTreeMap<Scope, TracingState>,
    access_log: BTreeMap<Scope, AccessLogPolicy>,
    variables: Variables,
    told: HashSet<String>,
    pipelines: Vec<Weak<Pipeline>>,
    known: Known,
    reports: BTreeMap<Scope, TracingReport>,
    /// What settings have named, now or before.
    told_of: BTreeSet<Scope>,
    retired: Option<Retired>,
    ends: Option<mpsc::Receiver<Infallible>>,
    sink: Option<Sink>,
}

/// Why tracing could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TracingError {
    /// Another subscriber is installed.
    #[error("a tracing subscriber is installed already")]
    Installed(#[from] tracing_subscriber::util::TryInitError),
    /// The file of the logs cannot be had.
    #[error("the log file {} cannot be appended to", path.display())]
    LogFile {
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Tracing {
    /// Installs logs on standard error and the recording of spans, and applies the environment of
    /// the process. Must run within a tokio runtime.
    ///
    /// # Errors
    /// [`TracingError`].
    pub fn install() -> Result<Self, TracingError> {
        let tracing = Self::detached();
        let sink = tracing.standard_error("log");
        tracing.installed(sink, None)
    }

    /// The same with logs and access logs in a file, as JSON. What is [told](Self::tell) stays on
    /// standard error.
    ///
    /// It is appended to, and created with mode 0640. Within a second of being moved away or deleted
    /// it is opened anew; as long as it cannot be had, lines are lost, and counted.
    ///
    /// # Errors
    /// [`TracingError`].
    pub fn install_into(path: &Path) -> Result<Self, TracingError> {
        let file = LogFile::open(path.to_owned());
        let file = file.map_err(|source| TracingError::LogFile {
            path: path.to_owned(),
            source,
        })?;
        let tracing = Self::detached();
        let lost = tracing.0.stats.log_dropped.clone();
        let words = tracing.standard_error("words");
        tracing.installed(Sink::to(file, "log", lost, false), Some(words))
    }

    fn standard_error(&self, name: &str) -> Sink {
        let lost = self.0.stats.log_dropped.clone();
        Sink::to(io::stderr(), name, lost, io::stderr().is_terminal())
    }

    /// This one with a subscriber, whose lines go to `sink`.
    fn installed(self, sink: Sink, words: Option<Sink>) -> Result<Self, TracingError> {
        let tracing = self;
        let slots = &tracing.0.slots;
        let sampler: Box<dyn ShouldSample> = Box::new(Chooser(slots.clone()));
        let environment = Environment::of_process();
        let limit = environment.value("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT");
        let limit = limit
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(ATTRIBUTES);
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_id_generator(Ids::default())
            .with_span_processor(Router(slots.clone()))
            // One more, for the mark that is taken off again.
            .with_max_attributes_per_span(limit.saturating_add(1))
            .build();
        let logs = Logs::install(&provider, sink, words)?;
        let shared = Shared {
            slots: tracing.0.slots.clone(),
            stats: tracing.0.stats.clone(),
            logs: Some(logs),
            state: Mutex::new(State::new()),
        };
        let tracing = Self(Arc::new(shared));
        let settings = TelemetrySettings {
            environment,
            ..TelemetrySettings::default()
        };
        tracing.apply(&settings);
        Ok(tracing)
    }

    /// Records nothing and installs nothing: for a gateway within a process that has its own
    /// subscriber, and for tests.
    #[must_use]
    pub fn detached() -> Self {
        Self(Arc::new(Shared {
            slots: Arc::default(),
            stats: ExportStats::default(),
            logs: None,
            state: Mutex::new(State::new()),
        }))
    }

    /// Replaces everything that was applied before. Returns a sentence for each setting that is
    /// wrong; each is logged once. Must run within a tokio runtime.
    pub fn apply(&self, settings: &TelemetrySettings) -> Vec<String> {
        let (variables, mut warnings) = Variables::read(&settings.environment);
        if let Some(logs) = &self.0.logs {
            warnings.extend(logs.set(&settings.logging, &settings.environment));
        }
        let mut state = self.state();
        state.tracing = settings.tracing.clone();
        state.access_log = settings.access_log.clone();
        state.variables = variables;
        let named = settings.tracing.keys().chain(settings.access_log.keys());
        let named: BTreeSet<&Scope> = named.collect();
        let scopes = named.iter().copied();
        self.0.slots.extend(&mut state.known, scopes);
        for slot in &*self.0.slots.all() {
            self.rule(&mut state, slot);
        }
        // What is gone is told no more; what it has under way ends as it began. A listener that only a
        // socket has named is not gone.
        state.told_of.extend(named.iter().copied().cloned());
        let State {
            reports, told_of, ..
        } = &mut *state;
        reports.retain(|scope, _| named.contains(scope) || !told_of.contains(scope));
        state
            .pipelines
            .retain(|pipeline| pipeline.strong_count() > 0);
        let of_listeners: BTreeSet<_> = state
            .reports
            .values()
            .flat_map(|report| report.warnings.iter().cloned())
            .collect();
        warnings.extend(of_listeners);
        let fresh: Vec<_> = warnings
            .iter()
            .filter(|warning| state.told.insert((*warning).clone()))
            .cloned()
            .collect();
        // Logging may come back here.
        drop(state);
        self.record_spans();
        for warning in fresh {
            tracing::warn!("{warning}");
        }
        warnings
    }

    /// The tracing of a socket with these listeners, and of what none of them takes.
    #[must_use]
    pub fn socket(&self, listeners: &[(Option<Hostname>, Scope)], strays: &Scope) -> SocketTracing {
        let mut state = self.state();
        let slots = listeners.iter().map(|(hostname, scope)| {
            let slot = self.slot(&mut state, scope);
            (hostname.clone(), slot)
        });
        let slots: Vec<_> = slots.collect();
        let listeners = Listeners::new(slots, || self.slot(&mut state, strays));
        drop(state);
        self.record_spans();
        SocketTracing::new(listeners)
    }

    /// The tracing of a socket with one listener that takes every request.
    #[must_use]
    pub fn scope(&self, listener: &Scope) -> SocketTracing {
        self.socket(&[(None, listener.clone())], listener)
    }

    /// How tracing goes, by Gateway, and by listener where those of a Gateway differ.
    #[must_use]
    pub fn report(&self) -> Vec<TracingReport> {
        let state = self.state();
        let told = state.reports.iter().filter_map(|(scope, report)| {
            let slot = state.known.get(scope)?;
            let pipeline = slot
                .rules
                .load()
                .as_ref()
                .map(|rules| rules.pipeline.clone());
            let mut report = report.clone();
            if let (Some(pipeline), Some(exporter)) = (&pipeline, &mut report.exporter) {
                let origin = mem::take(&mut exporter.origin);
                *exporter = ExporterReport::of(pipeline, origin);
            }
            Some(Told {
                scope: scope.clone(),
                report,
                pipeline,
            })
        });
        merged(&told.collect::<Vec<_>>())
    }

    /// How the export goes, over all collectors.
    #[must_use]
    pub fn stats(&self) -> &ExportStats {
        &self.0.stats
    }

    /// Where the environment has spans go, or `None` when it names no endpoint.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        let state = self.state();
        let named = state.variables.endpoint.as_ref();
        let named = named.filter(|_| !state.variables.disabled)?;
        Some(named.target.to_string())
    }

    /// Says these words on standard error, behind the lines that were logged before. Nobody waits
    /// for it. A gateway that has installed no logs says nothing.
    pub fn tell(&self, words: impl Into<String>) {
        if let Some(logs) = &self.0.logs {
            logs.tell(words.into());
        }
    }

    /// Waits, for a second at most, until all that was logged and told is written.
    pub async fn flush(&self) {
        if let Some(logs) = &self.0.logs {
            logs.flush().await;
        }
    }

    /// Sends what waits, within two seconds, and records nothing more. What is logged and told is
    /// still written: [`flush`](Self::flush) waits for it.
    pub async fn shutdown(self) {
        let (ends, sink) = {
            let mut state = self.state();
            for slot in &*self.0.slots.all() {
                slot.rules.store(None);
                slot.log.store(None);
            }
            state.retired = None;
            (state.ends.take(), state.sink.take())
        };
        self.record_spans();
        if let Some(mut ends) = ends {
            // Nothing is ever sent: the last task that ends closes it.
            let _ = tokio::time::timeout(LAST_WAIT, ends.recv()).await;
        }
        if let Some(sink) = sink {
            sink.flush().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of a listener; one that is new is ruled by what was applied last.
    fn slot(&self, state: &mut State, scope: &Scope) -> Arc<Slot> {
        let slot = self.0.slots.slot(&mut state.known, scope);
        if !state.reports.contains_key(scope) {
            self.rule(state, &slot);
        }
        slot
    }

    fn rule(&self, state: &mut State, slot: &Slot) {
        let tracing = state.tracing.get(&slot.scope);
        let plan = Plan::of(
            tracing.unwrap_or(&TracingState::FromEnvironment),
            &state.variables,
        );
        let (rules, report) = match plan {
            Plan::Off { state, reason } => (None, silent(&slot.scope, state, reason)),
            Plan::On(on) => {
                let mark = Mark::new(&self.0.slots, slot.index);
                state.trace(slot, *on, mark, &self.0.stats)
            }
        };
        // Where nothing is recorded, what stands in the report is all that there is.
        let rules = rules.filter(|_| self.0.logs.is_some());
        slot.rules.store(rules.map(Arc::new));
        state.reports.insert(slot.scope.clone(), report);
        let log = state.access_log.get(&slot.scope).cloned().map(|policy| {
            let sink = state.sink.get_or_insert_with(|| {
                let lost = self.0.stats.log_lines_dropped.clone();
                if let Some(file) = self.0.logs.as_ref().and_then(Logs::file) {
                    return file.counting(lost);
                }
                let text = io::stdout().is_terminal();
                Sink::to(io::stdout(), "access-log", lost, text)
            });
            Arc::new(Log::new(
                policy,
                slot.scope.gateway().clone(),
                sink.clone(),
                self.0.stats.clone(),
            ))
        });
        slot.log.store(log);
    }

    fn record_spans(&self) {
        let slots = self.0.slots.all();
        let any = slots.iter().any(|slot| slot.rules.load().is_some());
        if let Some(logs) = &self.0.logs {
            logs.record_spans(any);
        }
    }
}

fn silent(scope: &Scope, state: &'static str, reason: String) -> TracingReport {
    TracingReport {
        gateway: scope.gateway().to_string(),
        listener: None,
        strays: None,
        state,
        reason,
        sampler: None,
        exporter: None,
        warnings: Vec::new(),
    }
}

impl State {
    fn new() -> Self {
        let (retired, ends) = mpsc::channel(1);
        Self {
            tracing: BTreeMap::new(),
            access_log: BTreeMap::new(),
            variables: Variables::read(&Environment::empty()).0,
            told: HashSet::new(),
            pipelines: Vec::new(),
            known: Known::new(),
            reports: BTreeMap::new(),
            told_of: BTreeSet::new(),
            retired: Some(retired),
            ends: Some(ends),
            sink: None,
        }
    }

    /// The rules of a listener that is traced.
    fn trace(
        &mut self,
        slot: &Slot,
        on: On,
        mark: Mark,
        stats: &ExportStats,
    ) -> (Option<Rules>, TracingReport) {
        let mut report = silent(&slot.scope, "on", on.reason.clone());
        report.warnings.clone_from(&on.warnings);
        report.sampler = Some(SamplerReport {
            random: on.sampling.random_described.clone(),
            client: on.sampling.client_described.clone(),
            filter: on.filter_described.clone(),
        });
        let url = on.target.url();
        let pipeline = match self.pipeline(on.target, stats) {
            Ok(pipeline) => pipeline,
            Err(wrong) => {
                report.state = "off";
                report
                    .warnings
                    .push(format!("spans cannot be sent to {url}: {wrong}"));
                return (None, report);
            }
        };
        report.exporter = Some(ExporterReport::of(&pipeline, on.origin));
        let (sampled, inside) = Rules::contexts(&mark);
        let rules = Rules {
            gateway: slot.scope.gateway().to_string().into(),
            sampling: on.sampling,
            filter: on.filter,
            early: on.early,
            late: on.late,
            remove: on.remove,
            propagates: on.propagates,
            pipeline,
            stats: stats.clone(),
            verdicts: Verdicts::default(),
            sampled,
            inside,
            mark,
        };
        (Some(rules), report)
    }

    /// The pipeline to this target: the one that is there, or a new one.
    fn pipeline(
        &mut self,
        target: super::otlp::Target,
        stats: &ExportStats,
    ) -> Result<Arc<Pipeline>, String> {
        let mut alive = self.pipelines.iter().filter_map(Weak::upgrade);
        if let Some(found) = alive.find(|pipeline| *pipeline.target() == target) {
            return Ok(found);
        }
        let retired = self.retired.clone().ok_or("the gateway is ending")?;
        let pipeline = Arc::new(Pipeline::start(target, stats, retired)?);
        self.pipelines.push(Arc::downgrade(&pipeline));
        Ok(pipeline)
    }
}
