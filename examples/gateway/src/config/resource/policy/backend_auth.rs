//! Credentials that go upstream.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AwsAuth, AzureAuth, CredentialPlace, CrossAppAccess, Empty, GcpAuth, JwtSign, TokenExchange,
};
use crate::config::resource::rule::{
    any_given, at_most_one, given, not, rule, rule_at, rule_here, unset_or, when,
};
use crate::config::resource::text;

/// Kinds of credentials, of which one may be given.
const CREDENTIALS: &[&str] = &[
    "key",
    "secretRef",
    "passthrough",
    "aws",
    "azure",
    "gcp",
    "oauthTokenExchange",
    "crossAppAccess",
    "jwtSign",
];

/// A Secret is named by default; what is none, by group and kind.
pub(super) fn whole_reference() -> serde_json::Value {
    let core = serde_json::json!({ "properties": { "group": { "const": "" } } });
    let filled = serde_json::json!({
        "required": ["kind"],
        "properties": { "kind": { "pattern": "." } },
    });
    let both = serde_json::json!({
        "allOf": [
            when(core.clone(), unset_or("kind", &["", "Secret"])),
            when(not(core), filled),
        ],
    });
    rule_here("custom credential refs must set both group and kind", both)
}

/// The credential that goes upstream: `key` or `secretRef`.
#[derive(Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [at_most_one(CREDENTIALS)],
    "x-rules" = [
        rule(
            "must specify credentials, or at most one of key/secretRef/passthrough/aws/azure/gcp/oauthTokenExchange/crossAppAccess/jwtSign (credentials may be combined with a primary auth kind)",
            serde_json::json!({ "anyOf": [any_given(CREDENTIALS), given(&["credentials"])] }),
        ),
        rule_at(
            "location",
            "location may only be set for key, secretRef, or passthrough auth",
            when(given(&["location"]), any_given(&["key", "secretRef", "passthrough"])),
        ),
    ],
))]
#[non_exhaustive]
pub struct BackendAuth {
    /// The credential itself.
    #[schemars(length(max = 2048), extend("x-secret" = true))]
    pub key: Option<String>,
    /// The Secret that holds it, under `Authorization`.
    pub secret_ref: Option<CredentialRef>,
    /// Where it is put in the request.
    #[schemars(extend("x-not-implemented" = true))]
    pub location: Option<CredentialPlace>,
    /// The client's own credential.
    #[schemars(extend("x-not-implemented" = true))]
    pub passthrough: Option<Empty>,
    /// Signatures of AWS, for providers of Bedrock.
    pub aws: Option<AwsAuth>,
    /// Tokens of Azure.
    #[schemars(extend("x-not-implemented" = true))]
    pub azure: Option<AzureAuth>,
    /// Tokens of Google.
    #[schemars(extend("x-not-implemented" = true))]
    pub gcp: Option<GcpAuth>,
    /// Several credentials.
    #[schemars(length(min = 1, max = 8), extend("x-not-implemented" = true))]
    pub credentials: Option<Vec<PlacedCredential>>,
    /// Access across applications.
    #[schemars(extend("x-not-implemented" = true))]
    pub cross_app_access: Option<CrossAppAccess>,
    /// A signed token.
    #[schemars(extend("x-not-implemented" = true))]
    pub jwt_sign: Option<JwtSign>,
    /// A token that the caller's is exchanged for; the caller must have been authenticated by one.
    pub oauth_token_exchange: Option<TokenExchange>,
}

impl std::fmt::Debug for BackendAuth {
    /// Shows no credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendAuth")
            .field("key", &self.key.as_ref().map(|_| "[redacted]"))
            .field("secret_ref", &self.secret_ref)
            .finish_non_exhaustive()
    }
}

/// A Secret of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "secretRef is local: it names a Secret of the same namespace",
}))]
#[schemars(extend("x-rules" = [whole_reference()]))]
#[non_exhaustive]
pub struct CredentialRef {
    /// Its group; empty for the core.
    pub group: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// The key in it; `Authorization` when it is absent.
    #[schemars(length(min = 1, max = 253))]
    pub key: Option<String>,
}

/// A credential, and where it is put.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PlacedCredential {
    /// The Secret that holds it.
    pub secret_ref: CredentialRef,
    /// Where it is put.
    pub location: CredentialPlace,
}
