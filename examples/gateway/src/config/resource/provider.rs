//! Backends and providers of clouds, which are not served yet.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::{exactly_one, given, is, not, rule, unset_or, when};
use super::text;

/// Azure's OpenAI.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "deploymentName is required for this apiVersion",
    when(not(unset_or("apiVersion", &["v1"])), given(&["deploymentName"])),
)]))]
#[non_exhaustive]
pub struct AzureOpenAi {
    /// Its host.
    #[schemars(with = "text::Word")]
    pub endpoint: String,
    /// The deployment of the model.
    #[schemars(with = "Option<text::Word>")]
    pub deployment_name: Option<String>,
    /// The version of the API.
    #[schemars(with = "Option<text::ShortWord>")]
    pub api_version: Option<String>,
}

/// Azure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "projectName is required when resourceType is Foundry",
    when(is("resourceType", &["Foundry"]), given(&["projectName"])),
)]))]
#[non_exhaustive]
pub struct Azure {
    /// The resource.
    #[schemars(with = "text::Word")]
    pub resource_name: String,
    /// Its kind.
    #[schemars(extend("enum" = ["Foundry", "OpenAI"]))]
    pub resource_type: String,
    /// The project, with `Foundry`.
    #[schemars(with = "Option<text::Word>")]
    pub project_name: Option<String>,
    /// The version of the API.
    #[schemars(with = "Option<text::ShortWord>")]
    pub api_version: Option<String>,
    /// The model in the place of the request's.
    #[schemars(with = "Option<text::Model>")]
    pub model: Option<String>,
}

/// Vertex AI.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct VertexAi {
    /// The project.
    #[schemars(with = "text::ShortWord")]
    pub project_id: String,
    /// Where it is.
    #[schemars(with = "Option<text::ShortWord>", extend("default" = "global"))]
    pub region: Option<String>,
    /// The model in the place of the request's.
    #[schemars(with = "Option<text::Model>")]
    pub model: Option<String>,
}

/// Bedrock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Bedrock {
    /// Where it is.
    #[schemars(with = "Option<text::AwsRegion>", extend("default" = "us-east-1"))]
    pub region: Option<String>,
    /// The model in the place of the request's.
    #[schemars(with = "Option<text::Model>")]
    pub model: Option<String>,
    /// A guardrail of the provider.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub guardrail: Option<BedrockGuardrail>,
}

/// A guardrail of Bedrock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BedrockGuardrail {
    /// Which.
    #[schemars(with = "text::Word")]
    pub identifier: String,
    /// Its version.
    #[schemars(with = "text::Word")]
    pub version: String,
}

/// Moderation of OpenAI.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Moderation {
    /// The model.
    #[schemars(with = "Option<text::Word>", extend("default" = "omni-moderation-latest"))]
    pub model: Option<String>,
    /// What becomes of what it finds.
    pub policy: Option<ModerationPolicy>,
}

/// What becomes of what moderation finds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ModerationPolicy {
    /// In requests.
    pub input: Option<ModerationMode>,
    /// In answers.
    pub output: Option<ModerationMode>,
}

/// What becomes of what moderation finds on one side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ModerationMode {
    /// It is refused, or told.
    #[schemars(extend("enum" = ["Block", "Score"]))]
    pub mode: String,
}

/// A service of AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["agentCore"])]))]
#[non_exhaustive]
pub struct AwsBackend {
    /// AgentCore of Bedrock.
    pub agent_core: Option<AgentCore>,
}

/// AgentCore of Bedrock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AgentCore {
    /// The runtime.
    pub agent_runtime_arn: String,
    /// Its alias or version.
    pub qualifier: Option<String>,
}
