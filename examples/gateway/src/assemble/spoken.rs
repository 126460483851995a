use agentgateway_core::rescue::RescueLayer;

use super::{
    Parts, Stack,
    grpc::Grpc,
    plain::Plain,
    refuse::Refuse,
    stack::{MaxBody, a2a_layer, llm_layer, mcp_layer, within},
};
use crate::config::snapshot::{Action, BackendKind, Outcome, Rule};

/// What a client speaks with a route or listener: how it is told that there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    A2a,
    Mcp,
    Llm,
    Grpc,
    /// Nothing that is known here, or several of these.
    Plain,
}

impl Spoken {
    /// What a backend of this kind speaks.
    pub(super) const fn with(kind: &BackendKind) -> Self {
        match kind {
            BackendKind::Http(_) => Self::Plain,
            BackendKind::A2a(_) => Self::A2a,
            BackendKind::Mcp(_) => Self::Mcp,
            BackendKind::Ai(_) => Self::Llm,
        }
    }

    /// What a rule speaks: what its backends do, if they agree; `None` where it has none.
    pub(super) fn by(rule: &Rule) -> Option<Self> {
        if rule.is_grpc() {
            return Some(Self::Grpc);
        }
        let Action::Forward(backends) = &rule.action else {
            return None;
        };
        Self::common(
            backends
                .iter()
                .filter_map(|backend| match &backend.outcome {
                    Outcome::Backend(backend) => Some(Self::with(&backend.kind)),
                    Outcome::Invalid(_) | Outcome::Unavailable(_) => None,
                }),
        )
    }

    /// What all rules of a listener speak; plain where they do not agree, or there are none.
    pub(super) fn among<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        Self::common(rules.into_iter().filter_map(Self::by)).unwrap_or(Self::Plain)
    }

    fn common(mut all: impl Iterator<Item = Self>) -> Option<Self> {
        let first = all.next()?;
        Some(if all.all(|other| other == first) {
            first
        } else {
            Self::Plain
        })
    }

    /// The stack that refuses every request so, whatever else is wrong with it.
    pub(super) fn refusing(self, parts: &Parts, max_body: MaxBody, refuse: Refuse) -> Stack {
        match self {
            Self::A2a => within(a2a_layer(parts, max_body).refuses_all(true), refuse),
            Self::Mcp => within(mcp_layer(parts, max_body).refuses_all(true), refuse),
            Self::Llm => within(llm_layer(parts, max_body).refuses_all(true), refuse),
            Self::Grpc => within(RescueLayer::new(Grpc, ()), refuse),
            Self::Plain => within(RescueLayer::new(Plain, ()), refuse),
        }
    }
}
