//! Policies that are special to MCP.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AuthenticationMode, Authorization, CredentialRef, Expr, IdentityProduct, RemoteJwks};
use crate::config::resource::rule::{at_least_one, exactly_one, url_without_path};
use crate::config::resource::{BackendRef, FailureMode, Unread, text};

/// What is special to MCP.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [
    at_least_one(&["authentication", "authorization", "guardrails"]),
]))]
#[non_exhaustive]
pub struct McpPolicies {
    /// Who may call which tools. The rules of all levels hold together, beside those of `traffic`.
    pub authorization: Option<Authorization>,
    /// Who calls, by JWT: a resource server of OAuth 2.1, whose metadata are served beside the route.
    pub authentication: Option<McpAuthentication>,
    /// Servers that look at messages.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub guardrails: Option<McpGuardrails>,
}

/// Who calls, by JWT.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct McpAuthentication {
    /// What becomes of who has no valid token.
    #[serde(default)]
    pub mode: AuthenticationMode,
    /// Whose product issues tokens, where that makes a difference.
    #[schemars(extend("x-not-implemented" = true))]
    pub provider: Option<IdentityProduct>,
    /// The claim `iss`. It is needed.
    #[schemars(with = "Option<text::Word>")]
    pub issuer: Option<String>,
    /// The claims `aud` that are taken beside the resource's URL.
    #[schemars(length(min = 1, max = 64))]
    pub audiences: Option<Vec<String>>,
    /// Where the keys are fetched that tokens are signed with.
    pub jwks: RemoteJwks,
    /// The metadata of the protected resource (RFC 9728), as `scopesSupported` or `scopes_supported`.
    /// `resource` is the URL by which clients reach the server: the first URL of `audiences` where it
    /// is absent. `authorizationServers` is the issuer alone where it is absent.
    #[serde(default)]
    pub resource_metadata: BTreeMap<String, Unread>,
    /// The client that all register as.
    #[schemars(extend("x-not-implemented" = true))]
    pub client_id: Option<String>,
    /// The Secret that holds this client's secret.
    #[schemars(extend("x-not-implemented" = true))]
    pub client_secret_ref: Option<CredentialRef>,
}

/// Servers that look at messages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct McpGuardrails {
    /// One after another.
    #[schemars(length(min = 1, max = 16))]
    pub processors: Vec<McpProcessor>,
}

/// A server that looks at messages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["remote"])]))]
#[non_exhaustive]
pub struct McpProcessor {
    /// The methods that it looks at; `*` stands for any beginning or end.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 64))]
    pub methods: BTreeMap<String, McpInspection>,
    /// The server.
    pub remote: Option<McpRemote>,
}

/// Which messages of a method are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's four choices")]
#[expect(missing_docs, reason = "a word says itself")]
pub enum McpInspection {
    Off,
    Request,
    Response,
    Full,
}

/// A server over gRPC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = [url_without_path()],
))]
#[non_exhaustive]
pub struct McpRemote {
    /// The server, as an object.
    pub backend_ref: Option<BackendRef>,
    /// The server, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// What becomes of messages while it does not answer.
    pub failure_mode: Option<FailureMode>,
    /// Headers of the request that it is shown.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::AnyHeaderName>", extend("x-kubernetes-list-type" = "set"))]
    pub allowed_request_headers: Vec<String>,
    /// Headers of the request that it is never shown.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::AnyHeaderName>", extend("x-kubernetes-list-type" = "set"))]
    pub disallowed_request_headers: Vec<String>,
    /// What it is told beside, as expressions.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::SecretExpression>")]
    pub metadata: BTreeMap<String, Expr>,
}
