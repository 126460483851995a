use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use super::{Account, Candidate, Confined, Load, Read, Refused, StatusOf, described::describe};
use crate::{
    assemble::{self, Parts},
    config::{
        Contents, Decoded, Directory, LoadOptions,
        compile::{Compiled, Facts, Grant, compile, revoked},
        object::Store,
        redact::{Hidden, redacted},
        resource::Reference,
        snapshot::{Certificate, Gateway, Parameters, Snapshot},
        status::{Bound, StatusSet, Timestamp, status},
    },
    gateway::Shutdown,
    overview::overview,
    telemetry::{Environment, GatewayName, LogFormat, Scope, TelemetrySettings},
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
    /// What was validated last, until it is served.
    next: Option<Running>,
    /// What is served.
    running: Option<Running>,
    /// The grants that the directory was last seen to hold.
    grants: Option<Vec<Grant>>,
    /// Those that what is served is confined to.
    confined_to: Option<Vec<Grant>>,
}

/// The objects of what is served.
#[derive(Debug)]
struct Running {
    store: Arc<Store>,
    certificates: BTreeMap<Reference, Certificate>,
    /// What is never shown of them.
    hidden: Hidden,
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
            next: None,
            running: None,
            grants: None,
            confined_to: None,
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
    type Text = Contents;

    fn read(&mut self) -> Read<Contents> {
        let contents = self.directory.contents();
        Read {
            fingerprint: contents.fingerprint(),
            text: Ok(contents),
        }
    }

    fn validate(&mut self, contents: Contents) -> Result<Candidate, Refused> {
        (self.next, self.grants) = (None, None);
        let decoded = Decoded::new(contents, &self.options);
        let running = self.running.as_ref();
        self.grants = running.and_then(|running| decoded.grants(&running.store));
        let loaded = decoded.load(&self.options.compile)?;
        let missing = self.options.compile.missing(&loaded.compiled.facts);
        if let Some(first) = missing.first() {
            return Err(Refused::argument(first.clone()));
        }
        let mut candidate = self.candidate(&loaded.compiled)?;
        let documents = redacted(&loaded.documents, &loaded.hidden);
        candidate.documents = documents.iter().map(|it| it.root.to_json()).collect();
        let store = Arc::new(loaded.store);
        for object in store.iter() {
            let name = object.reference.to_string();
            candidate.generations.insert(name, object.generation);
        }
        self.next = Some(Running {
            store: Arc::clone(&store),
            certificates: loaded.compiled.certificates(),
            hidden: loaded.hidden,
        });
        self.account(&mut candidate, loaded.compiled, store);
        Ok(candidate)
    }

    fn applied(&mut self) {
        let Some(next) = self.next.take() else {
            return;
        };
        self.options.generations = next.store.generations().clone();
        self.options.compile.last_certificates = next.certificates.clone();
        self.running = Some(next);
        self.confined_to = None;
    }

    fn confined(&mut self) -> Option<Confined> {
        let (running, grants) = (self.running.as_ref()?, self.grants.take()?);
        let revoked = revoked(&running.store, &grants);
        let as_it_was = revoked.is_empty() && self.confined_to.is_none();
        if as_it_was || self.confined_to.as_ref() == Some(&grants) {
            return None;
        }
        let mut options = self.options.compile.clone();
        options.confined_to = Some(grants.clone());
        let store = Arc::clone(&running.store);
        let mut compiled = compile(&store, &options);
        compiled.facts.scrub(&running.hidden);
        let mut candidate = self.candidate(&compiled).ok()?;
        self.account(&mut candidate, compiled, store);
        self.confined_to = Some(grants);
        Some(Confined {
            candidate,
            revoked: revoked.iter().map(ToString::to_string).collect(),
        })
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.directory.paths().map(PathBuf::from).collect()
    }
}

impl Manifests {
    /// What is to be served, and what is told of it, without its documents.
    fn candidate(&self, compiled: &Compiled) -> Result<Candidate, Refused> {
        let (snapshot, facts) = (&compiled.snapshot, &compiled.facts);
        let listeners = facts.gateways.values().flat_map(|it| &it.listeners);
        let names: Vec<&str> = listeners.map(|it| it.name.as_str()).collect();
        if let Some(name) = self
            .only
            .iter()
            .find(|name| !names.contains(&name.as_str()))
        {
            let names = names.join(", ");
            let problem = format!("there is no listener `{name}`; there are: {names}");
            return Err(Refused::argument(problem));
        }
        let plan = assemble::plan(snapshot, &self.parts).keep(&self.only);
        let mut candidate = Candidate::new(plan);
        describe(&mut candidate, compiled, &self.only);
        candidate.shutdown = shutdown(snapshot);
        candidate.telemetry = telemetry(snapshot);
        Ok(candidate)
    }

    /// What the candidate says of itself while it is served.
    fn account(&self, candidate: &mut Candidate, compiled: Compiled, store: Arc<Store>) {
        let facts = Arc::new(compiled.facts);
        let said = Arc::clone(&self.said);
        candidate.status = Some(status_of(Arc::clone(&facts), said, self.only.clone()));
        let snapshot = Arc::new(compiled.snapshot);
        candidate.account = Some(account(snapshot, store, facts, self.only.clone()));
    }
}

/// The longest of all Gateways: one process ends for them together.
fn shutdown(snapshot: &Snapshot) -> Shutdown {
    let of = |time: fn(&Parameters) -> Option<Duration>| {
        let all = snapshot.gateways.iter();
        all.filter_map(|gateway| time(&gateway.parameters)).max()
    };
    Shutdown {
        min: of(|parameters| parameters.shutdown_min),
        max: of(|parameters| parameters.shutdown_max),
    }
}

/// Where spans and records go, for [`Tracing::apply`](crate::telemetry::Tracing::apply). A
/// [`Reloader`](super::Reloader) applies it itself.
#[must_use]
pub fn telemetry(snapshot: &Snapshot) -> TelemetrySettings {
    let mut settings = TelemetrySettings {
        environment: Environment::of_process(),
        ..TelemetrySettings::default()
    };
    for gateway in &snapshot.gateways {
        let name = GatewayName::new(&gateway.reference.namespace, &gateway.reference.name);
        let listeners = gateway.listeners.iter().map(|listener| {
            let scope = Scope::listener(&name, &*listener.name);
            (scope, &listener.tracing, &listener.access_log)
        });
        let strays = gateway.strays.iter().map(|(port, strays)| {
            let scope = Scope::strays(&name, *port);
            (scope, &strays.tracing, &strays.access_log)
        });
        for (scope, tracing, access_log) in listeners.chain(strays) {
            if let Some(policy) = access_log {
                settings.access_log.insert(scope.clone(), policy.clone());
            }
            settings.tracing.insert(scope, tracing.clone());
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
fn account(
    snapshot: Arc<Snapshot>,
    store: Arc<Store>,
    facts: Arc<Facts>,
    only: Vec<String>,
) -> Account {
    Account::new(snapshot, move |listeners: &Bound| {
        let bound = bound(listeners, &only);
        let now = Timestamp::from(SystemTime::now());
        overview(&store, &facts, &status(&facts, &bound, None, &now))
    })
}

/// The status of all objects, with the times of what was said last.
fn status_of(
    facts: Arc<Facts>,
    last: Arc<Mutex<Option<StatusSet>>>,
    only: Vec<String>,
) -> StatusOf {
    StatusOf::new(move |listeners: &Bound| {
        let bound = bound(listeners, &only);
        let now = Timestamp::from(SystemTime::now());
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let set = status(&facts, &bound, last.as_ref(), &now);
        let told = serde_json::to_value(&set).unwrap_or_default();
        *last = Some(set);
        told
    })
}

/// What is bound, with what is to be bound at all.
fn bound(listeners: &Bound, only: &[String]) -> Bound {
    Bound {
        only: only.to_vec(),
        ..listeners.clone()
    }
}
