//! TLS of a whole Gateway: clients' certificates, and its own towards backends.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{SecretRef, text};

/// TLS of all listeners and towards backends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayTls {
    /// Towards backends.
    #[schemars(extend("x-not-implemented" = true))]
    pub backend: Option<GatewayBackendTls>,
    /// Towards clients: which of them must show a certificate to listeners of HTTPS.
    pub frontend: Option<GatewayFrontendTls>,
}

/// TLS towards backends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayBackendTls {
    /// The gateway's own certificate.
    pub client_certificate_ref: Option<SecretRef>,
}

/// TLS towards clients.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayFrontendTls {
    /// On all ports.
    pub default: ClientTls,
    /// On single ports.
    #[serde(default)]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["port"]))]
    pub per_port: Vec<PortTls>,
}

/// TLS towards the clients of one port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PortTls {
    /// The port.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// What holds there.
    pub tls: ClientTls,
}

/// What clients must show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientTls {
    /// A certificate of these authorities.
    pub validation: Option<ClientValidation>,
}

/// Certificates of clients.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientValidation {
    /// The authorities that sign them.
    #[schemars(length(min = 1, max = 16))]
    pub ca_certificate_refs: Vec<AuthorityRef>,
    /// Whether others are let in.
    #[schemars(extend(
        "enum" = ["AllowValidOnly", "AllowInsecureFallback", null],
        "default" = "AllowValidOnly",
    ))]
    pub mode: Option<String>,
}

/// An object with certificates of authorities.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuthorityRef {
    /// Its group; empty for the core.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// Its namespace; that of the Gateway when it is absent.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
}
