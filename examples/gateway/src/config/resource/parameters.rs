//! AgentgatewayParameters, `agentgateway.dev/v1alpha1`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::{given, is, not, rule_at, when};
use super::{Istio, ModelCatalog, RawConfig, Spiffe, Tree, Unread, pod};

/// `AgentgatewayParameters.spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [
    rule_at(
        "deployment",
        "deployment overlays are only valid when workload.kind is Deployment or unset",
        when(of_daemons(), not(given(&["deployment"]))),
    ),
    rule_at(
        "daemonSet",
        "daemonSet overlays are only valid when workload.kind is DaemonSet",
        when(given(&["daemonSet"]), of_daemons()),
    ),
    rule_at(
        "horizontalPodAutoscaler",
        "horizontalPodAutoscaler is not valid when workload.kind is DaemonSet",
        when(of_daemons(), not(given(&["horizontalPodAutoscaler"]))),
    ),
]))]
#[non_exhaustive]
pub struct ParametersSpec {
    /// Variables of the process; those that the process has already beat them.
    #[serde(default)]
    pub env: Vec<EnvVar>,
    /// What is logged, and how.
    pub logging: Option<Logging>,
    /// How long answers under way may take at the end, in seconds.
    pub shutdown: Option<Shutdown>,
    /// What a rendered deployment runs as.
    pub workload: Option<Workload>,
    /// The image of a rendered deployment.
    pub image: Option<Image>,
    /// The resources of a rendered deployment's container.
    #[schemars(with = "Option<pod::Resources>")]
    pub resources: Option<Unread>,
    /// Laid over the rendered Deployment.
    pub deployment: Option<Overlay>,
    /// Laid over the rendered DaemonSet.
    pub daemon_set: Option<Overlay>,
    /// Laid over the rendered Service.
    pub service: Option<Overlay>,
    /// Laid over the rendered ServiceAccount.
    pub service_account: Option<Overlay>,
    /// A rendered PodDisruptionBudget.
    #[schemars(extend("x-not-implemented" = true))]
    pub pod_disruption_budget: Option<Overlay>,
    /// A rendered HorizontalPodAutoscaler.
    #[schemars(extend("x-not-implemented" = true))]
    pub horizontal_pod_autoscaler: Option<Overlay>,
    /// Settings of this gateway for which the CRDs have no field. What another proxy reads here cannot be taken
    /// over, and has no effect.
    pub raw_config: Option<RawConfig>,
    /// Istio's mesh.
    #[schemars(extend("x-not-implemented" = true))]
    pub istio: Option<Istio>,
    /// SPIFFE identities.
    #[schemars(extend("x-not-implemented" = true))]
    pub spiffe: Option<Spiffe>,
    /// Catalogues of models.
    #[schemars(extend("x-not-implemented" = true))]
    pub model_catalog: Option<ModelCatalog>,
}

/// The workload is a DaemonSet.
fn of_daemons() -> serde_json::Value {
    let kind = is("kind", &["DaemonSet"]);
    serde_json::json!({ "required": ["workload"], "properties": { "workload": kind } })
}

/// The image of a rendered deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Image {
    /// The registry.
    pub registry: Option<String>,
    /// The repository in it.
    pub repository: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The digest, which beats the tag.
    pub digest: Option<String>,
    /// When it is pulled.
    pub pull_policy: Option<String>,
}

/// What a deployment runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Workload {
    /// The kind.
    pub kind: Option<WorkloadKind>,
}

/// The kinds of workloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two kinds of the specification"
)]
#[expect(missing_docs, reason = "kinds of Kubernetes")]
pub enum WorkloadKind {
    #[default]
    Deployment,
    DaemonSet,
}

/// A variable of the process. Its `Debug` shows no value, which may be a credential.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value.
    #[schemars(extend("x-secret" = true))]
    pub value: Option<String>,
    /// Where its value stands.
    pub value_from: Option<EnvVarSource>,
}

impl fmt::Debug for EnvVar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvVar")
            .field("name", &self.name)
            .field("value", &self.value.as_ref().map(|_| "[redacted]"))
            .field("value_from", &self.value_from)
            .finish()
    }
}

/// Where the value of a variable stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct EnvVarSource {
    /// In a ConfigMap of the same namespace.
    pub config_map_key_ref: Option<KeyRef>,
    /// In a Secret of the same namespace.
    pub secret_key_ref: Option<KeyRef>,
    /// In a field of the pod: the cluster sets the variable.
    #[schemars(with = "Option<pod::FieldRef>")]
    pub field_ref: Option<Unread>,
    /// In a resource of the container: the cluster sets the variable.
    #[schemars(with = "Option<pod::ResourceFieldRef>")]
    pub resource_field_ref: Option<Unread>,
    /// In a file of a volume: the cluster sets the variable.
    #[schemars(with = "Option<pod::FileKeyRef>")]
    pub file_key_ref: Option<Unread>,
}

/// A key of a ConfigMap or Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct KeyRef {
    /// The name of the object.
    #[serde(default)]
    pub name: String,
    /// The key in it.
    pub key: String,
    /// Whether it may be missing.
    #[serde(default)]
    pub optional: bool,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Logging {
    /// As in `RUST_LOG`.
    pub level: Option<String>,
    /// JSON or text.
    pub format: Option<LogFormat>,
}

/// The form of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two forms of the specification"
)]
#[expect(missing_docs, reason = "forms of text")]
pub enum LogFormat {
    Json,
    Text,
}

/// How long answers under way may take at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Shutdown {
    /// Seconds that it serves on, unready, so that balancers notice; within `max`.
    #[schemars(range(max = 31_536_000))]
    pub min: u64,
    /// Seconds until the last answer is cut, from the signal on.
    #[schemars(range(max = 31_536_000))]
    pub max: u64,
}

/// Laid over a rendered object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Overlay {
    /// Its labels and annotations.
    #[serde(default)]
    pub metadata: OverlayMeta,
    /// Its spec, merged.
    pub spec: Option<Tree>,
}

/// Labels and annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct OverlayMeta {
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}
