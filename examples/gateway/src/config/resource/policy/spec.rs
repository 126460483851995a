//! What a policy is for, and the three places that it speaks of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{BackendPolicies, FrontendPolicies, TrafficPolicies};
use crate::config::resource::rule::{any_given, at_most_one, exactly_one, given, rule, when};
use crate::config::resource::text;

/// `AgentgatewayPolicy.spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["targetRefs", "targetSelectors"])],
    "x-rules" = [
        rule(
            "At least one of traffic, frontend, or backend must be provided.",
            any_given(&["traffic", "frontend", "backend"]),
        ),
        rule(
            "the 'frontend' field can only target a Gateway",
            when(given(&["frontend"]), all_target(&["Gateway"])),
        ),
        rule(
            "the 'traffic' field can only target a Gateway, ListenerSet, GRPCRoute, HTTPRoute, or InferencePool",
            when(
                given(&["traffic"]),
                all_target(&["Gateway", "HTTPRoute", "GRPCRoute", "ListenerSet", "InferencePool"]),
            ),
        ),
    ],
))]
#[non_exhaustive]
pub struct PolicySpec {
    /// What it is for, by name.
    #[schemars(length(min = 1, max = 16))]
    pub target_refs: Option<Vec<TargetRef>>,
    /// What it is for, by labels.
    #[schemars(length(min = 1, max = 16))]
    pub target_selectors: Option<Vec<TargetSelector>>,
    /// At the client's side of a Gateway.
    pub frontend: Option<FrontendPolicies>,
    /// On the way of requests.
    pub traffic: Option<TrafficPolicies>,
    /// At the side of backends.
    pub backend: Option<BackendPolicies>,
    /// How it joins with others.
    pub strategy: Option<PolicyStrategy>,
}

/// All that the policy is for is of one of these kinds.
fn all_target(kinds: &[&str]) -> serde_json::Value {
    let each = serde_json::json!({ "items": { "properties": { "kind": { "enum": kinds } } } });
    serde_json::json!({ "properties": { "targetRefs": each, "targetSelectors": each } })
}

/// An object of the policy's own namespace, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "targetRefs are local: they name objects of the policy's own namespace",
}))]
#[schemars(extend("x-choices" = [at_most_one(&["sectionName", "port"])]))]
#[non_exhaustive]
pub struct TargetRef {
    /// Its group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// The listener of a Gateway, or the rule of a route.
    #[schemars(with = "Option<text::SectionName>")]
    pub section_name: Option<String>,
    /// The listeners of a Gateway on this port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

/// Objects of the policy's own namespace, by their labels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "targetSelectors are local: they choose among objects of the policy's own namespace",
}))]
#[schemars(extend("x-choices" = [at_most_one(&["sectionName", "port"])]))]
#[non_exhaustive]
pub struct TargetSelector {
    /// Their group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Their kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Their labels.
    pub match_labels: BTreeMap<String, String>,
    /// The listener of a Gateway, or the rule of a route.
    #[schemars(with = "Option<text::SectionName>")]
    pub section_name: Option<String>,
    /// The listeners of a Gateway on this port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

/// How a policy joins with others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyStrategy {
    /// Whether policies of what is within (of a listener, a route, a rule) may say otherwise.
    pub inheritance: Option<Inheritance>,
}

/// Who has the last word about `traffic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two words")]
pub enum Inheritance {
    /// The nearer policy, field by field.
    Default,
    /// This one: nothing in `traffic` of nearer policies counts.
    Override,
}
