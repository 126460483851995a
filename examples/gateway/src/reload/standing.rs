use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::SystemTime,
};

use serde_json::{Value, json};

use super::{
    Account, Refused,
    facts::{Facts, Remembered, listeners},
    time::rfc3339,
    view::{BoundListener, View},
};
use crate::{
    admin::Served,
    config::snapshot::Snapshot,
    gateway::Shutdown,
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
    /// Another number behind every change.
    version: AtomicU64,
    facts: Mutex<Facts>,
}

impl Standing {
    /// Nothing runs yet. The observer's metrics follow.
    #[must_use]
    pub fn new(observer: Observer) -> Self {
        Self(Arc::new(Inner {
            observer,
            serving: AtomicBool::new(false),
            version: AtomicU64::new(0),
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
        let (listeners, bound) = (listeners.collect(), facts.bound());
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

    /// The objects of what runs, as a tree, with what runs and what does not; without a
    /// configuration the listeners alone.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let ready = self.is_ready();
        let facts = self.facts();
        let brief = facts.brief(ready);
        let overview = match (facts.account.clone(), facts.bound()) {
            (None, _) => listeners(&facts.served),
            (Some(account), bound) => {
                // It may take its time over many objects.
                drop(facts);
                account.overview(&bound)
            }
        };
        overview.with(brief)
    }

    /// Whether there is a configuration.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.facts().account.is_some()
    }

    /// What is the same as long as nothing of all this has changed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }

    /// Has conditions change now, and not when somebody asks for them. It may take its time.
    pub(super) fn judge(&self) {
        let facts = self.facts();
        let (status, bound) = (facts.status.clone(), facts.bound());
        drop(facts);
        if let Some(status) = status {
            status.of(&bound);
        }
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
        let (running, disk) = (facts.running.clone(), facts.on_disk.clone());
        let documents = Arc::clone(&facts.documents);
        drop(facts);
        let error = (!disk.problems.is_empty()).then(|| {
            json!({
                "fingerprint": disk.fingerprint,
                "seen": disk.seen,
                "problems": disk.problems,
            })
        });
        json!({
            "generation": running.generation,
            "fingerprint": running.fingerprint,
            "since": running.since,
            "revoked": running.revoked,
            "documents": &*documents,
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
        self.0.version.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn draining(&self) {
        self.0.serving.store(false, Ordering::Release);
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// What the configuration says of drains.
    pub(crate) fn shutdown(&self) -> Shutdown {
        self.facts().shutdown
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
        self.change().served = served;
    }

    /// A change is looked at.
    pub(super) fn validating(&self, validating: bool) {
        self.change().pending.validating = validating;
        let metrics = self.0.observer.metrics().config();
        metrics.validating(validating);
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

    /// The content that runs, and whether all of it does.
    pub(super) fn running(&self) -> (String, bool) {
        let facts = self.facts();
        let whole = facts.running.revoked.is_empty();
        (facts.running.fingerprint.clone(), whole)
    }

    pub(super) fn generation(&self) -> u64 {
        self.facts().running.generation
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
        let mut facts = self.change();
        let new = facts.run(fingerprint.clone(), now, remembered);
        facts.see(fingerprint, now, Vec::new());
        let metrics = self.0.observer.metrics().config();
        metrics.reload(Outcome::Applied, now);
        metrics.running(facts.running.generation);
        metrics.wait_for_restart(facts.pending.restart.len());
        new
    }

    /// What runs is served under fewer of its grants, or again under more of them.
    pub(super) fn confined(
        &self,
        remembered: Remembered,
        revoked: Vec<String>,
        served: Vec<Served>,
    ) {
        self.serves(served);
        let mut facts = self.change();
        facts.running.generation += 1;
        facts.running.since = rfc3339(SystemTime::now());
        facts.running.unprogrammed = remembered.unprogrammed;
        facts.running.revoked = revoked;
        facts.status = remembered.status;
        facts.account = remembered.account;
        let metrics = self.0.observer.metrics().config();
        metrics.running(facts.running.generation);
    }

    /// The source holds again what runs.
    pub(super) fn reverted(&self, fingerprint: String) {
        let now = SystemTime::now();
        self.change().see(fingerprint, now, Vec::new());
        self.0
            .observer
            .metrics()
            .config()
            .reload(Outcome::Unchanged, now);
    }

    /// It is not served. Says whether that is news.
    pub(super) fn refused(&self, fingerprint: String, refused: &Refused) -> bool {
        let now = SystemTime::now();
        let mut facts = self.change();
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

    /// The facts, of which something changes.
    fn change(&self) -> MutexGuard<'_, Facts> {
        let facts = self.facts();
        self.0.version.fetch_add(1, Ordering::Release);
        facts
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
