//! Rules: what they take, what they change, what answers.

use std::sync::Arc;
use std::time::Duration;

use agentgateway_core::route::{
    Cors, Fraction, HeaderEdit, Hostname, Redirect, RequestMatch, Rewrite,
};
use agentgateway_mcp::policy::oauth::ProtectedResource;

use super::{Backend, Part, Policies, Relay};
use crate::config::resource::Reference;

/// One rule of a route on one listener.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// The HTTPRoute or GRPCRoute.
    pub route: Reference,
    /// The rule's place in it, from 0.
    pub index: usize,
    /// The rule's name.
    pub name: Option<String>,
    /// The hostnames that lead here, already intersected with the listener's; empty for any.
    pub hostnames: Vec<Hostname>,
    /// The requests that it takes, one of which must match; never empty.
    pub matches: Vec<RequestMatch>,
    /// What is changed, whatever answers.
    pub filters: Filters,
    /// What is decided about its requests.
    pub policies: Arc<Policies>,
    /// What answers.
    pub action: Action,
    /// How long an answer may take.
    pub timeouts: Timeouts,
}

impl Rule {
    /// A rule that takes every request.
    #[must_use]
    pub fn new(route: Reference, index: usize, action: Action) -> Self {
        Self {
            route,
            index,
            name: None,
            hostnames: Vec::new(),
            matches: vec![RequestMatch::default()],
            filters: Filters::default(),
            policies: Arc::default(),
            action,
            timeouts: Timeouts::default(),
        }
    }

    /// Whether it is of a GRPCRoute.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        self.route.kind == "GRPCRoute"
    }
}

/// What answers a rule's requests.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// The client is sent elsewhere.
    Redirect(Redirect),
    /// One of these, by weight. Empty, or of no weight, answers 500.
    Forward(Vec<WeightedBackend>),
    /// The metadata of this resource: public, whatever is asked of its callers.
    Describe(ProtectedResource),
    /// What agents push is taken, and goes on to clients.
    Receive(Arc<Part<Relay>>),
    /// The rule cannot be served, for a reason told in a condition: 500.
    Invalid(String),
}

/// What answers a share of the requests.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WeightedBackend {
    /// Its share of the sum of all weights.
    pub weight: u32,
    /// What is changed for it alone, after what the rule changes.
    pub filters: Filters,
    /// What it is.
    pub outcome: Outcome,
}

impl WeightedBackend {
    /// This outcome, with this weight.
    #[must_use]
    pub fn new(weight: u32, outcome: Outcome) -> Self {
        Self {
            weight,
            filters: Filters::default(),
            outcome,
        }
    }
}

/// What a reference led to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Something that answers.
    Backend(Arc<Backend>),
    /// Nothing that may be used, for this reason: 500.
    Invalid(String),
    /// Something without a ready endpoint: 503.
    Unavailable(String),
}

/// What is changed in requests and answers.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Filters {
    /// Headers of the request.
    pub request: HeaderEdit,
    /// Headers of the answer.
    pub response: HeaderEdit,
    /// Host and path upstream.
    pub rewrite: Option<Rewrite>,
    /// The client is sent elsewhere (for one backend; a rule's is its action).
    pub redirect: Option<Redirect>,
    /// Who gets copies of requests.
    pub mirrors: Vec<Mirror>,
    /// Which pages of other origins may call.
    pub cors: Option<Cors>,
    /// Whether the backend's own host goes upstream (`hostRewrite` of a policy); `None` leaves it to
    /// the protocol.
    pub backend_host: Option<bool>,
}

/// Who gets copies of requests.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a target and a share")]
pub struct Mirror {
    /// Who.
    pub target: Outcome,
    /// Of how many requests.
    pub share: Fraction,
}

/// How long an answer may take. `None` leaves the protocol's default, zero means for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// From the request to the end of its answer.
    pub request: Option<Duration>,
    /// One attempt at a backend, until the end of its answer.
    pub backend_request: Option<Duration>,
}
