//! Kustomization of Flux, `kustomize.toolkit.fluxcd.io/v1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text;

/// `Kustomization.spec` of Flux, of which this gateway reads what changes or checks its manifests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend(
    "additionalProperties" = false,
    "x-also" = [
        "buildMetadata", "components", "decryption", "ignore", "images", "kubeConfig", "namePrefix",
        "nameSuffix", "patches",
    ],
))]
#[non_exhaustive]
pub struct FluxKustomization {
    /// How often it is applied anew.
    #[schemars(with = "text::FluxDuration")]
    pub interval: String,
    /// Whether what is no longer there is deleted.
    pub prune: bool,
    /// Where the manifests come from.
    pub source_ref: FluxSource,
    /// The folder in its source.
    pub path: Option<String>,
    /// How soon it is tried again after a failure.
    #[schemars(with = "Option<text::FluxDuration>")]
    pub retry_interval: Option<String>,
    /// How long applying and waiting may take.
    #[schemars(with = "Option<text::FluxDuration>")]
    pub timeout: Option<String>,
    /// Whether nothing is applied for now.
    pub suspend: Option<bool>,
    /// Whether objects are made anew where a field cannot be changed.
    pub force: Option<bool>,
    /// Whether components that are not there are left out.
    pub ignore_missing_components: Option<bool>,
    /// What becomes of the objects when it is deleted.
    #[schemars(extend("enum" = ["MirrorPrune", "Delete", "WaitForTermination", "Orphan", null]))]
    pub deletion_policy: Option<String>,
    /// Who applies it.
    pub service_account_name: Option<String>,
    /// Labels and annotations of all objects.
    pub common_metadata: Option<CommonMetadata>,
    /// What must be ready before it.
    #[serde(default)]
    pub depends_on: Vec<Dependency>,
    /// Substitution after the build.
    pub post_build: Option<PostBuild>,
    /// Objects that must be healthy.
    #[serde(default)]
    pub health_checks: Vec<HealthCheck>,
    /// How the health of kinds is told.
    #[serde(default)]
    pub health_check_exprs: Vec<HealthCheckExpr>,
    /// Whether all objects must be healthy.
    #[serde(default)]
    pub wait: bool,
    /// The namespace of all objects.
    #[schemars(length(min = 1, max = 63))]
    pub target_namespace: Option<String>,
}

/// Where manifests come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FluxSource {
    /// Its group and version.
    pub api_version: Option<String>,
    /// Its kind.
    #[schemars(extend("enum" = ["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"]))]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; the same when it is absent.
    pub namespace: Option<String>,
}

/// Labels and annotations of all objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CommonMetadata {
    /// Annotations that are added.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// Labels that are added.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// Another Kustomization that must be ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its namespace; the same when it is absent.
    pub namespace: Option<String>,
    /// When it is ready, in CEL.
    pub ready_expr: Option<String>,
}

/// Substitution after the build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PostBuild {
    /// Variables given here, which beat the others.
    #[serde(default)]
    pub substitute: BTreeMap<String, String>,
    /// ConfigMaps and Secrets with variables, the later beating the earlier.
    #[serde(default)]
    pub substitute_from: Vec<SubstituteFrom>,
    /// `WithVariables` (default) or `Always`.
    #[schemars(extend("enum" = ["Always", "WithVariables", null]))]
    pub substitute_strategy: Option<String>,
}

/// Where variables stand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SubstituteFrom {
    /// The kind.
    pub kind: VariableSource,
    /// The name, in the Kustomization's namespace.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// Whether it may be missing.
    #[serde(default)]
    pub optional: bool,
}

/// Kinds that variables stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two kinds of the specification"
)]
#[expect(missing_docs, reason = "kinds of Kubernetes")]
pub enum VariableSource {
    ConfigMap,
    Secret,
}

/// An object that must be healthy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HealthCheck {
    /// Its group and version.
    #[serde(default)]
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Option<String>,
}

/// How the health of a kind is told, in CEL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HealthCheckExpr {
    /// Group and version.
    pub api_version: String,
    /// The kind.
    #[serde(default)]
    pub kind: String,
    /// True when it is healthy.
    pub current: String,
    /// True when it has failed.
    pub failed: Option<String>,
    /// True when it is on its way.
    pub in_progress: Option<String>,
}
