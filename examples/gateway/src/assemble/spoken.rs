use agentgateway_core::rescue::{Dialect, RescueLayer};
use tower::Layer;

use super::{
    Parts, Stack,
    grpc::Grpc,
    plain::Plain,
    policies::Mounted,
    refuse::Refuse,
    stack::{MaxBody, a2a_layer, llm_layer, mcp_layer, within},
    table::Refusal,
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
            BackendKind::A2a(_) | BackendKind::Agents(_) => Self::A2a,
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

    /// The stack that refuses every request so, and reads none.
    pub(super) fn unread(self, parts: &Parts, refuse: Refuse) -> Stack {
        match self {
            Self::A2a => unread(&a2a_layer(parts, None).rescue(), refuse),
            Self::Mcp => unread(&mcp_layer(parts, None).rescue(), refuse),
            Self::Llm => unread(&llm_layer(parts, None).rescue(), refuse),
            Self::Grpc => unread(&RescueLayer::new(Grpc, ()), refuse),
            Self::Plain => unread(&RescueLayer::new(Plain, ()), refuse),
        }
    }

    /// What is decided before a rule is chosen, around what chooses it; what it refuses is said so.
    pub(super) fn before(self, parts: &Parts, mounted: &Mounted, onward: Stack) -> Stack {
        match self {
            Self::A2a => mounted.around(&a2a_layer(parts, None).rescue(), onward),
            Self::Mcp => mounted.around(&mcp_layer(parts, None).rescue(), onward),
            Self::Llm => mounted.around(&llm_layer(parts, None).rescue(), onward),
            Self::Grpc => mounted.around(&RescueLayer::new(Grpc, ()), onward),
            Self::Plain => mounted.around(&RescueLayer::new(Plain, ()), onward),
        }
    }

    /// What refuses on a listener that speaks so. A client that speaks no gRPC cannot read its
    /// statuses, on whatever listener.
    pub(super) fn refusal(self, stack: impl Fn(Self) -> Stack) -> Refusal {
        let usual = match self {
            Self::Grpc => Self::Plain,
            other => other,
        };
        Refusal {
            usual: stack(usual),
            grpc: stack(Self::Grpc),
        }
    }
}

/// No protocol layer tells of what this refuses.
fn unread<D: Dialect>(rescue: &RescueLayer<D>, refuse: Refuse) -> Stack {
    Stack::untold(rescue.layer(refuse))
}
