use agentgateway_core::upstream::Endpoint;

use super::Speech;
use crate::A2aBinding;

/// One of the ways in which an agent is spoken to.
///
/// # Source
/// A2A v1.0, `AgentInterface`; A2A v0.3, `AgentInterface`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Binding and version.
    pub speech: Speech,
    /// Where it listens: calls of JSON-RPC go to its path, those of HTTP+JSON behind it.
    pub endpoint: Endpoint,
    /// The tenant that calls must name (v1.0).
    pub tenant: Option<Box<str>>,
}

impl Interface {
    /// An interface without a tenant. The paths of gRPC are absolute: of its endpoint the host counts.
    #[must_use]
    pub fn new(speech: Speech, endpoint: Endpoint) -> Self {
        let host = || format!("{}://{}", endpoint.scheme(), endpoint.authority()).parse();
        let endpoint = match speech.binding {
            A2aBinding::Grpc => host().unwrap_or(endpoint),
            _ => endpoint,
        };
        Self {
            speech,
            endpoint,
            tenant: None,
        }
    }

    /// Sets the tenant that each call names. Default: the client's.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Box<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }
}
