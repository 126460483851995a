//! Credentials of clouds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CredentialRef, Expr, WholeSecretRef};
use crate::config::resource::rule::{
    at_most_one, exactly_one_of, given, is, not, rule, rule_at, when,
};
use crate::config::resource::{Unread, text};

/// Signatures of AWS. An empty object takes the credentials of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule(
    "secretRef and assumeRole are mutually exclusive",
    not(given(&["secretRef", "assumeRole"])),
)]))]
#[non_exhaustive]
pub struct AwsAuth {
    /// The Secret that holds the access key: `accessKey`, `secretKey` and, of a session, `sessionToken`.
    pub secret_ref: Option<WholeSecretRef>,
    /// A role that is taken on.
    #[schemars(extend("x-not-implemented" = true))]
    pub assume_role: Option<AssumeRole>,
    /// The region that is signed for.
    #[schemars(with = "Option<text::Word>")]
    pub region: Option<String>,
    /// The service that is signed for.
    #[schemars(with = "Option<text::Word>")]
    pub service_name: Option<String>,
}

/// A role that is taken on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_most_one(&["sessionName", "sessionNameExpression"])]))]
#[non_exhaustive]
pub struct AssumeRole {
    /// The role.
    #[schemars(with = "text::RoleArn")]
    pub role_arn: String,
    /// The name of the session.
    #[schemars(with = "Option<text::AwsSession>")]
    pub session_name: Option<String>,
    /// The name of the session, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub session_name_expression: Option<Expr>,
    /// Tags of the session.
    #[serde(default)]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["key"]))]
    pub tags: Vec<SessionTag>,
}

/// A tag of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [exactly_one_of("value", "expression")]))]
#[non_exhaustive]
pub struct SessionTag {
    /// Its name.
    #[schemars(length(min = 1, max = 128))]
    pub key: String,
    /// Its value.
    #[schemars(length(max = 256))]
    pub value: Option<String>,
    /// Its value, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub expression: Option<Expr>,
}

/// Tokens of Azure. An empty object takes the credentials of the machine.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [
    at_most_one(&["secretRef", "managedIdentity", "workloadIdentity"]),
]))]
#[non_exhaustive]
pub struct AzureAuth {
    /// The Secret that holds the client's credential.
    pub secret_ref: Option<WholeSecretRef>,
    /// The identity of the machine.
    pub managed_identity: Option<ManagedIdentity>,
    /// The identity of the pod.
    #[schemars(with = "Option<Empty>")]
    pub workload_identity: Option<Unread>,
}

/// An object without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Empty {}

/// The identity of a machine of Azure: its own one, or the one that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_most_one(&["clientId", "objectId", "resourceId"])]))]
#[non_exhaustive]
pub struct ManagedIdentity {
    /// By its client.
    pub client_id: Option<String>,
    /// By its object.
    pub object_id: Option<String>,
    /// By its resource.
    pub resource_id: Option<String>,
}

/// Tokens of Google. An empty object takes the credentials of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-rules" = [rule_at(
    "audience",
    "audience is only valid with IdToken",
    when(given(&["audience"]), is("type", &["IdToken"])),
)]))]
#[non_exhaustive]
pub struct GcpAuth {
    /// The Secret that holds the credentials.
    pub secret_ref: Option<CredentialRef>,
    /// Which kind of token.
    #[serde(rename = "type")]
    pub kind: Option<GcpToken>,
    /// Whom an ID token is for.
    #[schemars(with = "Option<text::Word>")]
    pub audience: Option<String>,
}

/// Kinds of tokens of Google.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two kinds")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum GcpToken {
    AccessToken,
    IdToken,
}
