use std::{fmt, sync::Arc, time::Duration};

use agentgateway_core::upstream::Endpoint;

use super::{AnyAgent, any::Inner, found::Found, hosts::Hosts, places::CardPlaces};
use crate::{
    bridge::{Interface, translate::Limits},
    upstream::A2aAgent,
};

/// Makes an [`AnyAgent`].
pub struct AnyAgentBuilder {
    agent: A2aAgent,
    grpc: Option<A2aAgent>,
    endpoint: Endpoint,
    interfaces: Option<Vec<Interface>>,
    card_paths: Vec<String>,
    allowed: Vec<String>,
    one_port: bool,
    card_lifetime: Duration,
    limits: Limits,
}

impl AnyAgentBuilder {
    pub(super) fn new(agent: A2aAgent, endpoint: Endpoint) -> Self {
        Self {
            agent,
            grpc: None,
            endpoint,
            interfaces: None,
            card_paths: Vec::new(),
            allowed: Vec::new(),
            one_port: false,
            card_lifetime: Duration::from_secs(300),
            limits: Limits {
                answer_bytes: 32 * 1024 * 1024,
                event_bytes: 16 * 1024 * 1024,
            },
        }
    }

    /// The service that calls of gRPC go to: it speaks HTTP/2. Default: the same as all others.
    #[must_use]
    pub fn grpc(mut self, agent: A2aAgent) -> Self {
        self.grpc = Some(agent);
        self
    }

    /// The agent's interfaces, in the order in which they are preferred. Default: those of its card.
    #[must_use]
    pub fn interfaces(mut self, interfaces: impl IntoIterator<Item = Interface>) -> Self {
        self.interfaces = Some(interfaces.into_iter().collect());
        self
    }

    /// The path at which the agent publishes its card, behind the endpoint's, asked before the well-known ones; of
    /// several the first that has one. Clients that ask for the card are answered with what is at the first. Default:
    /// the well-known paths, behind the endpoint's own and at its origin.
    #[must_use]
    pub fn card_path(mut self, path: &str) -> Self {
        self.card_paths.push(format!("/{}", path.trim_matches('/')));
        self
    }

    /// One more host, or `host:port`, that the card's interfaces may name. Default: the endpoint's alone; where that
    /// is a loopback address at the endpoint's port alone, but for interfaces of gRPC.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.allowed.push(host.into());
        self
    }

    /// Whether the agent is behind a balancer, which sends each call to the port of a replica, whatever port it
    /// names. Then interfaces at one port alone are used: that of the first which is not of gRPC. Default: false.
    #[must_use]
    pub const fn behind_balancer(mut self, behind: bool) -> Self {
        self.one_port = behind;
        self
    }

    /// How long a card is believed. Default: 5 minutes. One that cannot be fetched again stays.
    #[must_use]
    pub const fn card_lifetime(mut self, lifetime: Duration) -> Self {
        self.card_lifetime = lifetime;
        self
    }

    /// The longest answer that is translated, in bytes. Default: 32 MiB. A longer one is an error.
    #[must_use]
    pub const fn max_answer_bytes(mut self, limit: usize) -> Self {
        self.limits.answer_bytes = limit;
        self
    }

    /// The longest event that is translated, in bytes. Default: 16 MiB. A longer one ends its stream with an
    /// error.
    #[must_use]
    pub const fn max_event_bytes(mut self, limit: usize) -> Self {
        self.limits.event_bytes = limit;
        self
    }

    /// The agent.
    #[must_use]
    pub fn build(self) -> AnyAgent {
        let places = CardPlaces::new(self.card_paths, &self.endpoint);
        let hosts = Hosts::new(self.endpoint, self.allowed);
        let by_card = self.interfaces.is_none();
        let found = Found::new(
            self.agent.clone(),
            hosts,
            places,
            self.card_lifetime,
            (by_card, self.one_port),
        );
        AnyAgent::new(Arc::new(Inner {
            grpc: self.grpc.unwrap_or_else(|| self.agent.clone()),
            agent: self.agent,
            told: self.interfaces.map(Into::into),
            found,
            limits: self.limits,
        }))
    }
}

impl fmt::Debug for AnyAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyAgentBuilder")
            .field("endpoint", &self.endpoint)
            .field("interfaces", &self.interfaces)
            .finish_non_exhaustive()
    }
}
