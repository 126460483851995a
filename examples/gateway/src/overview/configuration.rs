use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Health;

/// What of a configuration runs, why what is on disk does not, and what is to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Configuration {
    /// How often a configuration was applied; 0 without one.
    pub generation: u64,
    /// Since when it runs, as RFC 3339 writes it.
    pub since: String,
    /// Whether requests should be sent here.
    pub ready: bool,
    /// Listeners that are asked for and not served, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unprogrammed: BTreeMap<String, String>,
    /// Whether what is on disk is what runs.
    pub applied: bool,
    /// Since when something else is on disk.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub refused_since: String,
    /// Why that is not served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// ReferenceGrants of what runs that are revoked, because they are not on disk any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
    /// Whether a change is read or validated at this moment.
    pub validating: bool,
    /// Fields that were changed and count from the next start of the process on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restart: Vec<String>,
}

impl Configuration {
    /// How well it is: what waits for a restart is no fault.
    #[must_use]
    pub fn health(&self) -> Health {
        if self.generation > 0 && (!self.applied || !self.unprogrammed.is_empty()) {
            Health::Failing
        } else if !self.restart.is_empty() {
            Health::Waiting
        } else {
            Health::Fine
        }
    }
}
