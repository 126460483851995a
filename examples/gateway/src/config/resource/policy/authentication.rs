//! Who calls: by token, password or key.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CredentialRef, CredentialSource, Jwks, SecretLabels, WholeSecretRef};
use crate::config::resource::rule::{exactly_one, given, rule, unset_or, when};
use crate::config::resource::{Unread, text};

/// Who calls, by JWT.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [
    rule(
        "jwtAuthentication.mcp requires exactly one provider",
        when(
            given(&["mcp"]),
            serde_json::json!({ "properties": { "providers": { "maxItems": 1 } } }),
        ),
    ),
    rule(
        "jwtAuthentication.mcp requires mode Strict",
        when(given(&["mcp"]), unset_or("mode", &["Strict"])),
    ),
]))]
#[non_exhaustive]
pub struct JwtAuthentication {
    /// What becomes of who has no valid token.
    #[serde(default)]
    pub mode: AuthenticationMode,
    /// Who issues tokens.
    #[schemars(length(min = 1, max = 64))]
    pub providers: Vec<JwtProvider>,
    /// Where the token is read from; `Authorization: Bearer` when it is absent.
    pub location: Option<CredentialSource>,
    /// The metadata that clients of MCP ask for: tokens are then those of a resource server of OAuth 2.1, from
    /// `Authorization` alone, and the metadata are served beside the route. In phase `PostRouting`.
    pub mcp: Option<JwtMcp>,
}

/// What becomes of who has no valid credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three modes")]
pub enum AuthenticationMode {
    /// It is refused.
    #[default]
    Strict,
    /// It is refused where it has one that is not valid.
    Optional,
    /// It is let through.
    Permissive,
}

/// What becomes of who gives no valid password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
pub enum BasicMode {
    /// It is refused.
    #[default]
    Strict,
    /// It is refused where it gives one that is not valid.
    Optional,
}

/// Who issues tokens.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct JwtProvider {
    /// The claim `iss`.
    #[schemars(with = "text::Word")]
    pub issuer: String,
    /// The claims `aud` that are taken; any when it is absent.
    #[schemars(length(min = 1, max = 64))]
    pub audiences: Option<Vec<String>>,
    /// The keys that tokens are signed with.
    pub jwks: Jwks,
}

/// The metadata that clients of MCP ask for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct JwtMcp {
    /// Whose product issues tokens, where that makes a difference.
    #[schemars(extend("x-not-implemented" = true))]
    pub provider: Option<IdentityProduct>,
    /// The client that all register as.
    #[schemars(extend("x-not-implemented" = true))]
    pub client_id: Option<String>,
    /// The metadata of the protected resource, as those of `backend.mcp.authentication`.
    #[serde(default)]
    pub resource_metadata: BTreeMap<String, Unread>,
}

/// Products that issue tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's products")]
#[expect(missing_docs, reason = "names of products")]
pub enum IdentityProduct {
    Auth0,
    Authentik,
    Descope,
    Entra,
    Keycloak,
    Okta,
}

/// Who calls, by password. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["users", "secretRef"])]))]
#[non_exhaustive]
pub struct BasicAuthentication {
    /// What becomes of who gives no valid password.
    #[serde(default)]
    pub mode: BasicMode,
    /// The realm that is told to who gives none.
    pub realm: Option<String>,
    /// Users with the hashes of their passwords, in the form of htpasswd.
    #[schemars(length(min = 1, max = 256), with = "Option<Vec<text::SecretText>>")]
    pub users: Option<Vec<String>>,
    /// The Secret that holds them, under `.htaccess`.
    pub secret_ref: Option<CredentialRef>,
    /// Where name and password are read from; `Authorization: Basic` when it is absent.
    pub location: Option<CredentialSource>,
}

impl fmt::Debug for BasicAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuthentication")
            .field("mode", &self.mode)
            .field("realm", &self.realm)
            .field("users", &self.users.as_ref().map(Vec::len))
            .field("secret_ref", &self.secret_ref)
            .field("location", &self.location)
            .finish()
    }
}

/// Who calls, by key.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [
    exactly_one(&["secretRef", "secretSelector", "configMapSelector"]),
]))]
#[non_exhaustive]
pub struct ApiKeyAuthentication {
    /// What becomes of who has no valid key.
    #[serde(default)]
    pub mode: AuthenticationMode,
    /// The Secret that holds the keys.
    pub secret_ref: Option<WholeSecretRef>,
    /// The Secrets that hold them, by their labels.
    pub secret_selector: Option<SecretLabels>,
    /// The ConfigMaps that hold their hashes, by their labels.
    pub config_map_selector: Option<SecretLabels>,
    /// Where the key is read from; `Authorization: Bearer` when it is absent.
    pub location: Option<CredentialSource>,
}
