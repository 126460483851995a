use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use serde_json::Value;

use super::{
    Account, Candidate, StatusOf,
    candidate::Digest,
    time::rfc3339,
    view::{OnDisk, Pending, Running},
};
use crate::{
    admin::Served,
    assemble::Plan,
    config::status::Bound,
    gateway::Shutdown,
    overview::{Condition, Configuration, Item, Overview},
};

/// All that is known, at one moment.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) running: Running,
    pub(super) on_disk: OnDisk,
    pub(super) pending: Pending,
    pub(super) served: Vec<Served>,
    pub(super) documents: Arc<[Value]>,
    pub(super) status: Option<StatusOf>,
    pub(super) account: Option<Account>,
    pub(super) shutdown: Shutdown,
    pub(super) held: BTreeSet<String>,
    /// Of the process, as it started.
    fixed: Option<BTreeMap<String, Digest>>,
}

/// What of a candidate is kept when its plan has been applied.
pub(super) struct Remembered {
    pub(super) unprogrammed: BTreeMap<String, String>,
    generations: BTreeMap<String, i64>,
    documents: Arc<[Value]>,
    pub(super) status: Option<StatusOf>,
    pub(super) account: Option<Account>,
    shutdown: Shutdown,
    held: BTreeSet<String>,
    fixed: BTreeMap<String, Digest>,
}

impl Remembered {
    /// Takes the plan out.
    pub(super) fn of(candidate: Candidate) -> (Self, Plan) {
        let remembered = Self {
            held: candidate.held(),
            unprogrammed: candidate.unprogrammed,
            generations: candidate.generations,
            documents: candidate.documents.into(),
            status: candidate.status,
            account: candidate.account,
            shutdown: candidate.shutdown,
            fixed: candidate.fixed,
        };
        (remembered, candidate.plan)
    }
}

impl Facts {
    pub(super) fn see(&mut self, fingerprint: String, now: SystemTime, problems: Vec<String>) {
        self.on_disk = OnDisk {
            fingerprint,
            seen: rfc3339(now),
            applied: problems.is_empty(),
            problems,
        };
    }

    /// It runs from now on. Gives the fields that wait for a restart and did not before.
    pub(super) fn run(
        &mut self,
        fingerprint: String,
        now: SystemTime,
        remembered: Remembered,
    ) -> Vec<String> {
        self.running = Running {
            fingerprint,
            generation: self.running.generation + 1,
            since: rfc3339(now),
            objects: remembered.generations,
            unprogrammed: remembered.unprogrammed,
            revoked: Vec::new(),
        };
        self.documents = remembered.documents;
        self.status = remembered.status;
        self.account = remembered.account;
        self.shutdown = remembered.shutdown;
        self.held = remembered.held;
        self.wait_for_restart(&remembered.fixed)
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

    /// All of it in short.
    pub(super) fn brief(&self, ready: bool) -> Configuration {
        let applied = self.on_disk.applied || self.running.generation == 0;
        Configuration {
            generation: self.running.generation,
            since: self.running.since.clone(),
            ready,
            unprogrammed: self.running.unprogrammed.clone(),
            applied,
            refused_since: if applied {
                String::new()
            } else {
                self.on_disk.seen.clone()
            },
            problems: self.on_disk.problems.clone(),
            revoked: self.running.revoked.clone(),
            validating: self.pending.validating,
            restart: self.pending.restart.clone(),
        }
    }

    pub(super) fn bound(&self) -> Bound {
        let mut bound = Bound::default();
        for own in &self.served {
            if let Some(gateway) = &own.gateway {
                bound.insert(gateway, &own.name, Ok(own.addr));
            }
        }
        bound
    }
}

/// The listeners by themselves, where no Gateway asks for them.
pub(super) fn listeners(served: &[Served]) -> Overview {
    let item = |own: &Served| {
        let message = format!("listens on {}", own.addr);
        let bound = Condition::new("Programmed", "True", "Programmed", &message);
        let item = Item::new("Listener", "", &own.name, vec![bound]);
        item.detail(format!("port {}", own.addr.port()))
    };
    Overview::new(served.iter().map(item).collect())
}
