use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use serde_json::{Value, json};

use super::{
    Account, Candidate, Refused, StatusOf,
    candidate::Digest,
    redact::redacted,
    time::rfc3339,
    view::{BoundListener, OnDisk, Pending, Running, View},
};
use crate::{
    admin::Served,
    config::{snapshot::Snapshot, status::Bound},
    gateway::DrainTimes,
    observe::{Observer, Outcome},
    overview::Overview,
};

/// What runs, what the source holds, and what is to come. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Standing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    observer: Observer,
    serving: AtomicBool,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    running: Running,
    on_disk: OnDisk,
    pending: Pending,
    served: Vec<Served>,
    documents: Vec<Value>,
    status: Option<StatusOf>,
    account: Option<Account>,
    drain: DrainTimes,
    held: BTreeSet<String>,
    /// Of the process, as it started.
    fixed: Option<BTreeMap<String, Digest>>,
}

/// What of a candidate is kept when its plan has been applied.
pub(super) struct Remembered {
    unprogrammed: BTreeMap<String, String>,
    generations: BTreeMap<String, i64>,
    documents: Vec<Value>,
    status: Option<StatusOf>,
    account: Option<Account>,
    drain: DrainTimes,
    held: BTreeSet<String>,
    fixed: BTreeMap<String, Digest>,
}

impl Remembered {
    /// Takes the plan out.
    pub(super) fn of(candidate: Candidate) -> (Self, crate::assemble::Plan) {
        let remembered = Self {
            held: candidate.held(),
            unprogrammed: candidate.unprogrammed,
            generations: candidate.generations,
            documents: candidate.documents.into_iter().map(redacted).collect(),
            status: candidate.status,
            account: candidate.account,
            drain: candidate.drain,
            fixed: candidate.fixed,
        };
        (remembered, candidate.plan)
    }
}

impl Standing {
    /// Nothing runs yet. The observer's metrics follow.
    #[must_use]
    pub fn new(observer: Observer) -> Self {
        Self(Arc::new(Inner {
            observer,
            serving: AtomicBool::new(false),
            facts: Mutex::default(),
        }))
    }

    /// All three facts, and the listeners.
    #[must_use]
    pub fn view(&self) -> View {
        let ready = self.is_ready();
        let facts = self.facts();
        let listeners = facts.served.iter().map(|own| BoundListener {
            gateway: own
                .gateway
                .as_ref()
                .map(|of| format!("{}/{}", of.namespace, of.name)),
            name: own.name.clone(),
            address: own.addr.to_string(),
            tls: own.tls,
        });
        let (listeners, bound) = (listeners.collect(), bound(&facts.served));
        let (status, mut view) = (
            facts.status.clone(),
            View {
                ready,
                running: facts.running.clone(),
                on_disk: facts.on_disk.clone(),
                pending: facts.pending.clone(),
                listeners,
                status: Value::Null,
            },
        );
        // It may take its time over many objects.
        drop(facts);
        view.status = status.map_or(Value::Null, |status| status.of(&bound));
        view
    }

    /// The objects of what runs, as a tree; `None` without a configuration.
    #[must_use]
    pub fn overview(&self) -> Option<Overview> {
        let facts = self.facts();
        let (account, bound) = (facts.account.clone()?, bound(&facts.served));
        drop(facts);
        Some(account.overview(&bound))
    }

    /// What is served; `None` without a configuration.
    #[must_use]
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.facts().account.as_ref().map(Account::snapshot)
    }

    /// What runs, without its secrets, and why the source holds something else.
    #[must_use]
    pub fn configuration(&self) -> Value {
        let facts = self.facts();
        let problems = &facts.on_disk.problems;
        let error = (!problems.is_empty()).then(|| {
            json!({
                "fingerprint": facts.on_disk.fingerprint,
                "seen": facts.on_disk.seen,
                "problems": problems,
            })
        });
        json!({
            "generation": facts.running.generation,
            "fingerprint": facts.running.fingerprint,
            "since": facts.running.since,
            "documents": facts.documents,
            "error": error,
        })
    }

    /// The listeners that are bound.
    #[must_use]
    pub fn served(&self) -> Vec<Served> {
        self.facts().served.clone()
    }

    /// Whether requests should be sent here: it serves, does not drain, and every listener that the
    /// configuration asks for is served.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.serving.load(Ordering::Acquire) && self.facts().running.unprogrammed.is_empty()
    }

    /// Which listeners that are asked for are not served, and why.
    #[must_use]
    pub fn unprogrammed(&self) -> BTreeMap<String, String> {
        self.facts().running.unprogrammed.clone()
    }

    pub(crate) fn ready(&self) {
        self.0.serving.store(true, Ordering::Release);
    }

    pub(crate) fn draining(&self) {
        self.0.serving.store(false, Ordering::Release);
    }

    /// What the configuration says of drains.
    pub(crate) fn drain_times(&self) -> DrainTimes {
        self.facts().drain
    }

    /// These are bound.
    pub(crate) fn serves(&self, served: Vec<Served>) {
        let metrics = self.0.observer.metrics().config();
        metrics.listeners(served.iter().map(|own| {
            let gateway = own.gateway.as_ref();
            let gateway =
                gateway.map_or_else(String::new, |of| format!("{}/{}", of.namespace, of.name));
            (gateway, own.name.clone())
        }));
        self.facts().served = served;
    }

    /// A change is looked at.
    pub(super) fn validating(&self, validating: bool) {
        self.facts().pending.validating = validating;
    }

    /// What the running configuration has a valid certificate or credential for.
    pub(super) fn held(&self) -> BTreeSet<String> {
        self.facts().held.clone()
    }

    /// The content that was last seen, and whether it is what runs.
    pub(super) fn on_disk(&self) -> (String, bool) {
        let facts = self.facts();
        (facts.on_disk.fingerprint.clone(), facts.on_disk.applied)
    }

    /// The content that runs.
    pub(super) fn running(&self) -> String {
        self.facts().running.fingerprint.clone()
    }

    /// It is served from now on. Gives the fields that wait for a restart and did not before.
    pub(super) fn applied(
        &self,
        fingerprint: String,
        remembered: Remembered,
        served: Vec<Served>,
    ) -> Vec<String> {
        let now = SystemTime::now();
        self.serves(served);
        let mut facts = self.facts();
        facts.running = Running {
            fingerprint: fingerprint.clone(),
            generation: facts.running.generation + 1,
            since: rfc3339(now),
            objects: remembered.generations,
            unprogrammed: remembered.unprogrammed,
        };
        facts.see(fingerprint, now, Vec::new());
        facts.documents = remembered.documents;
        facts.status = remembered.status;
        facts.account = remembered.account;
        facts.drain = remembered.drain;
        facts.held = remembered.held;
        let new = facts.wait_for_restart(&remembered.fixed);
        let metrics = self.0.observer.metrics().config();
        metrics.reload(Outcome::Applied, now);
        metrics.running(facts.running.generation);
        let (status, bound) = (facts.status.clone(), bound(&facts.served));
        drop(facts);
        // Conditions change now, not when somebody asks for them.
        if let Some(status) = status {
            status.of(&bound);
        }
        new
    }

    /// The source holds again what runs.
    pub(super) fn reverted(&self, fingerprint: String) {
        let now = SystemTime::now();
        self.facts().see(fingerprint, now, Vec::new());
        self.0
            .observer
            .metrics()
            .config()
            .reload(Outcome::Unchanged, now);
    }

    /// It is not served. Says whether that is news.
    pub(super) fn refused(&self, fingerprint: String, refused: &Refused) -> bool {
        let now = SystemTime::now();
        let mut facts = self.facts();
        let news =
            facts.on_disk.fingerprint != fingerprint || facts.on_disk.problems != refused.problems;
        if news {
            facts.see(fingerprint, now, refused.problems.clone());
            self.0
                .observer
                .metrics()
                .config()
                .reload(Outcome::Refused, now);
        }
        news
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    fn see(&mut self, fingerprint: String, now: SystemTime, problems: Vec<String>) {
        self.on_disk = OnDisk {
            fingerprint,
            seen: rfc3339(now),
            applied: problems.is_empty(),
            problems,
        };
    }

    /// Those of the start are the process's, whatever follows.
    fn wait_for_restart(&mut self, fixed: &BTreeMap<String, Digest>) -> Vec<String> {
        let started = self.fixed.get_or_insert_with(|| fixed.clone());
        let names: BTreeSet<_> = started.keys().chain(fixed.keys()).collect();
        let changed = names
            .into_iter()
            .filter(|name| started.get(*name) != fixed.get(*name));
        let restart: Vec<_> = changed.cloned().collect();
        let before = std::mem::replace(&mut self.pending.restart, restart);
        let now = self.pending.restart.iter();
        now.filter(|name| !before.contains(name)).cloned().collect()
    }
}

fn bound(served: &[Served]) -> Bound {
    let mut bound = Bound::default();
    for own in served {
        if let Some(gateway) = &own.gateway {
            bound.insert(gateway, &own.name, Ok(own.addr));
        }
    }
    bound
}
