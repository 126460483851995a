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
        "buildMetadata", "commonMetadata", "components", "decryption", "deletionPolicy", "force",
        "ignore", "ignoreMissingComponents", "images", "interval", "kubeConfig", "namePrefix",
        "nameSuffix", "patches", "prune", "retryInterval", "serviceAccountName", "sourceRef",
        "suspend", "timeout",
    ],
))]
#[non_exhaustive]
pub struct FluxKustomization {
    /// The folder in its source.
    pub path: Option<String>,
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

/// Another Kustomization that must be ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its namespace; the same when it is absent.
    pub namespace: Option<String>,
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
#[serde(rename_all = "camelCase")]
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
#[serde(rename_all = "camelCase")]
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
