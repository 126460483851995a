//! Tracing and access logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::resource::rule::{at_least_one, exactly_one, given, is, rule, rule_at, when};
use crate::config::resource::{BackendRef, text};

/// A CEL expression as it stands.
pub type Expr = String;

/// Where spans go, and which.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "sampler": "sampling is said by randomSampling and clientSampling",
    "sampling": "sampling is said by randomSampling and clientSampling",
    "endpoint": "the collector is named by backendRef or url",
}))]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = otlp_path(),
))]
#[non_exhaustive]
pub struct TracingSpec {
    /// The collector, as an object.
    pub backend_ref: Option<CollectorRef>,
    /// The collector, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// How it is spoken to.
    #[serde(default)]
    pub protocol: TracingProtocol,
    /// The path, with `HTTP`; `/v1/traces` when it is absent.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path: Option<String>,
    /// Attributes to add and to remove.
    pub attributes: Option<AttributeRules>,
    /// Attributes of the resource.
    #[serde(default)]
    pub resources: Vec<NamedExpression>,
    /// Which requests without a sampled parent are traced: true, false or a share.
    #[schemars(with = "Option<text::Expression>")]
    pub random_sampling: Option<Expr>,
    /// Which requests with a sampled parent are traced.
    #[schemars(with = "Option<text::Expression>")]
    pub client_sampling: Option<Expr>,
    /// Which spans are kept.
    #[schemars(with = "Option<text::Expression>")]
    pub filter: Option<Expr>,
}

/// A path goes with HTTP alone.
fn otlp_path() -> Vec<serde_json::Value> {
    let url = serde_json::json!({ "pattern": "^https?://[^/?#]+/" });
    let url = serde_json::json!({ "required": ["url"], "properties": { "url": url } });
    vec![
        rule_at(
            "path",
            "path is only valid with protocol HTTP",
            when(given(&["path"]), is("protocol", &["HTTP"])),
        ),
        rule(
            "path must start with /",
            serde_json::json!({ "properties": { "path": { "pattern": "^/" } } }),
        ),
        rule_at(
            "url",
            "url path is only valid with protocol HTTP",
            when(url, is("protocol", &["HTTP"])),
        ),
    ]
}

/// A reference to a collector.
pub type CollectorRef = BackendRef;

/// How a collector is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "OTLP's two transports")]
pub enum TracingProtocol {
    /// OTLP over gRPC.
    #[default]
    Grpc,
    /// OTLP over HTTP, in protobuf.
    Http,
}

/// Attributes to add and to remove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["add", "remove"])]))]
#[non_exhaustive]
pub struct AttributeRules {
    /// To add.
    #[schemars(length(min = 1))]
    pub add: Option<Vec<NamedExpression>>,
    /// To remove.
    #[schemars(length(min = 1, max = 32), with = "Option<Vec<text::RemovedName>>")]
    pub remove: Option<Vec<String>>,
}

/// An attribute and the expression that gives its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NamedExpression {
    /// Its name.
    #[schemars(with = "text::AttributeName")]
    pub name: String,
    /// Its value.
    #[schemars(with = "text::Expression")]
    pub expression: Expr,
}

/// One record per request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessLogSpec {
    /// Which requests are recorded.
    #[schemars(with = "Option<text::Expression>")]
    pub filter: Option<Expr>,
    /// Fields to add and to remove.
    pub attributes: Option<AttributeRules>,
    /// Records to a collector.
    #[schemars(extend("x-not-implemented" = true))]
    pub otlp: Option<AccessLogExport>,
}

/// Records to a collector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = otlp_path(),
))]
#[non_exhaustive]
pub struct AccessLogExport {
    /// The collector, as an object.
    pub backend_ref: Option<CollectorRef>,
    /// The collector, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// How it is spoken to.
    #[serde(default)]
    pub protocol: TracingProtocol,
    /// The path, with `HTTP`.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path: Option<String>,
    /// Which requests are recorded.
    #[schemars(with = "Option<text::Expression>")]
    pub filter: Option<Expr>,
    /// Fields to add and to remove.
    pub attributes: Option<AttributeRules>,
}

/// Labels of metrics.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MetricsPolicy {
    /// Which.
    pub attributes: MetricLabels,
}

/// Labels of metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["add"])]))]
#[non_exhaustive]
pub struct MetricLabels {
    /// To add.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub add: Option<Vec<NamedExpression>>,
}
