//! What several kinds share.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::service_port;
use super::text;

/// A field that is known and not read.
pub type Unread = serde_json::Value;

/// An object of which nothing is read here.
pub type Tree = serde_json::Map<String, Unread>;

pub(super) fn gateway_group() -> String {
    "gateway.networking.k8s.io".to_owned()
}

pub(super) fn gateway_kind() -> String {
    "Gateway".to_owned()
}

pub(super) fn service_kind() -> String {
    "Service".to_owned()
}

/// A reference to the listeners that a route wants to be served by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ParentRef {
    /// The group of the parent.
    #[serde(default = "gateway_group")]
    #[schemars(with = "text::Group")]
    pub group: String,
    /// The kind of the parent.
    #[serde(default = "gateway_kind")]
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// The namespace of the parent; the route's own when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
    /// The name of the parent.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// The one listener of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::SectionName>")]
    pub section_name: Option<String>,
    /// The listeners of this port.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

/// A reference to something that answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [service_port()]))]
#[non_exhaustive]
pub struct BackendRef {
    /// Its group; empty for the core.
    #[serde(default)]
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[serde(default = "service_kind")]
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// Its namespace; that of the referring object when it is absent.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
    /// Its port; a Service needs one.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

/// Chooses objects by their labels; all that it says must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LabelSelector {
    /// Labels with exactly these values.
    #[serde(default)]
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements.
    #[serde(default)]
    pub match_expressions: Vec<Requirement>,
}

/// A requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Requirement {
    /// The label's name.
    pub key: String,
    /// What must hold.
    pub operator: Operator,
    /// The values, for `In` and `NotIn`.
    #[serde(default)]
    pub values: Vec<String>,
}

/// What a requirement asks of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the four operators of label selectors"
)]
pub enum Operator {
    /// One of the values.
    In,
    /// None of the values, or no such label.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether these labels meet all requirements. A selector that says nothing chooses all.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let equal = |(name, value): (&String, &String)| labels.get(name) == Some(value);
        self.match_labels.iter().all(equal)
            && self.match_expressions.iter().all(|requirement| {
                let value = labels.get(&requirement.key);
                let listed = || value.is_some_and(|value| requirement.values.contains(value));
                match requirement.operator {
                    Operator::In => listed(),
                    Operator::NotIn => !listed(),
                    Operator::Exists => value.is_some(),
                    Operator::DoesNotExist => value.is_none(),
                }
            })
    }
}

/// An object of an implementation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExtensionRef {
    /// Its group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
}
