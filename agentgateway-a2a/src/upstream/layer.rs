use std::sync::Arc;

use agentgateway_core::upstream::Endpoint;
use http::HeaderName;
use tower_layer::Layer;

use super::{A2aAgent, headers::Allow};

/// Directs requests to one agent.
///
/// See the [module](super) for what passes.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is mounted"]
pub struct A2aAgentLayer {
    endpoint: Endpoint,
    allow: Allow,
}

impl A2aAgentLayer {
    /// Calls the agent at this endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            allow: Allow::default(),
        }
    }

    /// Whether the client's `Authorization` reaches the agent. Default: false.
    ///
    /// Turn it on only where the credential is meant for the agent.
    pub fn forward_authorization(mut self, forward: bool) -> Self {
        self.allow.authorization = forward;
        self
    }

    /// Lets one more header reach the agent; `Authorization` has its own switch.
    pub fn forward_header(mut self, name: HeaderName) -> Self {
        self.allow.more.push(name);
        self
    }
}

impl<S> Layer<S> for A2aAgentLayer {
    type Service = A2aAgent<S>;

    fn layer(&self, inner: S) -> A2aAgent<S> {
        A2aAgent::new(inner, self.endpoint.clone(), Arc::new(self.allow.clone()))
    }
}
