//! Where a route leads.

use std::fmt;

use super::Secret;

/// What answers a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Any HTTP service, forwarded without looking at the protocol inside.
    Static(HostPort),
    /// An agent that speaks A2A.
    A2a(HostPort),
    /// One MCP server over streamable HTTP.
    #[non_exhaustive]
    Mcp {
        /// Where the server listens.
        target: HostPort,
        /// The path of its endpoint; default `/mcp`.
        path: String,
        /// The target's name, which prefixes its tools where servers are federated.
        name: String,
    },
    /// One provider of models.
    Ai(Provider),
}

/// A host and a port to connect to, in clear text unless [`Provider::tls`] says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostPort {
    /// A host name or an address; an IPv6 address is without brackets.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
}

impl HostPort {
    /// This host and port.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

/// As the authority of a URI: an IPv6 address stands in brackets.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// One provider of models, with all that is needed to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provider {
    /// The name in its group, or the backend's name where it stands alone.
    pub name: String,
    /// Whose API it speaks.
    pub kind: ProviderKind,
    /// Where it is reached: the configured host and port, or the provider's public host on 443.
    pub endpoint: HostPort,
    /// Whether the connection is TLS: always for the public host, else when `policies.tls` asks.
    pub tls: bool,
    /// The model that replaces the one in the request; `None` leaves the request's own.
    pub model: Option<String>,
    /// The credential without a `Bearer ` before it; `None` sends none.
    pub key: Option<Secret>,
}

/// Whose API a provider speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderKind {
    /// OpenAI: `api.openai.com`.
    OpenAi,
    /// Anthropic: `api.anthropic.com`.
    Anthropic,
    /// Gemini: `generativelanguage.googleapis.com`.
    Gemini,
    /// A self-hosted or other provider that speaks some of the formats.
    #[non_exhaustive]
    Custom {
        /// The formats, in the order of the manifest, each once.
        formats: Vec<Format>,
    },
}

impl ProviderKind {
    /// The provider's public host; `None` for a custom provider, which has none.
    pub(in crate::config::old) fn public_host(&self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("api.openai.com"),
            Self::Anthropic => Some("api.anthropic.com"),
            Self::Gemini => Some("generativelanguage.googleapis.com"),
            Self::Custom { .. } => None,
        }
    }
}

/// An API format of a custom provider.
///
/// # Source
/// agentgateway.dev/v1alpha1, `AgentgatewayBackend.spec.ai.provider.custom.formats[].type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// OpenAI chat completions.
    Completions,
    /// Anthropic messages.
    Messages,
    /// OpenAI responses.
    Responses,
    /// OpenAI embeddings.
    Embeddings,
    /// Anthropic token counting.
    AnthropicTokenCount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_an_authority() {
        assert_eq!(HostPort::new("127.0.0.1", 80).to_string(), "127.0.0.1:80");
        assert_eq!(HostPort::new("::1", 80).to_string(), "[::1]:80");
    }
}
