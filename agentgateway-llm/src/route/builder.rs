use std::{error::Error as StdError, fmt, time::Duration};

use agentgateway_core::retry::RetryLayer;

use super::{
    LlmGateway, LlmJudge, ModelRoute, ModelServer,
    pattern::Pattern,
    routes::{HoldClocks, Routed, Routes},
};

/// Default of [`LlmGatewayBuilder::hold_max`].
const HOLD_MAX: Duration = Duration::from_secs(10);
/// Default of [`LlmGatewayBuilder::retries`].
const RETRIES: u32 = 2;

/// Makes a [`LlmGateway`].
///
/// # The order of layers
/// The gateway is a service, and brings no layer that you do not see here. From the outside in:
///
/// 1. what counts every request: `TelemetryLayer::server`, access logs
/// 2. [`LlmLayer`](crate::LlmLayer), which the gateway needs outside of it: it reads the call and says errors
/// 3. policies: who calls, what it may ask for, budgets. They see the client's model, and are asked once for each call
/// 4. a clock for the call in all, `core::timeout::TimeoutLayer`: it bounds all attempts together
/// 5. this gateway: the attempts ([`attempts`](Self::attempts)), the balancer of each route, the held beginning
/// 6. of each [`ModelServer`], [`LlmUpstreamLayer`](crate::LlmUpstreamLayer), which it adds itself: translation,
///    headers, credential
/// 7. the client that the server was given, with what stands around each attempt: `TelemetryLayer::client` with
///    [`LlmClient`](crate::telemetry::LlmClient), a clock for one attempt
///
/// `examples/llm-gateway` in the repository is the whole of it in fifty lines.
#[derive(Debug)]
pub struct LlmGatewayBuilder {
    servers: Vec<ModelServer>,
    routes: Vec<ModelRoute>,
    others: Option<ModelServer>,
    clocks: HoldClocks,
    retries: u32,
    retry: Option<RetryLayer<LlmJudge>>,
}

/// What is asked for is no gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidGateway(String);

impl LlmGatewayBuilder {
    pub(super) const fn new() -> Self {
        Self {
            servers: Vec::new(),
            routes: Vec::new(),
            others: None,
            clocks: HoldClocks {
                hold_max: HOLD_MAX,
                first_content: None,
                token_gap: None,
            },
            retries: RETRIES,
            retry: None,
        }
    }

    /// Lets paths that begin with this provider's name go to it, without the name. Default: none.
    #[must_use]
    pub fn provider(mut self, server: ModelServer) -> Self {
        self.servers.push(server);
        self
    }

    /// Lets what is no call go to this provider, as far as it [takes such
    /// paths](crate::upstream::Provider::allow_other_paths): the list of its models, where no route has a name of its
    /// own. Default: none, and 404.
    #[must_use]
    pub fn others(mut self, server: ModelServer) -> Self {
        self.others = Some(server);
        self
    }

    /// Adds a route. At least one is needed.
    #[must_use]
    pub fn route(mut self, route: ModelRoute) -> Self {
        self.routes.push(route);
        self
    }

    /// How long lifecycle events of a stream are held back while the model has said nothing. Then they go out, and
    /// the provider is fixed. Default: 10 seconds.
    #[must_use]
    pub const fn hold_max(mut self, limit: Duration) -> Self {
        self.clocks.hold_max = limit;
        self
    }

    /// How long the model may say nothing behind the head of its answer. Then the attempt fails, within
    /// [`hold_max`](Self::hold_max), or the stream that has gone out ends with an error: `first_token_timeout` in
    /// spans. Pings and other lifecycle events are nothing said. Default: as long as it wants.
    #[must_use]
    pub const fn first_content(mut self, limit: Duration) -> Self {
        self.clocks.first_content = Some(limit);
        self
    }

    /// How long the model may pause between two things that it says, while its client waits: text, thoughts, a call,
    /// a piece of its arguments. Pings and other lifecycle events do not count. Then the stream ends with an error,
    /// `token_gap_timeout` in spans, and counts as a failure of its provider. Default: as long as it wants, since
    /// models think for minutes; what sends nothing at all is ended by
    /// [`Clocks::gap`](agentgateway_core::timeout::Clocks::gap).
    ///
    /// [`LlmLayer`](crate::LlmLayer) outside keeps it, which reads the stream. An array of Gemini's (a stream without
    /// `alt=sse`) is an answer in one piece.
    #[must_use]
    pub const fn token_gap(mut self, limit: Duration) -> Self {
        self.clocks.token_gap = Some(limit);
        self
    }

    /// How many attempts may follow the first. Default: 2.
    #[must_use]
    pub const fn retries(mut self, count: u32) -> Self {
        self.retries = count;
        self
    }

    /// How attempts follow each other: backoff, budget, deadlines. Default: as [`RetryLayer`] has it, with
    /// [`retries`](Self::retries) and bodies of any size, which are in memory anyway.
    #[must_use]
    pub fn attempts(mut self, layer: RetryLayer<LlmJudge>) -> Self {
        self.retry = Some(layer);
        self
    }

    /// The gateway.
    ///
    /// # Errors
    /// There is no route; a route has no target, or no name, or a name with two `*`; two providers have one name.
    pub fn build(self) -> Result<LlmGateway, InvalidGateway> {
        let mut ordered = Vec::new();
        for route in self.routes {
            let name = &route.name;
            let pattern = Pattern::parse(name).ok_or_else(|| {
                InvalidGateway(format!(
                    "the route \"{name}\" must have a name with one * at most"
                ))
            })?;
            if route.targets.is_empty() {
                return Err(InvalidGateway(format!(
                    "the route \"{name}\" has no target"
                )));
            }
            ordered.push(Routed::new(route, pattern));
        }
        if ordered.is_empty() {
            return Err(InvalidGateway("there is no route".to_owned()));
        }
        let twice = self.servers.iter().enumerate().find(|(at, server)| {
            let mut others = self.servers.iter().take(*at);
            others.any(|other| other.name() == server.name())
        });
        if let Some((_, server)) = twice {
            return Err(InvalidGateway(format!(
                "two providers are named {}",
                server.name()
            )));
        }
        // Stable: routes of one name stay in their order.
        ordered.sort_by(|one, other| {
            let rank = |routed: &Routed| routed.pattern.rank();
            rank(other)
                .cmp(&rank(one))
                .then_with(|| one.route.name.cmp(&other.route.name))
        });
        let retry = self.retry.unwrap_or_else(|| {
            RetryLayer::new()
                .judge(LlmJudge::new())
                .retries(self.retries)
                .body_limit(usize::MAX)
        });
        let routes = Routes {
            ordered,
            servers: self.servers,
            others: self.others,
            clocks: self.clocks,
        };
        Ok(LlmGateway::new(routes, &retry))
    }
}

impl fmt::Display for InvalidGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for InvalidGateway {}
