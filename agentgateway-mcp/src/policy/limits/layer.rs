use std::{fmt, sync::Arc, time::Duration};

use agentgateway_core::policy::{Policed, Policy, PolicyLayer, When};
use http::request;
use tower_layer::Layer;

use super::ToolLimited;
use crate::{call::McpCall, policy::tools::Pattern};

/// Limits tools. See the [module](super) for what it does.
#[derive(Clone, Default)]
pub struct ToolLimits {
    policies: Vec<Arc<dyn Policy>>,
    times: Vec<(Pattern, Duration)>,
    sizes: Vec<(Pattern, usize)>,
}

impl ToolLimits {
    /// No limit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tools that the pattern names are under this policy: a `RateLimit`, a `ConcurrencyLimit` or a
    /// `Budget` of core's `limit`, or one of your own. Policies decide in the order in which they are given.
    #[must_use]
    pub fn policy(mut self, tools: &str, policy: impl Policy) -> Self {
        let tools = Pattern::new(tools);
        let is_meant = move |head: &request::Parts| {
            let call = head.extensions.get::<McpCall>();
            call.and_then(McpCall::tool)
                .is_some_and(|tool| tools.matches(tool))
        };
        self.policies.push(Arc::new(When::new(is_meant, policy)));
        self
    }

    /// How long a call of these tools may take, from here to the end of its answer. Default: for ever.
    #[must_use]
    pub fn time(mut self, tools: &str, limit: Duration) -> Self {
        self.times.push((Pattern::new(tools), limit));
        self
    }

    /// How large an answer of these tools may be, in bytes: the whole message. Default: without limit.
    #[must_use]
    pub fn result_bytes(mut self, tools: &str, limit: usize) -> Self {
        self.sizes.push((Pattern::new(tools), limit));
        self
    }
}

impl<S> Layer<S> for ToolLimits {
    type Service = Policed<ToolLimited<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        let limited = ToolLimited::new(inner, self.times.clone().into(), self.sizes.clone().into());
        PolicyLayer::all(self.policies.iter().cloned()).layer(limited)
    }
}

impl fmt::Debug for ToolLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policies: Vec<_> = self.policies.iter().map(|policy| policy.name()).collect();
        f.debug_struct("ToolLimits")
            .field("policies", &policies)
            .field("times", &self.times)
            .field("sizes", &self.sizes)
            .finish()
    }
}
