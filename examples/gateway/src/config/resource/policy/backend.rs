//! Policies at the side of backends.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AiPolicies, BackendAuth, Expr, ExtAuthPolicy, McpPolicies, TransformationPolicy, WholeSecretRef,
};
use crate::config::resource::rule::{
    any_given, at_least_one, at_most_one, exactly_one, given, is, not, rule, url_without_path, when,
};
use crate::config::resource::{BackendRef, text};

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
    pub ai: Option<AiPolicies>,
    /// What is special to MCP.
    pub mcp: Option<McpPolicies>,
    /// Changes by expressions, for this backend alone.
    pub transformation: Option<TransformationPolicy>,
    /// Which endpoints are unhealthy, where there are several.
    pub health: Option<BackendHealth>,
    /// Authorization by another service, for this backend alone.
    pub ext_auth: Option<ExtAuthPolicy>,
    /// A proxy on the way.
    #[schemars(extend("x-not-implemented" = true))]
    pub tunnel: Option<BackendTunnel>,
}

/// TLS towards a backend. An empty object asks for TLS as usual.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [at_most_one(&["verifySubjectAltNames", "insecureSkipVerify"])],
    "x-rules" = [
        rule(
            "insecureSkipVerify All and caCertificateRefs may not be set together",
            when(is("insecureSkipVerify", &["All"]), not(given(&["caCertificateRefs"]))),
        ),
        rule(
            "certificateSource SPIFFE may not be combined with mtlsCertificateRef, caCertificateRefs, or insecureSkipVerify",
            when(
                is("certificateSource", &["SPIFFE"]),
                not(any_given(&["mtlsCertificateRef", "caCertificateRefs", "insecureSkipVerify"])),
            ),
        ),
    ],
))]
#[non_exhaustive]
pub struct BackendTls {
    /// The name to ask for and to verify, instead of the backend's host.
    #[schemars(with = "Option<text::PreciseHostname>")]
    pub sni: Option<String>,
    /// Whom to trust, instead of whom everybody does.
    #[serde(default)]
    #[schemars(length(max = 1))]
    pub ca_certificate_refs: Vec<CaCertificateRef>,
    /// The gateway's own certificate, of type `kubernetes.io/tls`. A key `ca.cert` beside it is whom to trust,
    /// where `caCertificateRefs` names nobody.
    #[serde(default)]
    #[schemars(length(max = 1))]
    pub mtls_certificate_ref: Vec<WholeSecretRef>,
    /// What is not verified: with `Hostname` the names of the certificate, with `All` nothing is.
    #[schemars(extend("enum" = ["All", "Hostname", null]))]
    pub insecure_skip_verify: Option<String>,
    /// Names of which the certificate must have one: hosts, addresses, URIs such as those of SPIFFE.
    #[schemars(length(min = 1, max = 16), with = "Option<Vec<text::Word>>")]
    pub verify_subject_alt_names: Option<Vec<String>>,
    /// Protocols within TLS, the preferred first: `h2` and `http/1.1`.
    #[schemars(length(min = 1, max = 16), with = "Option<Vec<text::ShortWord>>")]
    pub alpn_protocols: Option<Vec<String>>,
    /// Key exchange, the preferred first.
    #[serde(default)]
    #[schemars(with = "Vec<text::KeyExchange>", extend("x-not-implemented" = ["X25519_MLKEM768"]))]
    pub key_exchange_groups: Vec<String>,
    /// Where the gateway's own certificate is from.
    #[schemars(extend(
        "x-not-implemented" = ["SPIFFE"],
        "x-guards-access" = true,
        "enum" = ["Inline", "SPIFFE", null],
        "default" = "Inline",
    ))]
    pub certificate_source: Option<String>,
}

/// Certificates to trust, of the same namespace, under the key `ca.crt`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CaCertificateRef {
    /// A ConfigMap or a Secret.
    #[schemars(extend("enum" = ["ConfigMap", "Secret", null], "default" = "ConfigMap"))]
    pub kind: Option<String>,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
}

/// Which endpoints of a backend are unhealthy, and what becomes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BackendHealth {
    /// Which answers are signs of it, by `response.code`; those of status 500 and above when it is absent.
    #[schemars(with = "Option<text::Expression>")]
    pub unhealthy_condition: Option<Expr>,
    /// When an endpoint gets no requests for a while. Without it none is left out, and who fails gets fewer.
    pub eviction: Option<Eviction>,
}

/// When an endpoint gets no requests for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Eviction {
    /// For how long, at first; each time that follows lasts so much longer, up to 5 minutes.
    #[schemars(with = "Option<text::Duration>", extend("default" = "3s"))]
    pub duration: Option<String>,
    /// After so many bad answers in a row. Where this and `healthThreshold` are absent, one is enough.
    pub consecutive_failures: Option<u32>,
    /// Below this health, in percent.
    #[schemars(range(max = 100))]
    pub health_threshold: Option<u32>,
    /// Its health when it comes back, in percent.
    #[schemars(range(max = 100))]
    pub restore_health: Option<u32>,
}

/// A proxy on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = [url_without_path()],
))]
#[non_exhaustive]
pub struct BackendTunnel {
    /// The proxy, as an object.
    pub backend_ref: Option<BackendRef>,
    /// The proxy, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
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
    pub keepalive: Option<TcpKeepalive>,
}

/// Keep-alive of sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TcpKeepalive {
    /// After this silence; 180 s when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub time: Option<String>,
    /// Then as often; every 180 s when it is absent.
    #[schemars(with = "Option<text::Duration>")]
    pub interval: Option<String>,
    /// So many times; 9 when it is absent.
    #[schemars(range(min = 1, max = 64))]
    pub retries: Option<u32>,
}

/// How one peer is spoken to, which is no backend of routes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["auth", "http", "tcp", "tls", "tunnel"])]))]
#[non_exhaustive]
pub struct PeerPolicies<A> {
    /// The credential that goes along.
    pub auth: Option<A>,
    /// TLS.
    pub tls: Option<BackendTls>,
    /// HTTP.
    pub http: Option<BackendHttp>,
    /// Connections.
    pub tcp: Option<BackendTcp>,
    /// A proxy on the way.
    pub tunnel: Option<BackendTunnel>,
}
