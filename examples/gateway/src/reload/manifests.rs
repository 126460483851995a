use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::{Account, Candidate, Digest, Load, Read, Refused, StatusOf};
use crate::{
    assemble::{self, Parts},
    config::{
        Directory, File, Fingerprint, LoadOptions, Loaded, Source,
        compile::{Claim, Facts},
        load,
        object::Store,
        snapshot::{Gateway, Parameters, Protocol, Snapshot},
        status::{Bound, StatusSet, Timestamp, status},
    },
    gateway::DrainTimes,
    overview::overview,
    telemetry::{Environment, GatewayName, LogFormat, TelemetrySettings},
};

/// Manifests in a directory.
#[derive(Debug)]
pub struct Manifests {
    directory: Directory,
    parts: Parts,
    only: Vec<String>,
    options: LoadOptions,
    /// The status as it was last said: what has not changed keeps its times.
    said: Arc<Mutex<Option<StatusSet>>>,
}

impl Manifests {
    /// Reads this directory; its stacks are made of these parts.
    #[must_use]
    pub fn new(directory: Directory, parts: Parts) -> Self {
        Self {
            directory,
            parts,
            only: Vec::new(),
            options: LoadOptions::default(),
            said: Arc::default(),
        }
    }

    /// Serves only the listeners of these names. Default: all.
    #[must_use]
    pub fn only(mut self, names: &[String]) -> Self {
        self.only = names.to_vec();
        self
    }

    /// Reads and compiles with these options.
    #[must_use]
    pub fn options(mut self, options: LoadOptions) -> Self {
        self.options = options;
        self
    }
}

impl Load for Manifests {
    type Text = Vec<File>;

    fn read(&mut self) -> Read<Vec<File>> {
        match self.directory.read() {
            Ok(files) => Read {
                fingerprint: Fingerprint::of(&files).to_string(),
                text: Ok(files),
            },
            Err(report) => {
                let refused = Refused::from(report);
                Read {
                    fingerprint: format!("unreadable: {:?}", Digest::of(&refused.problems)),
                    text: Err(refused),
                }
            }
        }
    }

    fn validate(&mut self, files: Vec<File>) -> Result<Candidate, Refused> {
        let loaded = load(&files[..], &self.options)?;
        let plan = assemble::plan(&loaded.compiled.snapshot, &self.parts);
        let mut candidate = Candidate::new(plan.only(&self.only).map_err(Refused::new)?);
        describe(&mut candidate, &loaded);
        self.options.generations = loaded.store.generations().clone();
        self.options.compile.last_certificates = loaded.compiled.certificates();
        let facts = Arc::new(loaded.compiled.facts);
        candidate.status = Some(status_of(Arc::clone(&facts), Arc::clone(&self.said)));
        let snapshot = Arc::new(loaded.compiled.snapshot);
        candidate.account = Some(account(snapshot, loaded.store, facts));
        Ok(candidate)
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.directory.paths().map(PathBuf::from).collect()
    }
}

/// All that is told of a candidate beside its plan.
fn describe(candidate: &mut Candidate, loaded: &Loaded) {
    let (snapshot, facts) = (&loaded.compiled.snapshot, &loaded.compiled.facts);
    let documents = loaded.documents.iter();
    candidate.documents = documents.map(|it| it.root.to_json()).collect();
    for object in loaded.store.iter() {
        let name = object.reference.to_string();
        candidate.generations.insert(name, object.generation);
    }
    candidate.unprogrammed = unprogrammed(facts);
    candidate.credentials = credentials(facts, snapshot);
    candidate.drain = drain(snapshot);
    candidate.telemetry = telemetry(snapshot);
    for gateway in &snapshot.gateways {
        let Some(of) = &gateway.parameters.reference else {
            continue;
        };
        for variable in &gateway.parameters.env {
            if !is_live(&variable.name) {
                let field = format!("{of}: spec.env {}", variable.name);
                let digest = Digest::of(&variable.value.expose());
                candidate.fixed.insert(field, digest);
            }
        }
    }
}

/// Whether a change of this variable counts while the process runs.
fn is_live(name: &str) -> bool {
    name.starts_with("OTEL_") || name == "RUST_LOG"
}

fn unprogrammed(facts: &Facts) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (gateway, of) in &facts.gateways {
        for listener in of.listeners.iter().filter(|listener| !listener.served) {
            let claims = [&of.accepted, &listener.accepted, &listener.resolved];
            let broken = claims.into_iter().find(|claim| !claim.holds());
            let why = broken.unwrap_or(&listener.conflicted).message.clone();
            let name = format!("{}/{}/{}", gateway.namespace, gateway.name, listener.name);
            found.insert(name, why);
        }
    }
    found
}

/// Certificates and credentials: whether each that is asked for can be had.
fn credentials(facts: &Facts, snapshot: &Snapshot) -> BTreeMap<String, Result<(), String>> {
    let mut found = BTreeMap::new();
    let lacks = |claim: &Claim, reason: &str| !claim.holds() && claim.reason == reason;
    for (gateway, of) in &facts.gateways {
        for listener in &of.listeners {
            if lacks(&listener.resolved, "InvalidCertificateRef") {
                let name = format!("{gateway}, listener {}", listener.name);
                found.insert(name, Err(listener.resolved.message.clone()));
            }
        }
    }
    for gateway in &snapshot.gateways {
        for listener in &gateway.listeners {
            if matches!(listener.protocol, Protocol::Https(_)) {
                let name = format!("{}, listener {}", gateway.reference, listener.name);
                found.entry(name).or_insert(Ok(()));
            }
        }
    }
    for (backend, of) in &facts.backends {
        let broken = of.claims.iter().find(|claim| !claim.holds());
        match broken {
            Some(claim) if claim.message.contains("Secret") => {
                found.insert(backend.to_string(), Err(claim.message.clone()))
            }
            _ => found.insert(backend.to_string(), Ok(())),
        };
    }
    found
}

fn drain(snapshot: &Snapshot) -> DrainTimes {
    let of = |time: fn(&Parameters) -> Option<Duration>| {
        let all = snapshot.gateways.iter();
        all.filter_map(|gateway| time(&gateway.parameters)).max()
    };
    DrainTimes {
        delay: of(|parameters| parameters.shutdown_min),
        deadline: of(|parameters| parameters.shutdown_max),
    }
}

/// Where spans and records go.
pub(crate) fn telemetry(snapshot: &Snapshot) -> TelemetrySettings {
    let mut settings = TelemetrySettings {
        environment: Environment::of_process(),
        ..TelemetrySettings::default()
    };
    for gateway in &snapshot.gateways {
        let name = GatewayName::new(&gateway.reference.namespace, &gateway.reference.name);
        // A Gateway is traced as the first of its listeners that a policy speaks of.
        let listeners = || gateway.listeners.iter();
        let policy = listeners().find(|it| it.tracing != crate::telemetry::TracingState::default());
        if let Some(listener) = policy {
            settings
                .tracing
                .insert(name.clone(), listener.tracing.clone());
        }
        if let Some(policy) = listeners().find_map(|it| it.access_log.clone()) {
            settings.access_log.insert(name, policy);
        }
        configure(&mut settings, gateway);
    }
    settings
}

fn configure(settings: &mut TelemetrySettings, gateway: &Gateway) {
    let parameters = &gateway.parameters;
    if let Some(of) = &parameters.reference {
        let variables = parameters.env.iter();
        let variables = variables.map(|it| (it.name.clone(), it.value.expose().to_owned()));
        let environment = std::mem::take(&mut settings.environment);
        let origin = format!("{}/{}", of.namespace, of.name);
        settings.environment = environment.with_parameters(&origin, variables);
    }
    if settings.logging.level.is_none() {
        settings.logging.level.clone_from(&parameters.log_level);
    }
    if settings.logging.format.is_none() {
        settings.logging.format = parameters.log_format.map(|format| match format {
            crate::config::resource::LogFormat::Json => LogFormat::Json,
            crate::config::resource::LogFormat::Text => LogFormat::Text,
        });
    }
}

/// The tree of all objects.
fn account(snapshot: Arc<Snapshot>, store: Store, facts: Arc<Facts>) -> Account {
    Account::new(snapshot, move |bound: &Bound| {
        let now = Timestamp::from(SystemTime::now());
        overview(&store, &facts, &status(&facts, bound, None, &now))
    })
}

/// The status of all objects, with the times of what was said last.
fn status_of(facts: Arc<Facts>, last: Arc<Mutex<Option<StatusSet>>>) -> StatusOf {
    StatusOf::new(move |bound: &Bound| {
        let now = Timestamp::from(SystemTime::now());
        let mut last = last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let set = status(&facts, bound, last.as_ref(), &now);
        let told = serde_json::to_value(&set).unwrap_or_default();
        *last = Some(set);
        told
    })
}
