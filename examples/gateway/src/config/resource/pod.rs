//! Parts of pods that are passed on as they are: the shapes of what they may say.
#![expect(
    dead_code,
    reason = "these types stand for schemas; their fields are never read"
)]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::text;

/// A field of the pod.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FieldRef {
    /// Its path, as in `metadata.name`.
    field_path: String,
    /// The version that the path is of; `v1` when it is absent.
    api_version: Option<String>,
}

/// A resource of the container.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResourceFieldRef {
    /// Which, as in `limits.memory`.
    resource: String,
    /// The container; this one when it is absent.
    container_name: Option<String>,
    /// What it is counted in.
    divisor: Option<Amount>,
}

/// A key of a file of a volume.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FileKeyRef {
    /// The volume.
    volume_name: String,
    /// The file in it.
    path: String,
    /// The key in the file.
    key: String,
    /// Whether it may be missing.
    optional: Option<bool>,
}

/// The resources of a container.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Resources {
    /// What it may use.
    limits: Option<BTreeMap<String, Amount>>,
    /// What it is sure to have.
    requests: Option<BTreeMap<String, Amount>>,
    /// Claims of the pod that it uses.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    claims: Option<Vec<ResourceClaim>>,
}

/// A claim of the pod.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceClaim {
    /// Its name.
    name: String,
    /// The request in it.
    request: Option<String>,
}

/// An amount of a resource.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Amount {
    Number(i64),
    Text(#[schemars(with = "text::Amount")] String),
}
