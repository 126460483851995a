//! AgentgatewayBackend, `agentgateway.dev/v1alpha1`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::{
    any_given, at_least_one, exactly_one, given, is, not, rule, rule_at, unset_or, when,
};
use super::{
    AwsBackend, Azure, AzureOpenAi, BackendAuth, BackendPolicies, BackendRef, Bedrock, Empty,
    LabelSelector, Moderation, PeerPolicies, VertexAi, text,
};

/// `AgentgatewayBackend.spec`: exactly one of the kinds, and policies.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["ai", "static", "dynamicForwardProxy", "mcp", "aws", "a2a"])],
    "x-rules" = [
        rule_at("policies.ai", "AI policies require AI backend", with_policy("ai")),
        rule_at("policies.mcp", "MCP policies require MCP backend", with_policy("mcp")),
    ],
))]
#[non_exhaustive]
pub struct BackendSpec {
    /// Providers of models.
    pub ai: Option<AiSpec>,
    /// One host.
    #[serde(rename = "static")]
    pub fixed: Option<StaticSpec>,
    /// Servers of MCP.
    pub mcp: Option<McpSpec>,
    /// An agent.
    pub a2a: Option<A2aSpec>,
    /// The host that the request names.
    #[schemars(extend("x-not-implemented" = true))]
    pub dynamic_forward_proxy: Option<Empty>,
    /// A service of AWS.
    #[schemars(extend("x-not-implemented" = true))]
    pub aws: Option<AwsBackend>,
    /// Policies, which beat those of AgentgatewayPolicy.
    pub policies: Option<BackendPolicies>,
}

/// Policies of a protocol go with a backend that speaks it.
fn with_policy(name: &str) -> serde_json::Value {
    let policies = serde_json::json!({
        "required": ["policies"],
        "properties": { "policies": given(&[name]) },
    });
    when(policies, given(&[name]))
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct A2aSpec {
    /// Its host.
    #[schemars(with = "text::Host")]
    pub host: String,
    /// Its port.
    #[schemars(range(min = 1))]
    pub port: u16,
}

/// One host, or a socket of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [
    rule(
        "must specify either unixPath or both host and port",
        serde_json::json!({ "anyOf": [given(&["unixPath"]), given(&["host", "port"])] }),
    ),
    rule(
        "unixPath and host/port are mutually exclusive",
        when(given(&["unixPath"]), not(any_given(&["host", "port"]))),
    ),
]))]
#[non_exhaustive]
pub struct StaticSpec {
    /// Its host.
    #[schemars(with = "Option<text::Host>")]
    pub host: Option<String>,
    /// Its port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// The path of a Unix socket.
    #[schemars(length(min = 1), extend("x-not-implemented" = true))]
    pub unix_path: Option<String>,
}

/// Servers of MCP behind one endpoint.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct McpSpec {
    /// The servers.
    #[schemars(length(min = 1, max = 128), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub targets: Vec<McpTarget>,
    /// Whether sessions are kept. With `Stateless` every request stands alone: clients of revisions before
    /// 2026-07-28 are given no session, and each call to a server of such a revision opens one and ends it. A
    /// `LocalProcess` of such a revision is then started for each call.
    pub session_routing: Option<SessionRouting>,
    /// What becomes of a request when some servers fail.
    pub failure_mode: Option<FailureMode>,
    /// Whether names are prefixed with the target's.
    pub prefix_mode: Option<PrefixMode>,
}

/// Whether sessions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum SessionRouting {
    #[default]
    Stateful,
    Stateless,
}

/// What becomes of a request when some servers fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum FailureMode {
    #[default]
    FailClosed,
    FailOpen,
}

/// Whether names are prefixed with the target's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three modes")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum PrefixMode {
    Always,
    #[default]
    Conditional,
    Never,
}

/// One server, or those that labels choose.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["selector", "static"])]))]
#[non_exhaustive]
pub struct McpTarget {
    /// Its name, unique in the backend.
    #[schemars(with = "text::SectionName")]
    pub name: String,
    /// Services chosen by their labels.
    pub selector: Option<McpSelector>,
    /// One server.
    #[serde(rename = "static")]
    pub fixed: Option<McpStatic>,
}

/// Services chosen by their labels.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["namespaces", "services"])]))]
#[non_exhaustive]
pub struct McpSelector {
    /// Labels of their namespaces; the backend's own namespace alone when it is absent.
    pub namespaces: Option<LabelSelector>,
    /// Labels of the Services.
    pub services: Option<LabelSelector>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["host", "backendRef"])],
    "x-rules" = [
        rule_at(
            "policies",
            "mcp target policies may not be used with backendRef",
            not(given(&["backendRef", "policies"])),
        ),
        rule_at(
            "era",
            "SSE is a transport of revisions before 2026-07-28",
            when(is("protocol", &["SSE"]), unset_or("era", &["Legacy"])),
        ),
        // A process of this machine is our own addition, and has no port.
        rule_at("port", "is required", when(not(of_process()), given(&["port"]))),
    ],
))]
#[non_exhaustive]
pub struct McpStatic {
    /// Its host.
    #[schemars(with = "Option<text::Host>")]
    pub host: Option<String>,
    /// An object in its place: a Service, an AgentgatewayBackend or a LocalProcess.
    pub backend_ref: Option<LocalRef>,
    /// Its port; a LocalProcess has none.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// The path of its endpoint; `/mcp`, or `/sse` with `SSE`, when it is absent.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path: Option<String>,
    /// How it is spoken to.
    pub protocol: Option<McpTransport>,
    /// Which revisions it speaks, which is then taken at its word. It is found out when it is absent, and anew when
    /// the server's answers tell otherwise.
    #[schemars(extend("x-extension" = true))]
    pub era: Option<McpEra>,
    /// Policies for this server alone.
    #[schemars(extend("x-not-implemented" = true))]
    pub policies: Option<PeerPolicies<BackendAuth>>,
}

/// Which revisions a server of MCP speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "before and behind one border")]
pub enum McpEra {
    /// Those up to 2025-11-25, with a handshake and sessions.
    Legacy,
    /// Those from 2026-07-28 on.
    Modern,
}

/// It is a process of this machine.
fn of_process() -> serde_json::Value {
    let kind = is("kind", &["LocalProcess"]);
    serde_json::json!({ "required": ["backendRef"], "properties": { "backendRef": kind } })
}

/// An object of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "this reference is local: it names an object of the backend's own namespace",
    "port": "the port stands beside backendRef, in static.port",
}))]
#[non_exhaustive]
pub struct LocalRef {
    /// Its group; empty for the core.
    #[serde(default)]
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[serde(default = "super::common::service_kind")]
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
}

/// How an MCP server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the specification's two transports"
)]
#[expect(missing_docs, reason = "the specification's words")]
pub enum McpTransport {
    #[default]
    #[serde(rename = "StreamableHTTP")]
    StreamableHttp,
    #[serde(rename = "SSE")]
    Sse,
}

/// Providers of models: one, or groups in the order of their priority.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["provider", "groups"])]))]
#[non_exhaustive]
pub struct AiSpec {
    /// The one provider.
    pub provider: Option<AiProvider>,
    /// Groups, the first tried first.
    #[schemars(length(min = 1, max = 8))]
    pub groups: Option<Vec<ProviderGroup>>,
}

/// Providers of one priority.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ProviderGroup {
    /// The providers.
    #[schemars(length(min = 1, max = 16))]
    pub providers: Vec<AiProvider>,
}

/// One provider: exactly one of the kinds, and where it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&[
        "openai", "azureopenai", "azure", "anthropic", "gemini", "vertexai", "bedrock", "custom",
    ])],
    "x-rules" = [
        rule(
            "both host and port must be set together",
            when(any_given(&["host", "port"]), given(&["host", "port"])),
        ),
        rule_at(
            "pathPrefix",
            "path and pathPrefix are mutually exclusive",
            not(given(&["path", "pathPrefix"])),
        ),
        rule_at(
            "pathPrefix",
            "pathPrefix requires host to be set",
            when(given(&["pathPrefix"]), given(&["host"])),
        ),
    ],
))]
#[non_exhaustive]
pub struct AiProvider {
    /// Its name, unique in its group; needed in groups.
    #[schemars(with = "Option<text::SectionName>")]
    pub name: Option<String>,
    /// OpenAI.
    pub openai: Option<ModelOnly>,
    /// Anthropic.
    pub anthropic: Option<ModelOnly>,
    /// Gemini.
    pub gemini: Option<ModelOnly>,
    /// Another one, by the formats that it speaks.
    pub custom: Option<CustomProvider>,
    /// Azure's OpenAI.
    pub azureopenai: Option<AzureOpenAi>,
    /// Azure.
    pub azure: Option<Azure>,
    /// Vertex AI.
    pub vertexai: Option<VertexAi>,
    /// Bedrock.
    pub bedrock: Option<Bedrock>,
    /// Another host than the provider's own.
    #[schemars(with = "Option<text::Host>")]
    pub host: Option<String>,
    /// Its port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// Another path than the API's own.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path: Option<String>,
    /// Another prefix than the API's own, which is `/v1`, or `/v1beta` for Gemini.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path_prefix: Option<String>,
    /// Policies for this provider alone, in groups.
    pub policies: Option<BackendPolicies>,
}

/// A provider whose kind says all but the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelOnly {
    /// The model in the place of the request's.
    #[schemars(with = "Option<text::Model>")]
    pub model: Option<String>,
    /// Moderation of OpenAI.
    #[schemars(extend("x-not-implemented" = true))]
    pub moderation: Option<Moderation>,
}

/// A provider by the formats that it speaks.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CustomProvider {
    /// The model in the place of the request's.
    #[schemars(with = "Option<text::Model>")]
    pub model: Option<String>,
    /// The formats.
    #[schemars(length(min = 1, max = 6), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub formats: Vec<CustomFormat>,
    /// A Service in the place of host and port.
    pub backend_ref: Option<BackendRef>,
}

/// A format of a custom provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CustomFormat {
    /// Which.
    #[serde(rename = "type")]
    pub kind: FormatType,
    /// Another path than the format's own.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path: Option<String>,
}

/// Formats of model APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's seven formats")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum FormatType {
    AnthropicTokenCount,
    Completions,
    Embeddings,
    Messages,
    Realtime,
    Rerank,
    Responses,
}
