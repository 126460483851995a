//! ReferenceGrant, `gateway.networking.k8s.io/v1` and `v1beta1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// `ReferenceGrant.spec`: whom the objects of this namespace may be referred to by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GrantSpec {
    /// Who may refer.
    #[schemars(length(min = 1, max = 16))]
    pub from: Vec<GrantFrom>,
    /// To what.
    #[schemars(length(min = 1, max = 16))]
    pub to: Vec<GrantTo>,
}

/// Who may refer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GrantFrom {
    /// The group of the referring object.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// The kind of the referring object.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// The namespace of the referring object.
    #[schemars(with = "text::NamespaceName")]
    pub namespace: String,
}

/// To what may be referred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GrantTo {
    /// The group; empty for the core.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// The kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// The name; every one when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::ObjectName>")]
    pub name: Option<String>,
}
