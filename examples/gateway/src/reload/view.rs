use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Running {
    /// Which content it is.
    pub fingerprint: String,
    /// How often a configuration was applied, counted from 1; 0 without a configuration.
    pub generation: u64,
    /// Since when, as RFC 3339 writes it.
    pub since: String,
    /// The generation of each of its objects.
    pub objects: BTreeMap<String, i64>,
    /// Listeners that it asks for and that are not served, each with the reason.
    pub unprogrammed: BTreeMap<String, String>,
    /// Its ReferenceGrants that are revoked, because the source holds them no more; what else the
    /// source holds is refused.
    pub revoked: Vec<String>,
}

/// What the source was last seen to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OnDisk {
    /// Which content it is.
    pub fingerprint: String,
    /// When it was first seen, as RFC 3339 writes it.
    pub seen: String,
    /// Whether it is what runs.
    pub applied: bool,
    /// Why it is not served; empty when it is.
    pub problems: Vec<String>,
}

/// What is to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pending {
    /// Whether a change is read or validated at this moment.
    pub validating: bool,
    /// Fields that were changed and count from the next start of the process on.
    pub restart: Vec<String>,
}

/// A listener that is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BoundListener {
    /// The Gateway, as `namespace/name`.
    pub gateway: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Whether TLS is spoken.
    pub tls: bool,
}

/// All three, as `/status` shows them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct View {
    /// Whether requests should be sent here.
    pub ready: bool,
    /// What runs.
    pub running: Running,
    /// What the source holds.
    pub on_disk: OnDisk,
    /// What is to come.
    pub pending: Pending,
    /// The listeners that are bound.
    pub listeners: Vec<BoundListener>,
    /// The status of the objects, as Kubernetes would have it.
    pub status: Value,
}
