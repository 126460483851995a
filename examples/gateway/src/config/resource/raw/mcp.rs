use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::NamedBackend;
use crate::config::resource::{Unread, text};

/// What is asked of callers of servers of MCP, and how these are spoken to.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct OwnMcp {
    /// Scopes that calls need, beside a token for the server (`mcp` of a policy's `jwtAuthentication`, or
    /// `mcp.authentication`): who lacks one is answered 403 `insufficient_scope` with all that the call needs.
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub required_scopes: Vec<ToolScopes>,
    /// Scopes that stand for others too, by their names. Each stands for itself alone by default.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<text::Scope>>", length(max = 128))]
    pub implied_scopes: BTreeMap<String, Vec<String>>,
    /// What calls of tools may take. All that match a tool hold.
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub tool_limits: Vec<ToolLimit>,
    /// In which words tools are told, where not in their servers'.
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub tools: Vec<ToolWords>,
    /// Tokens of the gateway's own for servers: got by the client-credentials grant (RFC 6749, 4.4).
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub client_credentials: Vec<ClientCredentials>,
    /// Of another proxy.
    #[schemars(extend("x-not-implemented" = true))]
    pub port: Option<Unread>,
    /// Of another proxy.
    #[schemars(extend("x-not-implemented" = true, "x-secret" = true))]
    pub targets: Option<Unread>,
    /// Of another proxy.
    #[schemars(extend("x-not-implemented" = true, "x-secret" = true))]
    pub policies: Option<Unread>,
    /// Of another proxy.
    #[schemars(extend("x-not-implemented" = true))]
    pub stateful_mode: Option<Unread>,
    /// Of another proxy.
    #[schemars(extend("x-not-implemented" = true))]
    pub prefix_mode: Option<Unread>,
    /// Of another proxy.
    #[schemars(extend("x-not-implemented" = true))]
    pub failure_mode: Option<Unread>,
}

/// Scopes that some calls need. Without a tool and a method, every request does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [crate::config::resource::rule::at_most_one(&["tool", "method"])]))]
#[non_exhaustive]
pub struct ToolScopes {
    /// Whose calls; those of all servers of MCP when it is absent.
    pub backend: Option<NamedBackend>,
    /// The tool, as clients name it; `*` stands for any run of characters.
    #[schemars(length(min = 1, max = 256))]
    pub tool: Option<String>,
    /// The method, such as `resources/read`; `*` stands for any run of characters.
    #[schemars(length(min = 1, max = 256))]
    pub method: Option<String>,
    /// The scopes, all of which are needed.
    #[schemars(with = "Vec<text::Scope>", length(min = 1, max = 32))]
    pub scopes: Vec<String>,
}

/// What calls of some tools may take. Tools of one limit share it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ToolLimit {
    /// Whose tools; those of all servers of MCP when it is absent.
    pub backend: Option<NamedBackend>,
    /// The tool, as clients name it; `*` stands for any run of characters.
    #[schemars(length(min = 1, max = 256))]
    pub tool: String,
    /// How many calls may begin in a minute, of all callers together; -31429 over it.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub calls_per_minute: Option<u32>,
    /// How many calls may be under way at once, of all callers together; -31503 over it.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub concurrent_calls: Option<u32>,
    /// How long a call may take, to the end of its answer; -31504 over it.
    #[schemars(with = "Option<text::Duration>")]
    pub timeout: Option<String>,
    /// How large an answer may be, in bytes; over it the result says so, with `isError`.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_result_bytes: Option<u32>,
}

/// In which words a tool is told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ToolWords {
    /// Whose tool.
    pub backend: NamedBackend,
    /// Of which of its targets; of each that there is when it is absent.
    #[schemars(with = "Option<text::SectionName>")]
    pub target: Option<String>,
    /// The name that the server gives the tool.
    #[schemars(length(min = 1, max = 256))]
    pub tool: String,
    /// The name that clients are told, behind the target's where servers are prefixed. Its own when it is absent.
    #[schemars(length(min = 1, max = 128))]
    pub name: Option<String>,
    /// What clients are told of it. As the server does when it is absent.
    #[schemars(length(min = 1, max = 8192))]
    pub description: Option<String>,
}

/// How the gateway gets a token of its own for a server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientCredentials {
    /// For which backend, which must have no credential of its own.
    pub backend: NamedBackend,
    /// For which of its targets; for all when it is absent.
    #[schemars(with = "Option<text::SectionName>")]
    pub target: Option<String>,
    /// The token endpoint of the authorization server.
    #[schemars(with = "text::Url")]
    pub token_endpoint: String,
    /// As whom the gateway asks.
    #[schemars(length(min = 1, max = 256))]
    pub client_id: String,
    /// The Secret that holds the client's secret.
    pub client_secret_ref: SecretKey,
    /// Whether the secret stands in the form, where the authorization server takes it there alone.
    #[serde(default)]
    pub secret_in_form: bool,
    /// What the token is to allow; what the authorization server gives by itself when it is empty.
    #[serde(default)]
    #[schemars(with = "Vec<text::Scope>", length(max = 32))]
    pub scopes: Vec<String>,
    /// The URLs of servers that the token is for (RFC 8707).
    #[serde(default)]
    #[schemars(with = "Vec<text::Url>", length(max = 16))]
    pub resources: Vec<String>,
    /// The names of servers that the token is for, as the authorization server knows them.
    #[serde(default)]
    #[schemars(with = "Vec<text::Filled>", length(max = 16))]
    pub audiences: Vec<String>,
}

/// A key of an object of the parameters' own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "the reference is local: it names an object of the parameters' own namespace",
}))]
#[non_exhaustive]
pub struct SecretKey {
    /// The name of the object.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// The key in it.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}
