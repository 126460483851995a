//! AgentgatewayPolicy, `agentgateway.dev/v1alpha1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BackendRef, CorsSpec, HeaderFilter, Quantity, Unread, text};

/// `AgentgatewayPolicy.spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicySpec {
    /// What it is for, by name.
    #[schemars(length(min = 1, max = 16))]
    pub target_refs: Option<Vec<TargetRef>>,
    /// What it is for, by labels.
    #[schemars(length(min = 1, max = 16))]
    pub target_selectors: Option<Vec<TargetSelector>>,
    /// At the client's side of a Gateway.
    pub frontend: Option<FrontendPolicies>,
    /// On the way of requests.
    pub traffic: Option<TrafficPolicies>,
    /// At the side of backends.
    pub backend: Option<BackendPolicies>,
    /// How it joins with others.
    #[schemars(extend("x-not-implemented" = true))]
    pub strategy: Option<Unread>,
}

/// An object of the policy's own namespace, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "targetRefs are local: they name objects of the policy's own namespace",
}))]
#[non_exhaustive]
pub struct TargetRef {
    /// Its group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Its kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
    /// The listener of a Gateway, or the rule of a route.
    #[schemars(with = "Option<text::SectionName>")]
    pub section_name: Option<String>,
    /// The listeners of a Gateway on this port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

/// Objects of the policy's own namespace, by their labels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "namespace": "targetSelectors are local: they choose among objects of the policy's own namespace",
}))]
#[non_exhaustive]
pub struct TargetSelector {
    /// Their group.
    #[schemars(with = "text::Group")]
    pub group: String,
    /// Their kind.
    #[schemars(with = "text::Kind")]
    pub kind: String,
    /// Their labels.
    pub match_labels: BTreeMap<String, String>,
    /// The listener of a Gateway, or the rule of a route.
    #[schemars(with = "Option<text::SectionName>")]
    pub section_name: Option<String>,
    /// The listeners of a Gateway on this port.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
}

/// Policies at the client's side of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FrontendPolicies {
    /// Where spans go.
    pub tracing: Option<TracingSpec>,
    /// One record per request.
    pub access_log: Option<AccessLogSpec>,
    /// Limits and clocks of connections.
    pub http: Option<FrontendHttp>,
    /// Keep-alive of sockets.
    #[schemars(extend("x-not-implemented" = true))]
    pub tcp: Option<Unread>,
    /// Who may connect.
    #[schemars(extend("x-not-implemented" = true))]
    pub network_authorization: Option<Unread>,
    /// Versions and ciphers.
    #[schemars(extend("x-not-implemented" = true))]
    pub tls: Option<Unread>,
    /// Addresses told by a balancer.
    #[schemars(extend("x-not-implemented" = true))]
    pub proxy_protocol: Option<Unread>,
    /// CONNECT requests.
    #[schemars(extend("x-not-implemented" = true))]
    pub connect: Option<Unread>,
    /// Labels of metrics.
    #[schemars(extend("x-not-implemented" = true))]
    pub metrics: Option<Unread>,
}

/// A CEL expression as it stands.
pub type Expr = String;

/// Where spans go, and which.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-absent" = {
    "sampler": "sampling is said by randomSampling and clientSampling",
    "sampling": "sampling is said by randomSampling and clientSampling",
    "endpoint": "the collector is named by backendRef or url",
}))]
#[non_exhaustive]
pub struct TracingSpec {
    /// The collector, as an object.
    pub backend_ref: Option<CollectorRef>,
    /// The collector, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// How it is spoken to.
    #[serde(default)]
    pub protocol: TracingProtocol,
    /// The path, with `HTTP`; `/v1/traces` when it is absent.
    #[schemars(with = "Option<text::FilledPath>")]
    pub path: Option<String>,
    /// Attributes to add and to remove.
    pub attributes: Option<AttributeRules>,
    /// Attributes of the resource.
    #[serde(default)]
    pub resources: Vec<NamedExpression>,
    /// Which requests without a sampled parent are traced: true, false or a share.
    #[schemars(with = "Option<text::Expression>")]
    pub random_sampling: Option<Expr>,
    /// Which requests with a sampled parent are traced.
    #[schemars(with = "Option<text::Expression>")]
    pub client_sampling: Option<Expr>,
    /// Which spans are kept.
    #[schemars(with = "Option<text::Expression>")]
    pub filter: Option<Expr>,
}

/// A reference to a collector.
pub type CollectorRef = BackendRef;

/// How a collector is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "OTLP's two transports")]
pub enum TracingProtocol {
    /// OTLP over gRPC.
    #[default]
    Grpc,
    /// OTLP over HTTP, in protobuf.
    Http,
}

/// Attributes to add and to remove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AttributeRules {
    /// To add.
    #[schemars(length(min = 1))]
    pub add: Option<Vec<NamedExpression>>,
    /// To remove.
    #[schemars(length(min = 1, max = 32), with = "Option<Vec<text::RemovedName>>")]
    pub remove: Option<Vec<String>>,
}

/// An attribute and the expression that gives its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NamedExpression {
    /// Its name.
    #[schemars(with = "text::AttributeName")]
    pub name: String,
    /// Its value.
    #[schemars(with = "text::Expression")]
    pub expression: Expr,
}

/// One record per request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessLogSpec {
    /// Which requests are recorded.
    #[schemars(with = "Option<text::Expression>")]
    pub filter: Option<Expr>,
    /// Fields to add and to remove.
    pub attributes: Option<AttributeRules>,
    /// Records to a collector.
    #[schemars(extend("x-not-implemented" = true))]
    pub otlp: Option<Unread>,
}

/// Limits and clocks of connections.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FrontendHttp {
    /// How long an idle HTTP/1.1 connection stays open.
    #[schemars(with = "Option<text::Duration>")]
    pub http1_idle_timeout: Option<String>,
    /// How many headers a request may have.
    #[schemars(range(min = 1, max = 4096))]
    pub http1_max_headers: Option<u32>,
    /// The case of header names in HTTP/1.1.
    #[schemars(extend("x-not-implemented" = true, "enum" = ["Lowercase", "Preserve", null]))]
    pub http1_header_case: Option<String>,
    /// The window of a stream, in bytes.
    pub http2_window_size: Option<Quantity>,
    /// The window of a connection, in bytes.
    pub http2_connection_window_size: Option<Quantity>,
    /// The size of frames, in bytes.
    pub http2_frame_size: Option<Quantity>,
    /// The size of a head, in bytes.
    pub http2_max_header_size: Option<Quantity>,
    /// How often a connection is pinged.
    #[schemars(with = "Option<text::Duration>")]
    pub http2_keepalive_interval: Option<String>,
    /// How long the answer to a ping may take.
    #[schemars(with = "Option<text::Duration>")]
    pub http2_keepalive_timeout: Option<String>,
    /// The largest body that is read whole, in bytes.
    pub max_buffer_size: Option<Quantity>,
    /// How long a connection may live.
    #[schemars(with = "Option<text::Duration>")]
    pub max_connection_duration: Option<String>,
}

/// Policies on the way of requests.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TrafficPolicies {
    /// How long an answer may take.
    pub timeouts: Option<TrafficTimeouts>,
    /// Changes of headers.
    pub header_modifiers: Option<HeaderModifiers>,
    /// Which pages of other origins may call.
    pub cors: Option<CorsSpec>,
    /// The `Host` upstream.
    pub host_rewrite: Option<HostRewrite>,
    /// Before or after the choice of the route.
    #[schemars(extend("x-not-implemented" = true))]
    pub phase: Option<Unread>,
    /// Changes by expressions.
    #[schemars(extend("x-not-implemented" = true))]
    pub transformation: Option<Unread>,
    /// Another process that looks at requests.
    #[schemars(extend("x-not-implemented" = true))]
    pub ext_proc: Option<Unread>,
    /// Authorization by another service.
    #[schemars(extend("x-not-implemented" = true))]
    pub ext_auth: Option<Unread>,
    /// Limits of rates.
    #[schemars(extend("x-not-implemented" = true))]
    pub rate_limit: Option<Unread>,
    /// Forgery across sites.
    #[schemars(extend("x-not-implemented" = true))]
    pub csrf: Option<Unread>,
    /// When a request is sent again.
    #[schemars(extend("x-not-implemented" = true))]
    pub retry: Option<Unread>,
    /// Who may do what.
    #[schemars(extend("x-not-implemented" = true))]
    pub authorization: Option<Unread>,
    /// Who calls, by JWT.
    #[schemars(extend("x-not-implemented" = true))]
    pub jwt_authentication: Option<Unread>,
    /// Who calls, by password.
    #[schemars(extend("x-not-implemented" = true))]
    pub basic_authentication: Option<Unread>,
    /// Who calls, by key.
    #[schemars(extend("x-not-implemented" = true))]
    pub api_key_authentication: Option<Unread>,
    /// An answer without a backend.
    #[schemars(extend("x-not-implemented" = true))]
    pub direct_response: Option<Unread>,
    /// Bodies read whole.
    #[schemars(extend("x-not-implemented" = true))]
    pub buffer: Option<Unread>,
    /// Slower answers.
    #[schemars(extend("x-not-implemented" = true))]
    pub delay: Option<Unread>,
}

/// How long an answer may take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TrafficTimeouts {
    /// From the request to the end of its answer.
    #[schemars(with = "Option<text::Duration>")]
    pub request: Option<String>,
}

/// Changes of headers of requests and answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HeaderModifiers {
    /// Of requests.
    pub request: Option<HeaderFilter>,
    /// Of answers.
    pub response: Option<HeaderFilter>,
}

/// The `Host` upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HostRewrite {
    /// `Auto` takes the backend's host, `None` keeps the request's.
    pub mode: HostRewriteMode,
}

/// Whose host goes upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
#[expect(missing_docs, reason = "the specification's words")]
pub enum HostRewriteMode {
    Auto,
    None,
}

/// Policies at the side of backends.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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

/// The credential that goes upstream: `key` or `secretRef`.
#[derive(Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BackendAuth {
    /// The credential itself.
    #[schemars(length(max = 2048), extend("x-secret" = true))]
    pub key: Option<String>,
    /// The Secret that holds it, under `Authorization`.
    pub secret_ref: Option<CredentialRef>,
    /// Where it is put in the request.
    #[schemars(extend("x-not-implemented" = true))]
    pub location: Option<Unread>,
    /// The client's own credential.
    #[schemars(extend("x-not-implemented" = true))]
    pub passthrough: Option<Unread>,
    /// Signatures of AWS.
    #[schemars(extend("x-not-implemented" = true))]
    pub aws: Option<Unread>,
    /// Tokens of Azure.
    #[schemars(extend("x-not-implemented" = true))]
    pub azure: Option<Unread>,
    /// Tokens of Google.
    #[schemars(extend("x-not-implemented" = true))]
    pub gcp: Option<Unread>,
    /// Several credentials.
    #[schemars(extend("x-not-implemented" = true))]
    pub credentials: Option<Unread>,
    /// Access across applications.
    #[schemars(extend("x-not-implemented" = true))]
    pub cross_app_access: Option<Unread>,
    /// A signed token.
    #[schemars(extend("x-not-implemented" = true))]
    pub jwt_sign: Option<Unread>,
    /// An exchanged token.
    #[schemars(extend("x-not-implemented" = true))]
    pub oauth_token_exchange: Option<Unread>,
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

/// TLS towards a backend. An empty object asks for TLS as usual.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
