//! Tokens that are exchanged for others, or signed by the gateway.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{CredentialPlace, CredentialRef, CredentialSource, Expr, WholeSecretRef};
use crate::config::resource::rule::{
    any_given, exactly_one, given, is, not, rule, rule_at, unset_or, when,
};
use crate::config::resource::{BackendRef, Unread, text};

/// An exchanged token (RFC 8693, RFC 7523).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = [
        no_path_beside_url(),
        rule_at(
            "actorToken",
            "actorToken is only valid with TokenExchange grantType",
            when(is("grantType", &["JwtBearer"]), not(given(&["actorToken"]))),
        ),
        rule_at(
            "requestedTokenType",
            "requestedTokenType is only valid with TokenExchange grantType",
            when(is("grantType", &["JwtBearer"]), not(given(&["requestedTokenType"]))),
        ),
        rule(
            "requestedTokenType IdJag is only supported by crossAppAccess",
            unset_or("requestedTokenType", &["AccessToken", "Jwt", "IdToken"]),
        ),
    ],
))]
#[non_exhaustive]
pub struct TokenExchange {
    /// The token endpoint's server, as an object.
    pub backend_ref: Option<BackendRef>,
    /// The token endpoint, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// Its path, with `backendRef`, where it is needed.
    #[schemars(with = "Option<text::Rooted>")]
    pub path: Option<String>,
    /// Which grant is asked for: `TokenExchange` when it is absent.
    pub grant_type: Option<GrantType>,
    /// How the gateway says who it is.
    pub client_auth: Option<ClientAuth>,
    /// The token that is exchanged: that which the caller was authenticated by.
    pub subject_token: Option<SubjectToken>,
    /// The token of who acts for the subject.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub actor_token: Option<ActorToken>,
    /// The kind of token that is asked for; an access token when it is absent.
    pub requested_token_type: Option<TokenType>,
    /// Whom it is for.
    #[schemars(length(min = 1, max = 64), with = "Option<Vec<text::Word>>")]
    pub audiences: Option<Vec<String>>,
    /// What it is for.
    #[schemars(length(min = 1, max = 64))]
    pub resources: Option<Vec<String>>,
    /// What it allows.
    #[schemars(length(min = 1, max = 64))]
    pub scopes: Option<Vec<String>>,
    /// Further parameters, as expressions.
    #[serde(default)]
    #[schemars(
        extend("maxProperties" = 64, "x-not-implemented" = true, "x-guards-access" = true),
        with = "BTreeMap<String, text::SecretExpression>"
    )]
    pub additional_params: BTreeMap<String, Expr>,
    /// Where the new token is put; as `Authorization: Bearer` when it is absent.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub location: Option<CredentialPlace>,
    /// Tokens are kept.
    pub cache: Option<TokenCache>,
}

/// Access across applications: an identity assertion of one server for a token of another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CrossAppAccess {
    /// Who gives the assertion.
    pub identity_provider: TokenEndpoint,
    /// Who gives the token.
    pub resource_authorization_server: TokenEndpoint,
    /// Whom the assertion is for.
    #[schemars(with = "text::Word")]
    pub audience: String,
    /// The token that is exchanged.
    pub subject_token: Option<SubjectToken>,
    /// What the assertion is for.
    #[schemars(length(min = 1, max = 64))]
    pub resources: Option<Vec<String>>,
    /// What the assertion allows.
    #[schemars(length(min = 1, max = 64))]
    pub scopes: Option<Vec<String>>,
    /// What the token allows.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub access_token_scopes: Vec<String>,
    /// Tokens are kept.
    pub cache: Option<TokenCache>,
}

/// A token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = [no_path_beside_url()],
))]
#[non_exhaustive]
pub struct TokenEndpoint {
    /// Its server, as an object.
    pub backend_ref: Option<BackendRef>,
    /// The endpoint, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// Its path, with `backendRef`.
    #[schemars(with = "Option<text::Rooted>")]
    pub path: Option<String>,
    /// How the gateway says who it is.
    pub client_auth: ClientAuth,
}

fn no_path_beside_url() -> serde_json::Value {
    rule_at(
        "path",
        "path may not be set when url is set",
        not(given(&["url", "path"])),
    )
}

/// How the gateway says who it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [
    rule(
        "privateKeyJwt settings require method PrivateKeyJwt",
        json!({ "allOf": [
            when(given(&["privateKeyJwt"]), is("method", &["PrivateKeyJwt"])),
            when(is("method", &["PrivateKeyJwt"]), given(&["privateKeyJwt"])),
        ] }),
    ),
    rule_at(
        "secretRef",
        "secretRef is not valid with method PrivateKeyJwt",
        when(is("method", &["PrivateKeyJwt"]), not(given(&["secretRef"]))),
    ),
    rule(
        "clientAuth without secretRef requires method ClientSecretPost or PrivateKeyJwt",
        json!({ "anyOf": [
            any_given(&["secretRef", "privateKeyJwt"]),
            is("method", &["ClientSecretPost", "PrivateKeyJwt"]),
        ] }),
    ),
]))]
#[non_exhaustive]
pub struct ClientAuth {
    /// The client.
    #[schemars(with = "text::Filled")]
    pub client_id: String,
    /// How it is told.
    pub method: Option<ClientMethod>,
    /// The Secret that holds the client's secret, under `clientSecret`.
    pub secret_ref: Option<CredentialRef>,
    /// An assertion that the gateway signs.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub private_key_jwt: Option<PrivateKeyJwt>,
}

/// How a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three methods")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum ClientMethod {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

/// An assertion that the gateway signs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "certificateRef and certificateHeader must be set together",
    when(
        any_given(&["certificateRef", "certificateHeader"]),
        given(&["certificateRef", "certificateHeader"]),
    ),
)]))]
#[non_exhaustive]
pub struct PrivateKeyJwt {
    /// The Secret that holds the key, under `signingKey`.
    pub signing_key_ref: CredentialRef,
    /// How it is signed.
    pub alg: Option<SigningAlgorithm>,
    /// The id of the key.
    pub kid: Option<String>,
    /// Whom the assertion is for.
    #[schemars(with = "text::Filled")]
    pub assertion_audience: String,
    /// The Secret that holds the certificates.
    pub certificate_ref: Option<CredentialRef>,
    /// The header that tells them.
    #[schemars(extend("enum" = ["x5c", "x5t#S256", null]))]
    pub certificate_header: Option<String>,
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "the specification's algorithms")]
#[expect(missing_docs, reason = "names of algorithms")]
pub enum SigningAlgorithm {
    Es256,
    Es384,
    Ps256,
    Rs256,
    Rs384,
    Rs512,
}

/// A token that is exchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SubjectToken {
    /// Where it is read from.
    #[schemars(extend("x-not-implemented" = true, "x-guards-access" = true))]
    pub source: Option<CredentialSource>,
    /// Its kind, or a URI; an access token when it is absent.
    pub token_type: Option<String>,
}

/// The token of who acts for the subject.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule_at(
    "tokenType",
    "mayAct Required requires tokenType Jwt",
    when(given(&["mayAct"]), is("tokenType", &["Jwt"])),
)]))]
#[non_exhaustive]
pub struct ActorToken {
    /// Where it is read from.
    pub source: CredentialSource,
    /// Its kind, or a URI.
    pub token_type: Option<String>,
    /// Whether the subject's token must name the actor.
    #[schemars(extend("enum" = ["Required", null]))]
    pub may_act: Option<String>,
}

/// Kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's four kinds")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum TokenType {
    AccessToken,
    Jwt,
    IdToken,
    IdJag,
}

/// Grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two grants")]
pub enum GrantType {
    /// RFC 7523.
    JwtBearer,
    /// RFC 8693.
    TokenExchange,
}

/// Tokens are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenCache {
    /// By this process.
    pub in_memory: Option<MemoryCache>,
}

/// A cache of this process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MemoryCache {
    /// How many; 0 for none.
    pub max_entries: Option<i32>,
    /// For how long, where the server does not say.
    #[schemars(with = "Option<text::Duration>")]
    pub default_ttl: Option<String>,
}

/// A token that the gateway signs for each request.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct JwtSign {
    /// The Secret that holds the key, under `signingKey`.
    pub signing_key_ref: WholeSecretRef,
    /// How it is signed.
    pub alg: Option<SigningAlgorithm>,
    /// The id of the key.
    pub kid: Option<String>,
    /// What it says.
    #[serde(default)]
    pub claims: BTreeMap<String, Unread>,
    /// How long it holds.
    #[schemars(with = "Option<text::Duration>")]
    pub ttl: Option<String>,
    /// Where it is put.
    pub location: Option<CredentialPlace>,
}
