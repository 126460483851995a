//! Policies at the client's side.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AccessLogSpec, Authorization, FrontendTcp, FrontendTls, MetricsPolicy, TracingSpec};
use crate::config::resource::rule::at_least_one;
use crate::config::resource::{Quantity, text};

/// Policies at the client's side of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&[
    "accessLog", "connect", "http", "metrics", "networkAuthorization", "proxyProtocol", "tcp",
    "tls", "tracing",
])]))]
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
    pub tcp: Option<FrontendTcp>,
    /// Who may connect: by the address alone, before TLS. Others are closed.
    pub network_authorization: Option<Authorization>,
    /// Handshakes.
    pub tls: Option<FrontendTls>,
    /// Addresses told by load balancers, those that `--trusted-proxies` names.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// CONNECT requests.
    #[schemars(extend("x-not-implemented" = true))]
    pub connect: Option<ConnectPolicy>,
    /// Labels of metrics.
    #[schemars(extend("x-not-implemented" = true))]
    pub metrics: Option<MetricsPolicy>,
}

/// Limits and clocks of connections.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&[
    "http1HeaderCase", "http1IdleTimeout", "http1MaxHeaders", "http2ConnectionWindowSize",
    "http2FrameSize", "http2KeepaliveInterval", "http2KeepaliveTimeout", "http2MaxHeaderSize",
    "http2WindowSize", "maxBufferSize", "maxConnectionDuration",
])]))]
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
    /// The longest body of a request that is read whole, in bytes; a longer one is answered with
    /// 413, and not mirrored. Default: 4 MiB for MCP, 8 MiB for A2A, 32 MiB for models, 1 MiB for
    /// what is mirrored.
    pub max_buffer_size: Option<Quantity>,
    /// How long a connection may live.
    #[schemars(with = "Option<text::Duration>")]
    pub max_connection_duration: Option<String>,
}

/// Addresses told by a balancer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ProxyProtocol {
    /// Whether they must be told.
    #[schemars(extend("enum" = ["Optional", "Strict", null], "default" = "Strict"))]
    pub mode: Option<String>,
    /// In which form.
    #[schemars(extend("enum" = ["All", "V1", "V2", null], "default" = "V2"))]
    pub version: Option<String>,
}

/// CONNECT requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ConnectPolicy {
    /// What becomes of them.
    #[schemars(extend("enum" = ["Deny", "Route", "Tunnel"]))]
    pub mode: String,
}
