//! What is read in requests and answers of models, and refused or hidden.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AwsAuth, CredentialPlace, CredentialRef, Expr, GcpAuth, PeerPolicies};
use crate::config::resource::rule::{any_given, at_least_one, exactly_one, given, rule_at, when};
use crate::config::resource::{BackendRef, FailureMode, ValueMatchSpec, text};

/// Guards of requests and answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["request", "response"])]))]
#[non_exhaustive]
pub struct PromptGuard {
    /// Of requests, one after another.
    #[schemars(length(min = 1, max = 8))]
    pub request: Option<Vec<RequestGuard>>,
    /// Of answers, one after another.
    #[schemars(length(min = 1, max = 8))]
    pub response: Option<Vec<ResponseGuard>>,
    /// Whether streams are looked at too.
    #[schemars(extend("enum" = ["Enabled", null]))]
    pub streaming: Option<String>,
}

/// A guard of requests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&[
    "regex", "webhook", "openAIModeration", "bedrockGuardrails", "googleModelArmor",
])]))]
#[non_exhaustive]
pub struct RequestGuard {
    /// By regular expressions.
    pub regex: Option<RegexGuard>,
    /// By another service.
    pub webhook: Option<WebhookGuard>,
    /// By OpenAI.
    #[serde(rename = "openAIModeration")]
    pub openai_moderation: Option<OpenAiModeration>,
    /// By Bedrock.
    pub bedrock_guardrails: Option<BedrockGuardrails>,
    /// By Google.
    pub google_model_armor: Option<GoogleModelArmor>,
    /// What is answered in the place of the model.
    pub response: Option<GuardResponse>,
    /// Which parts of a request are looked at.
    #[schemars(length(min = 1, max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub scope: Option<Vec<GuardScope>>,
}

/// A guard of answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [
    exactly_one(&["regex", "webhook", "bedrockGuardrails", "googleModelArmor"]),
]))]
#[non_exhaustive]
pub struct ResponseGuard {
    /// By regular expressions.
    pub regex: Option<RegexGuard>,
    /// By another service.
    pub webhook: Option<WebhookGuard>,
    /// By Bedrock.
    pub bedrock_guardrails: Option<BedrockGuardrails>,
    /// By Google.
    pub google_model_armor: Option<GoogleModelArmor>,
    /// What is answered in the place of the model.
    pub response: Option<GuardResponse>,
}

/// Parts of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's four parts")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum GuardScope {
    Messages,
    SystemPrompt,
    ToolInput,
    ToolOutput,
}

/// By regular expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RegexGuard {
    /// What becomes of what matches.
    #[serde(default)]
    pub action: GuardAction,
    /// The expressions.
    #[serde(default)]
    #[schemars(with = "Vec<text::Pattern>")]
    pub matches: Vec<String>,
    /// Expressions that are known.
    #[serde(default)]
    pub builtins: Vec<KnownPattern>,
}

/// What becomes of what matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two actions")]
pub enum GuardAction {
    /// It is hidden.
    #[default]
    Mask,
    /// The whole message is refused.
    Reject,
}

/// Expressions that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's five")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum KnownPattern {
    CaSin,
    CreditCard,
    Email,
    PhoneNumber,
    Ssn,
}

/// By another service.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookGuard {
    /// The service.
    pub backend_ref: BackendRef,
    /// What becomes of messages while it does not answer.
    pub failure_mode: Option<FailureMode>,
    /// Headers of the request that go along.
    #[serde(default)]
    pub forward_header_matches: Vec<ValueMatchSpec>,
    /// Headers that are added, as expressions.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::SecretExpression>")]
    pub headers: BTreeMap<String, Expr>,
}

/// By OpenAI.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct OpenAiModeration {
    /// The model.
    pub model: Option<String>,
    /// How it is spoken to.
    pub policies: Option<PeerPolicies<KeyAuth>>,
}

/// By Bedrock.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BedrockGuardrails {
    /// The guardrail.
    #[schemars(with = "text::Word")]
    pub identifier: String,
    /// Its version.
    #[schemars(with = "text::Word")]
    pub version: String,
    /// Where it is.
    #[schemars(with = "text::Word")]
    pub region: String,
    /// How it is spoken to.
    pub policies: Option<PeerPolicies<BedrockAuth>>,
}

/// By Google.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GoogleModelArmor {
    /// The project.
    #[schemars(with = "text::Word")]
    pub project_id: String,
    /// The template.
    #[schemars(with = "text::Word")]
    pub template_id: String,
    /// Where it is.
    #[schemars(with = "Option<text::Word>", extend("default" = "us-central1"))]
    pub location: Option<String>,
    /// How it is spoken to.
    pub policies: Option<PeerPolicies<GoogleAuth>>,
}

/// A key. Its `Debug` shows none.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["key", "secretRef"])]))]
#[non_exhaustive]
pub struct KeyAuth {
    /// The key itself.
    #[schemars(length(max = 2048), extend("x-secret" = true))]
    pub key: Option<String>,
    /// The Secret that holds it.
    pub secret_ref: Option<CredentialRef>,
    /// Where it is put.
    pub location: Option<CredentialPlace>,
}

impl fmt::Debug for KeyAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyAuth")
            .field("key", &self.key.as_ref().map(|_| "[redacted]"))
            .field("secret_ref", &self.secret_ref)
            .field("location", &self.location)
            .finish()
    }
}

/// A key, or signatures of AWS. Its `Debug` shows no key.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["key", "secretRef", "aws"])],
    "x-rules" = [rule_at(
        "location",
        "location may only be set for key or secretRef auth",
        when(given(&["location"]), any_given(&["key", "secretRef"])),
    )],
))]
#[non_exhaustive]
pub struct BedrockAuth {
    /// The key itself.
    #[schemars(length(max = 2048), extend("x-secret" = true))]
    pub key: Option<String>,
    /// The Secret that holds it.
    pub secret_ref: Option<CredentialRef>,
    /// Signatures of AWS.
    pub aws: Option<AwsAuth>,
    /// Where the key is put.
    pub location: Option<CredentialPlace>,
}

impl fmt::Debug for BedrockAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockAuth")
            .field("key", &self.key.as_ref().map(|_| "[redacted]"))
            .field("secret_ref", &self.secret_ref)
            .field("aws", &self.aws)
            .finish_non_exhaustive()
    }
}

/// Tokens of Google.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["gcp"])]))]
#[non_exhaustive]
pub struct GoogleAuth {
    /// Which.
    pub gcp: Option<GcpAuth>,
}

/// What is answered in the place of the model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["message", "statusCode"])]))]
#[non_exhaustive]
pub struct GuardResponse {
    /// The text.
    #[schemars(extend("default" = "The request was rejected due to inappropriate content"))]
    pub message: Option<String>,
    /// The status.
    #[schemars(range(min = 200, max = 599), extend("default" = 403))]
    pub status_code: Option<u16>,
}
