use std::{fmt, sync::Arc};

use agentgateway_core::balance::{Balancer, BalancerBuilder};
use http::request;

use super::ModelServer;
use crate::LlmCall;

type Condition = dyn Fn(&LlmCall, &request::Parts) -> bool + Send + Sync;

/// A name that clients ask for, and who answers it.
///
/// ```
/// # use agentgateway_llm::route::{ModelRoute, ModelServer, ModelTarget};
/// # fn route(openai: ModelServer, spare: ModelServer) -> ModelRoute {
/// ModelRoute::new("fast")
///     .target(ModelTarget::new(openai).model("gpt-5-mini"))
///     .target(ModelTarget::new(spare).model("claude-haiku-4-5").priority(1))
/// # }
/// ```
#[derive(Clone)]
pub struct ModelRoute {
    pub(super) name: Box<str>,
    pub(super) when: Option<Arc<Condition>>,
    pub(super) targets: Vec<ModelTarget>,
    pub(super) balancer: fn() -> BalancerBuilder,
    pub(super) prompt_bytes: Option<usize>,
}

impl ModelRoute {
    /// The route of a model's name, or of all names that a pattern with one `*` fits.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            when: None,
            targets: Vec::new(),
            balancer: Balancer::builder,
            prompt_bytes: None,
        }
    }

    /// Takes only calls for which this holds. Default: all. Of several routes of one name the first that holds
    /// is taken.
    #[must_use]
    pub fn when(
        mut self,
        condition: impl Fn(&LlmCall, &request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.when = Some(Arc::new(condition));
        self
    }

    /// Adds one that answers.
    #[must_use]
    pub fn target(mut self, target: ModelTarget) -> Self {
        self.targets.push(target);
        self
    }

    /// How the balancer of the targets is made: its ejection, its decay. Default: [`Balancer::builder`].
    #[must_use]
    pub const fn balancer(mut self, make: fn() -> BalancerBuilder) -> Self {
        self.balancer = make;
        self
    }

    /// Sends prompts that begin alike to the same target, for the sake of its cache: alike in so many bytes of
    /// what the model is told first, and in a `prompt_cache_key`. Default: none.
    #[must_use]
    pub const fn prompt_affinity(mut self, bytes: usize) -> Self {
        self.prompt_bytes = Some(bytes);
        self
    }
}

impl fmt::Debug for ModelRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelRoute")
            .field("name", &self.name)
            .field("conditional", &self.when.is_some())
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

/// One that answers a [`ModelRoute`].
#[derive(Clone, Debug)]
pub struct ModelTarget {
    pub(super) server: ModelServer,
    pub(super) model: Option<Box<str>>,
    pub(super) weight: u32,
    pub(super) priority: u32,
}

impl ModelTarget {
    /// This server, asked for the model that the client named, or for what its provider
    /// [says](crate::upstream::Provider::model).
    #[must_use]
    pub const fn new(server: ModelServer) -> Self {
        Self {
            server,
            model: None,
            weight: 1,
            priority: 0,
        }
    }

    /// The model to ask for. A `*` in it is what the route's own `*` stands for.
    #[must_use]
    pub fn model(mut self, model: &str) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Its share among targets that are alike. Default: 1.
    #[must_use]
    pub const fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Its group: the first that has a healthy target takes all calls, 0 before 1. Default: 0.
    #[must_use]
    pub const fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }
}
