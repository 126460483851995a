//! What every object says about itself.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// `metadata` of an object. Its `Debug` shows the names of annotations alone: one that `kubectl`
/// writes holds the whole object, which may be a Secret.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend(
    "additionalProperties" = false,
    "x-also" = [
        "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName",
        "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid",
    ],
))]
#[non_exhaustive]
pub struct ObjectMeta {
    /// The name, unique in its namespace and kind.
    #[schemars(with = "text::OwnName")]
    pub name: String,
    /// The namespace; `default` when it is absent, empty for kinds that have none.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
    /// Labels, to be chosen by.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// How often the spec has changed; in a directory it is counted by the gateway.
    #[schemars(range(min = 1))]
    pub generation: Option<i64>,
    /// When it was made, RFC 3339 in UTC, which sorts as text.
    #[schemars(with = "Option<text::Time>")]
    pub creation_timestamp: Option<String>,
}

impl fmt::Debug for ObjectMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let annotations: Vec<_> = self.annotations.keys().collect();
        f.debug_struct("ObjectMeta")
            .field("name", &self.name)
            .field("namespace", &self.namespace)
            .field("labels", &self.labels)
            .field("annotations", &annotations)
            .field("generation", &self.generation)
            .field("creation_timestamp", &self.creation_timestamp)
            .finish()
    }
}

/// Group, kind, namespace and name: which object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the four parts of an object's identity"
)]
pub struct Reference {
    /// The API group; empty for the core.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for kinds that have none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Reference {
    /// This object.
    #[must_use]
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// `Kind namespace/name`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}
