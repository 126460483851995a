use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use serde_json::Value;

use super::Account;
use crate::{
    assemble::Plan, config::status::Bound, gateway::Shutdown, telemetry::TelemetrySettings,
};

/// Says the status of all objects under what is bound.
#[derive(Clone)]
pub struct StatusOf(Arc<dyn Fn(&Bound) -> Value + Send + Sync>);

impl StatusOf {
    /// Asks this function.
    pub fn new(status: impl Fn(&Bound) -> Value + Send + Sync + 'static) -> Self {
        Self(Arc::new(status))
    }

    pub(super) fn of(&self, bound: &Bound) -> Value {
        (self.0)(bound)
    }
}

impl fmt::Debug for StatusOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusOf").finish_non_exhaustive()
    }
}

/// A configuration that is valid, and not yet served.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Candidate {
    /// What to serve.
    pub plan: Plan,
    /// Listeners that are asked for and not in the plan, each with the reason.
    pub unprogrammed: BTreeMap<String, String>,
    /// What it says of itself, for the page and `explain`.
    pub account: Option<Account>,
    /// The status of its objects, for `/status`.
    pub status: Option<StatusOf>,
    /// Its documents as they are shown: without what is secret in them.
    pub documents: Vec<Value>,
    /// The generation of each object.
    pub generations: BTreeMap<String, i64>,
    /// Fields that the process reads at its start alone, by their names.
    pub fixed: BTreeMap<String, Digest>,
    /// What needs a certificate or a credential, and whether it has a valid one; otherwise what is
    /// wrong, with its place. A candidate that lacks one which the running configuration has is
    /// refused as a whole.
    pub credentials: BTreeMap<String, Result<(), String>>,
    /// How long an end takes.
    pub shutdown: Shutdown,
    /// Where spans, records and logs go.
    pub telemetry: TelemetrySettings,
}

impl Candidate {
    /// To serve this, and nothing more is known.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            ..Self::default()
        }
    }

    /// What it has lost of what `held` has.
    pub(super) fn lost(&self, held: &BTreeSet<String>) -> Vec<String> {
        let credentials = self.credentials.iter();
        let broken = credentials.filter_map(|(of, state)| Some((of, state.as_ref().err()?)));
        broken
            .filter(|(of, _)| held.contains(*of))
            .map(|(_, why)| format!("{why}; what runs has a valid one and keeps it"))
            .collect()
    }

    /// What has a valid certificate or credential.
    pub(super) fn held(&self) -> BTreeSet<String> {
        let credentials = self.credentials.iter();
        let valid = credentials.filter(|(_, state)| state.is_ok());
        valid.map(|(of, _)| of.clone()).collect()
    }
}

/// What runs, under those of its grants alone that the source still holds.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what is served, and what no more"
)]
pub struct Confined {
    /// It asks for no more than what runs.
    pub candidate: Candidate,
    /// The grants that are revoked by it, in words.
    pub revoked: Vec<String>,
}

/// What tells one value of a field from another, and reveals neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// The digest of a value, within this run of the process.
    pub fn of(value: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self(hasher.finish())
    }
}
