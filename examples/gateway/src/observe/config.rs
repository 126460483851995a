use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// What came of a change of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is served.
    Applied,
    /// It is what runs already.
    Unchanged,
    /// It cannot be served; what ran runs on.
    Refused,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// A Gateway and a listener that the configuration names: who writes it bounds their number.
#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord, EncodeLabelSet)]
struct ListenerLabels {
    gateway: String,
    listener: String,
}

/// What metrics tell of the configuration.
#[derive(Clone, Debug, Default)]
pub struct ConfigMetrics {
    success: Gauge,
    at: Gauge,
    stale: Gauge,
    generation: Gauge,
    validating: Gauge,
    restart: Gauge,
    reloads: Family<OutcomeLabels, Counter>,
    bound: Family<ListenerLabels, Gauge>,
    /// What `bound` holds.
    told: Arc<Mutex<BTreeSet<ListenerLabels>>>,
}

impl ConfigMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let gauges = [
            (
                "config_last_reload_success",
                "Whether the newest configuration is served",
                &self.success,
            ),
            (
                "config_last_reload_timestamp_seconds",
                "When a configuration was last served or refused, in seconds since 1970",
                &self.at,
            ),
            (
                "config_stale",
                "Whether the source holds another configuration than the one that runs",
                &self.stale,
            ),
            (
                "config_generation",
                "How often a configuration was applied",
                &self.generation,
            ),
            (
                "config_validating",
                "Whether a change of the configuration is read or validated at this moment",
                &self.validating,
            ),
            (
                "config_pending_restart",
                "Fields that were changed and count from the next start of the process on",
                &self.restart,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "config_reloads",
            "Changes of the configuration, by what came of them",
            self.reloads.clone(),
        );
        registry.register(
            "listener_bound",
            "Listeners whose socket is bound",
            self.bound.clone(),
        );
    }

    /// Counts what came of a change.
    pub fn reload(&self, outcome: Outcome, at: SystemTime) {
        let (name, good) = match outcome {
            Outcome::Applied => ("applied", true),
            Outcome::Unchanged => ("unchanged", true),
            Outcome::Refused => ("refused", false),
        };
        let labels = OutcomeLabels { outcome: name };
        self.reloads.get_or_create(&labels).inc();
        self.success.set(good.into());
        self.stale.set((!good).into());
        let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.at.set(i64::try_from(seconds).unwrap_or(i64::MAX));
    }

    /// Which generation runs.
    pub fn running(&self, generation: u64) {
        self.generation
            .set(i64::try_from(generation).unwrap_or(i64::MAX));
    }

    /// Whether a change is looked at.
    pub fn validating(&self, validating: bool) {
        self.validating.set(validating.into());
    }

    /// How many fields wait for a restart.
    pub fn wait_for_restart(&self, fields: usize) {
        self.restart.set(i64::try_from(fields).unwrap_or(i64::MAX));
    }

    /// These listeners are bound, by Gateway and name, and no others.
    pub fn listeners(&self, bound: impl IntoIterator<Item = (String, String)>) {
        let wanted = bound.into_iter();
        let wanted: BTreeSet<_> = wanted
            .map(|(gateway, listener)| ListenerLabels { gateway, listener })
            .collect();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that stay are not taken away for a moment: somebody may be looking.
        for gone in told.difference(&wanted) {
            self.bound.remove(gone);
        }
        for labels in &wanted {
            self.bound.get_or_create(labels).set(1);
        }
        *told = wanted;
    }
}
