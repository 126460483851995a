//! Sockets and TLS at the client's side.

use schemars::JsonSchema;
use serde::Deserialize;

use super::TcpKeepalive;
use crate::config::resource::rule::at_least_one;
use crate::config::resource::text;

/// Sockets of clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["keepalive"])]))]
#[non_exhaustive]
pub struct FrontendTcp {
    /// Their keep-alive.
    pub keepalive: Option<TcpKeepalive>,
}

/// TLS towards clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&[
    "alpnProtocols", "cipherSuites", "handshakeTimeout", "keyExchangeGroups", "maxProtocolVersion",
    "minProtocolVersion",
])]))]
#[non_exhaustive]
pub struct FrontendTls {
    /// How long a handshake may take.
    #[schemars(with = "Option<text::Duration>")]
    pub handshake_timeout: Option<String>,
    /// Protocols within TLS.
    #[schemars(length(min = 1, max = 16), with = "Option<Vec<text::ShortWord>>")]
    pub alpn_protocols: Option<Vec<String>>,
    /// The least version.
    #[schemars(extend("enum" = ["1.2", "1.3", null]))]
    pub min_protocol_version: Option<String>,
    /// The greatest version.
    #[schemars(extend("enum" = ["1.2", "1.3", null]))]
    pub max_protocol_version: Option<String>,
    /// Ciphers.
    #[serde(default)]
    #[schemars(with = "Vec<text::CipherSuite>")]
    pub cipher_suites: Vec<String>,
    /// Key exchange.
    #[serde(default)]
    #[schemars(with = "Vec<text::KeyExchange>")]
    pub key_exchange_groups: Vec<String>,
}
