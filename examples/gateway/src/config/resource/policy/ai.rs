//! Policies that are special to models.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Expr, PromptGuard};
use crate::config::resource::rule::at_least_one;
use crate::config::resource::{Unread, text};

/// What is special to models.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&[
    "defaults", "finalTransformations", "modelAliases", "overrides", "prompt", "promptCaching",
    "promptGuard", "routes", "transformations",
])]))]
#[non_exhaustive]
pub struct AiPolicies {
    /// What is read in requests and answers, and refused or hidden.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub prompt_guard: Option<PromptGuard>,
    /// Messages before and behind those of the client.
    #[schemars(extend("x-not-implemented" = true))]
    pub prompt: Option<PromptMessages>,
    /// Marks for the provider's cache.
    #[schemars(extend("x-not-implemented" = true))]
    pub prompt_caching: Option<PromptCaching>,
    /// Fields of requests that do not give them.
    #[schemars(length(min = 1, max = 64), extend("x-not-implemented" = true))]
    pub defaults: Option<Vec<FieldValue>>,
    /// Fields of all requests.
    #[schemars(length(min = 1, max = 64), extend("x-not-implemented" = true))]
    pub overrides: Option<Vec<FieldValue>>,
    /// Fields by expressions, before anything else.
    #[schemars(length(min = 1, max = 64), extend("x-not-implemented" = true))]
    pub transformations: Option<Vec<FieldExpression>>,
    /// Fields by expressions, behind everything else.
    #[schemars(length(min = 1, max = 64), extend("x-not-implemented" = true))]
    pub final_transformations: Option<Vec<FieldExpression>>,
    /// Names of models, and what the provider calls them.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64))]
    pub model_aliases: BTreeMap<String, String>,
    /// Which API is spoken at which end of the path.
    #[serde(default)]
    #[schemars(extend("x-not-implemented" = true))]
    pub routes: BTreeMap<String, ModelRoute>,
}

/// A field of requests with its value.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldValue {
    /// The field.
    #[schemars(with = "text::Word")]
    pub field: String,
    /// Its value.
    pub value: Unread,
}

/// A field of requests and the expression that gives its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldExpression {
    /// The field.
    #[schemars(with = "text::Word")]
    pub field: String,
    /// Its value.
    #[schemars(with = "text::Expression")]
    pub expression: Expr,
}

/// Messages before and behind those of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PromptMessages {
    /// Before.
    #[serde(default)]
    pub prepend: Vec<PromptMessage>,
    /// Behind.
    #[serde(default)]
    pub append: Vec<PromptMessage>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PromptMessage {
    /// Whose it is.
    pub role: String,
    /// What it says.
    pub content: String,
}

/// Marks for the provider's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PromptCaching {
    /// The system's prompt.
    #[serde(default = "yes")]
    pub cache_system: bool,
    /// The messages.
    #[serde(default = "yes")]
    pub cache_messages: bool,
    /// The tools.
    #[serde(default)]
    pub cache_tools: bool,
    /// How many messages before the last the mark stands.
    #[serde(default)]
    pub cache_message_offset: u32,
    /// Below so many tokens nothing is marked.
    #[serde(default = "least")]
    pub min_tokens: u32,
}

const fn yes() -> bool {
    true
}

const fn least() -> u32 {
    1024
}

/// APIs of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's APIs")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum ModelRoute {
    AnthropicTokenCount,
    Completions,
    Detect,
    Embeddings,
    GeminiCountTokens,
    GenerateContent,
    Messages,
    Models,
    Passthrough,
    Realtime,
    Rerank,
    Responses,
}
