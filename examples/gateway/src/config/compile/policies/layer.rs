//! What policies of one level ask for, and how levels are laid over each other.

use std::time::Duration;

use agentgateway_core::route::{Cors, HeaderEdit};

use super::Closed;
use crate::config::compile::settings::fill;
use crate::config::resource::Reference;
use crate::config::snapshot::{
    BackendSettings, BeforeRouting, ConnectionSettings, HttpSettings, Policies,
};
use crate::telemetry::{AccessLogPolicy, TracingState};

/// What one policy, or all of one level, ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config::compile) struct Layer {
    pub(in crate::config::compile) frontend: Frontend,
    pub(in crate::config::compile) before: BeforeRouting,
    pub(in crate::config::compile) traffic: Traffic,
    pub(in crate::config::compile) backend: BackendSettings,
    pub(in crate::config::compile) closed: Closed,
    pub(in crate::config::compile) overrides: Overrides,
}

/// At the client's side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config::compile) struct Frontend {
    pub(in crate::config::compile) tracing: Option<TracingState>,
    pub(in crate::config::compile) access_log: Option<AccessLogPolicy>,
    pub(in crate::config::compile) http: Option<HttpSettings>,
    pub(in crate::config::compile) connections: ConnectionSettings,
}

/// On the way of requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config::compile) struct Traffic {
    pub(in crate::config::compile) request_timeout: Option<Duration>,
    /// Of requests, and of answers.
    pub(in crate::config::compile) headers: Option<(HeaderEdit, HeaderEdit)>,
    pub(in crate::config::compile) cors: Option<Cors>,
    pub(in crate::config::compile) backend_host: Option<bool>,
    pub(in crate::config::compile) policies: Policies,
}

/// The policies by which what is nearer has no say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config::compile) struct Overrides {
    /// Before a rule is chosen.
    pub(in crate::config::compile) before: Option<Reference>,
    /// In the traffic of rules.
    pub(in crate::config::compile) traffic: Option<Reference>,
}

impl Overrides {
    /// That of a field, by its name.
    pub(in crate::config::compile) fn of(&self, field: &str) -> Option<&Reference> {
        if field.ends_with(BEFORE) {
            self.before.as_ref()
        } else if field.starts_with("traffic.") {
            self.traffic.as_ref()
        } else {
            None
        }
    }
}

/// What names of fields of the earlier phase end with.
const BEFORE: &str = " (PreRouting)";

impl Layer {
    /// Lays this level over one that is farther: fills in what this one leaves open, unless the other has
    /// the last word.
    pub(in crate::config::compile) fn over(&mut self, farther: &Self) {
        if farther.overrides.before.is_some() {
            self.before = farther.before.clone();
        }
        if farther.overrides.traffic.is_some() {
            self.traffic = farther.traffic.clone();
        }
        self.join(farther);
    }

    /// Fills in what this one leaves open from one of the same level, which it beats.
    pub(in crate::config::compile) fn join(&mut self, under: &Self) {
        fn or<T: Clone>(mine: &mut Option<T>, other: &Option<T>) {
            if mine.is_none() {
                mine.clone_from(other);
            }
        }
        or(&mut self.frontend.tracing, &under.frontend.tracing);
        or(&mut self.frontend.access_log, &under.frontend.access_log);
        or(&mut self.frontend.http, &under.frontend.http);
        self.frontend.connections.over(&under.frontend.connections);
        self.before.over(&under.before);
        or(
            &mut self.traffic.request_timeout,
            &under.traffic.request_timeout,
        );
        or(&mut self.traffic.headers, &under.traffic.headers);
        or(&mut self.traffic.cors, &under.traffic.cors);
        or(&mut self.traffic.backend_host, &under.traffic.backend_host);
        self.traffic.policies.over(&under.traffic.policies);
        fill(&mut self.backend, &under.backend);
        self.closed.add(&under.closed);
        or(&mut self.overrides.before, &under.overrides.before);
        or(&mut self.overrides.traffic, &under.overrides.traffic);
    }

    /// The names of the fields that it sets, and of those that join with what others set.
    pub(in crate::config::compile) fn told_fields(&self) -> Vec<&'static str> {
        let mut found = self.fields();
        if !self.traffic.policies.authorization.is_empty() {
            found.push("traffic.authorization");
        }
        if !self.before.policies.authorization.is_empty() {
            found.push("traffic.authorization (PreRouting)");
        }
        found
    }

    /// The names of the fields that it sets.
    pub(in crate::config::compile) fn fields(&self) -> Vec<&'static str> {
        let Self {
            frontend,
            before,
            traffic,
            backend,
            closed: _,
            overrides: _,
        } = self;
        let set = [
            ("frontend.tracing", frontend.tracing.is_some()),
            ("frontend.accessLog", frontend.access_log.is_some()),
            ("frontend.http", frontend.http.is_some()),
            (
                "frontend.proxyProtocol",
                frontend.connections.proxy_header.is_some(),
            ),
            ("frontend.tls", frontend.connections.handshakes.is_some()),
            ("traffic.cors (PreRouting)", before.cors.is_some()),
            (
                "traffic.jwtAuthentication (PreRouting)",
                before.policies.jwt.is_some(),
            ),
            (
                "traffic.basicAuthentication (PreRouting)",
                before.policies.basic.is_some(),
            ),
            (
                "traffic.apiKeyAuthentication (PreRouting)",
                before.policies.api_key.is_some(),
            ),
            (
                "traffic.extAuth (PreRouting)",
                before.policies.ext_auth.is_some(),
            ),
            (
                "traffic.transformation (PreRouting)",
                before.policies.transform.is_some(),
            ),
            ("traffic.timeouts", traffic.request_timeout.is_some()),
            ("traffic.headerModifiers", traffic.headers.is_some()),
            ("traffic.cors", traffic.cors.is_some()),
            ("traffic.hostRewrite", traffic.backend_host.is_some()),
            ("traffic.csrf", traffic.policies.csrf.is_some()),
            ("traffic.buffer", traffic.policies.buffer.is_some()),
            ("traffic.extAuth", traffic.policies.ext_auth.is_some()),
            (
                "traffic.transformation",
                traffic.policies.transform.is_some(),
            ),
            (
                "traffic.concurrency",
                traffic.policies.concurrency.is_some(),
            ),
            ("traffic.rateLimit", traffic.policies.rate_limit.is_some()),
            ("traffic.budgets", traffic.policies.budgets.is_some()),
            ("traffic.delay", traffic.policies.delay.is_some()),
            ("traffic.retry", traffic.policies.retry.is_some()),
            ("traffic.directResponse", traffic.policies.direct.is_some()),
            (
                "traffic.jwtAuthentication",
                traffic.policies.jwt.is_some() || traffic.policies.mcp.is_some(),
            ),
            (
                "traffic.basicAuthentication",
                traffic.policies.basic.is_some(),
            ),
            (
                "traffic.apiKeyAuthentication",
                traffic.policies.api_key.is_some(),
            ),
            (
                "backend.auth",
                backend.credential.is_some() || backend.exchange.is_some(),
            ),
            ("backend.tls", backend.tls),
            ("backend.http.version", backend.version.is_some()),
            (
                "backend.http.requestTimeout",
                backend.request_timeout.is_some(),
            ),
            (
                "backend.tcp.connectTimeout",
                backend.connect_timeout.is_some(),
            ),
            ("backend.tcp.keepalive", backend.keepalive.is_some()),
            ("backend.health", backend.health.is_some()),
            ("backend.mcp.authentication", backend.policies.mcp.is_some()),
            ("backend.extAuth", backend.policies.ext_auth.is_some()),
            (
                "backend.transformation",
                backend.policies.transform.is_some(),
            ),
        ];
        let set = set.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name).collect()
    }
}
