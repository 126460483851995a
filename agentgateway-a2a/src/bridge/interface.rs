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
    /// Of JSON-RPC: its URL ends with a slash, which is another path to many servers.
    pub ends_with_slash: bool,
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
            ends_with_slash: false,
        }
    }

    /// Whether calls of JSON-RPC go to the endpoint's path with a slash behind it. Default: false.
    #[must_use]
    pub const fn ends_with_slash(mut self, ends: bool) -> Self {
        self.ends_with_slash = ends;
        self
    }

    /// Where a call goes that has this path and query behind the interface's URL.
    pub(crate) fn target(&self, path: String) -> (Endpoint, String) {
        let is_bare = matches!(path.split('?').next(), Some("" | "/"));
        let is_rpc = self.speech.binding == A2aBinding::JsonRpc;
        if !(self.ends_with_slash && is_rpc && is_bare) {
            return (self.endpoint.clone(), path);
        }
        let host = format!("{}://{}", self.endpoint.scheme(), self.endpoint.authority());
        match host.parse() {
            Ok(host) => {
                let query = path.trim_start_matches('/');
                let path = format!("{}/{query}", self.endpoint.base_path());
                (host, path)
            }
            Err(_) => (self.endpoint.clone(), path),
        }
    }

    /// Sets the tenant that each call names. Default: the client's.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Box<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }
}
