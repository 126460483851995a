//! Where credentials stand in requests and in the cluster, and the keys to verify them with.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expr;
use super::backend_auth::whole_reference;
use crate::config::resource::rule::{exactly_one, given, not, rule, rule_at, when};
use crate::config::resource::{BackendRef, text};

/// Where a credential is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [
    exactly_one(&["header", "queryParameter", "cookie", "expression"]),
]))]
#[non_exhaustive]
pub struct CredentialSource {
    /// A header.
    pub header: Option<HeaderPlace>,
    /// A parameter of the query.
    pub query_parameter: Option<NamedPlace>,
    /// A cookie.
    pub cookie: Option<NamedPlace>,
    /// What an expression says.
    #[schemars(with = "Option<text::Expression>")]
    pub expression: Option<Expr>,
}

/// Where a credential is put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["header", "queryParameter", "cookie"])]))]
#[non_exhaustive]
pub struct CredentialPlace {
    /// A header.
    pub header: Option<HeaderPlace>,
    /// A parameter of the query.
    pub query_parameter: Option<NamedPlace>,
    /// A cookie.
    pub cookie: Option<NamedPlace>,
}

/// A header, and what stands before the credential in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HeaderPlace {
    /// The header.
    #[schemars(with = "text::HeaderName")]
    pub name: String,
    /// What stands before the credential, as in `Bearer `.
    #[schemars(with = "Option<text::Word>")]
    pub prefix: Option<String>,
}

/// A parameter of the query, or a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NamedPlace {
    /// Its name.
    #[schemars(with = "text::Word")]
    pub name: String,
}

/// A Secret of the same namespace, with all that it holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [whole_reference()]))]
#[non_exhaustive]
pub struct WholeSecretRef {
    /// Its group; empty for the core.
    pub group: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
}

/// Objects of the same namespace, by their labels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SecretLabels {
    /// The labels that each has.
    pub match_labels: BTreeMap<String, String>,
}

/// Keys that tokens are signed with. Its `Debug` shows none.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["remote", "inline"])]))]
#[non_exhaustive]
pub struct Jwks {
    /// The keys themselves, as a JSON Web Key Set.
    #[schemars(with = "Option<text::InlineJwks>")]
    pub inline: Option<String>,
    /// Where they are fetched.
    pub remote: Option<RemoteJwks>,
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwks")
            .field("inline", &self.inline.as_ref().map(String::len))
            .field("remote", &self.remote)
            .finish()
    }
}

/// Where keys are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = [
        rule(
            "jwksPath is required when backendRef is set",
            when(given(&["backendRef"]), given(&["jwksPath"])),
        ),
        rule_at(
            "jwksPath",
            "jwksPath may not be set when url is set",
            when(given(&["url"]), not(given(&["jwksPath"]))),
        ),
    ],
))]
#[non_exhaustive]
pub struct RemoteJwks {
    /// The server, as an object.
    pub backend_ref: Option<BackendRef>,
    /// The server, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// The path, with `backendRef`.
    #[schemars(with = "Option<text::FilledPath>")]
    pub jwks_path: Option<String>,
    /// How long the keys are used before they are fetched again.
    #[schemars(with = "Option<text::Duration>", extend("default" = "5m"))]
    pub cache_duration: Option<String>,
}
