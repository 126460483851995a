use std::{
    collections::{BTreeMap, HashSet},
    convert::Infallible,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample};
use tokio::sync::mpsc;

use super::{
    AccessLogPolicy, Environment, ExportStats, GatewayName, GatewayTracing, TelemetrySettings,
    TracingReport, TracingState,
    access_log::{Log, Sink},
    logs::Logs,
    otlp::{Pipeline, Retired},
    plan::{On, Plan},
    processor::{Chooser, Ids, Router},
    report::{ExporterReport, SamplerReport},
    slot::{Mark, Rules, Slot, Slots, Verdicts},
    variables::Variables,
};

/// How long the end of the process waits for the last spans.
const LAST_WAIT: Duration = Duration::from_millis(2_500);

/// The most attributes of a span, where `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` says nothing.
const ATTRIBUTES: u32 = 128;

/// The logs and traces of this process. Clones are the same.
///
/// What it does is replaced while it runs, by [`apply`](Self::apply): exporter, resource, sampler
/// and attributes of each Gateway at once. A collector that stays keeps its exporter; one that goes
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
    tracing: BTreeMap<GatewayName, TracingState>,
    access_log: BTreeMap<GatewayName, AccessLogPolicy>,
    variables: Variables,
    told: HashSet<String>,
    pipelines: Vec<Weak<Pipeline>>,
    reports: BTreeMap<GatewayName, TracingReport>,
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
}

impl Tracing {
    /// Installs logs on standard error and the recording of spans, and applies the environment of
    /// the process. Must run within a tokio runtime.
    ///
    /// # Errors
    /// [`TracingError`].
    pub fn install() -> Result<Self, TracingError> {
        let tracing = Self::detached();
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
        let logs = Logs::install(&provider)?;
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
        for name in settings.tracing.keys().chain(settings.access_log.keys()) {
            self.slot(name);
        }
        for slot in &*self.0.slots.all() {
            self.rule(&mut state, slot);
        }
        state
            .pipelines
            .retain(|pipeline| pipeline.strong_count() > 0);
        warnings.extend(
            state
                .reports
                .values()
                .flat_map(|report| report.warnings.clone()),
        );
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

    /// The tracing of a Gateway, for its listeners.
    #[must_use]
    pub fn gateway(&self, name: &GatewayName) -> GatewayTracing {
        let mut state = self.state();
        let slot = match self.0.slots.find(name) {
            Some(slot) => slot,
            None => {
                let slot = self.slot(name);
                self.rule(&mut state, &slot);
                slot
            }
        };
        drop(state);
        self.record_spans();
        GatewayTracing(slot)
    }

    /// How tracing goes, by Gateway.
    #[must_use]
    pub fn report(&self) -> Vec<TracingReport> {
        let state = self.state();
        let slots = self.0.slots.all();
        let told = slots.iter().filter_map(|slot| {
            let mut report = state.reports.get(&slot.name)?.clone();
            if let (Some(rules), Some(exporter)) = (&*slot.rules.load(), &mut report.exporter) {
                let origin = mem::take(&mut exporter.origin);
                *exporter = ExporterReport::of(&rules.pipeline, origin);
            }
            Some(report)
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by(|one, other| one.gateway.cmp(&other.gateway));
        told
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

    /// Sends what waits, within two seconds, and records nothing more.
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
            sink.end().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The caller holds the state.
    fn slot(&self, name: &GatewayName) -> Arc<Slot> {
        let found = self.0.slots.find(name);
        found.unwrap_or_else(|| self.0.slots.add(name.clone()))
    }

    fn rule(&self, state: &mut State, slot: &Slot) {
        let tracing = state.tracing.get(&slot.name);
        let plan = Plan::of(
            tracing.unwrap_or(&TracingState::FromEnvironment),
            &state.variables,
        );
        let (rules, report) = match plan {
            Plan::Off { state, reason } => (None, silent(&slot.name, state, reason)),
            Plan::On(on) => {
                let mark = Mark::new(&self.0.slots, slot.index);
                state.trace(slot, *on, mark, &self.0.stats)
            }
        };
        // Where nothing is recorded, what stands in the report is all that there is.
        let rules = rules.filter(|_| self.0.logs.is_some());
        slot.rules.store(rules.map(Arc::new));
        state.reports.insert(slot.name.clone(), report);
        let log = state.access_log.get(&slot.name).cloned().map(|policy| {
            let sink = state.sink.get_or_insert_with(Sink::start).clone();
            Arc::new(Log::new(
                policy,
                slot.name.clone(),
                sink,
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

fn silent(gateway: &GatewayName, state: &'static str, reason: String) -> TracingReport {
    TracingReport {
        gateway: gateway.to_string(),
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
            reports: BTreeMap::new(),
            retired: Some(retired),
            ends: Some(ends),
            sink: None,
        }
    }

    /// The rules of a Gateway that is traced.
    fn trace(
        &mut self,
        slot: &Slot,
        on: On,
        mark: Mark,
        stats: &ExportStats,
    ) -> (Option<Rules>, TracingReport) {
        let mut report = silent(&slot.name, "on", on.reason.clone());
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
            gateway: slot.name.to_string().into(),
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
