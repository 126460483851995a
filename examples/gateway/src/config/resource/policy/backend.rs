//! Policies at the side of backends.

use schemars::JsonSchema;
use serde::Deserialize;

use super::BackendAuth;
use crate::config::resource::rule::{at_least_one, at_most_one};
use crate::config::resource::{Unread, text};

/// Policies at the side of backends.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&[
    "ai", "auth", "extAuth", "health", "http", "mcp", "tcp", "tls", "transformation", "tunnel",
])]))]
#[non_exhaustive]
pub struct BackendPolicies {
    /// The credential that goes upstream.
    pub auth: Option<BackendAuth>,
    /// TLS towards the backend.
    pub tls: Option<BackendTls>,
    /// HTTP towards the backend.
    pub http: Option<BackendHttp>,
    /// Connections to the backend.
    pub tcp: Option<BackendTcp>,
    /// What is special to models.
    #[schemars(extend("x-not-implemented" = true))]
    pub ai: Option<Unread>,
    /// What is special to MCP.
    #[schemars(extend("x-not-implemented" = true))]
    pub mcp: Option<Unread>,
    /// Changes by expressions.
    #[schemars(extend("x-not-implemented" = true))]
    pub transformation: Option<Unread>,
    /// Which backends are unhealthy.
    #[schemars(extend("x-not-implemented" = true))]
    pub health: Option<Unread>,
    /// Authorization by another service.
    #[schemars(extend("x-not-implemented" = true))]
    pub ext_auth: Option<Unread>,
    /// A proxy on the way.
    #[schemars(extend("x-not-implemented" = true))]
    pub tunnel: Option<Unread>,
}

/// TLS towards a backend. An empty object asks for TLS as usual.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [at_most_one(&["verifySubjectAltNames", "insecureSkipVerify"])],
))]
#[non_exhaustive]
pub struct BackendTls {
    /// The name to ask for and to verify.
    #[schemars(with = "Option<text::PreciseHostname>", extend("x-not-implemented" = true))]
    pub sni: Option<String>,
    /// Whom to trust.
    #[schemars(extend("x-not-implemented" = true))]
    pub ca_certificate_refs: Option<Unread>,
    /// The gateway's own certificate.
    #[schemars(extend("x-not-implemented" = true))]
    pub mtls_certificate_ref: Option<Unread>,
    /// What is not verified.
    #[schemars(extend("x-not-implemented" = true))]
    pub insecure_skip_verify: Option<Unread>,
    /// Names that the certificate must have.
    #[schemars(extend("x-not-implemented" = true))]
    pub verify_subject_alt_names: Option<Unread>,
    /// Protocols within TLS.
    #[schemars(extend("x-not-implemented" = true))]
    pub alpn_protocols: Option<Unread>,
    /// Key exchange.
    #[schemars(extend("x-not-implemented" = true))]
    pub key_exchange_groups: Option<Unread>,
    /// Where the gateway's own certificate is from.
    #[schemars(extend("x-not-implemented" = true))]
    pub certificate_source: Option<Unread>,
}

/// HTTP towards a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BackendHttp {
    /// `HTTP1` or `HTTP2`.
    pub version: Option<HttpVersion>,
    /// How long one attempt may take.
    #[schemars(with = "Option<text::Duration>")]
    pub request_timeout: Option<String>,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "the specification's two versions")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum HttpVersion {
    Http1,
    Http2,
}

/// Connections to a backend.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BackendTcp {
    /// How long a connection may take to stand.
    #[schemars(with = "Option<text::Duration>")]
    pub connect_timeout: Option<String>,
    /// Keep-alive of sockets.
    #[schemars(extend("x-not-implemented" = true))]
    pub keepalive: Option<Unread>,
}
