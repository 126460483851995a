use std::sync::Arc;

use agentgateway_core::upstream::Endpoint;
use http::{HeaderName, HeaderValue};
use tower_layer::Layer;

use super::{A2aUpstream, headers::Allow};

/// Directs requests to one agent.
///
/// See the [module](super) for what passes.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is mounted"]
pub struct A2aUpstreamLayer {
    endpoint: Endpoint,
    allow: Allow,
}

impl A2aUpstreamLayer {
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

    /// Sets this header on every request, in place of the client's. Default: none.
    ///
    /// It is marked as sensitive, so that it is not shown in logs.
    pub fn credential(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.allow.credential = Some((name, value));
        self
    }

    /// Lets one more header of the client go on to the agent; `Authorization` has its own switch.
    /// Default: none but those of the [list](super).
    pub fn forward_header(mut self, name: HeaderName) -> Self {
        self.allow.more.push(name);
        self
    }
}

impl<S> Layer<S> for A2aUpstreamLayer {
    type Service = A2aUpstream<S>;

    fn layer(&self, inner: S) -> A2aUpstream<S> {
        A2aUpstream::new(inner, self.endpoint.clone(), Arc::new(self.allow.clone()))
    }
}
