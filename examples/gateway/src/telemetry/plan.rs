//! What a state and the variables come to.

use opentelemetry::Key;

use super::{
    TracingPolicy, TracingState,
    otlp::Target,
    sampling::{Described, Sampling},
    variables::Variables,
};
use crate::expression::{Expression, Facts, Scalar};

/// How a listener is to be traced.
#[derive(Debug)]
pub(super) enum Plan {
    /// Not at all.
    Off {
        /// `off` or `denied`.
        state: &'static str,
        reason: String,
    },
    On(Box<On>),
}

/// A listener that is traced.
#[derive(Debug)]
pub(super) struct On {
    pub(super) reason: String,
    pub(super) sampling: Sampling,
    pub(super) filter: Option<Expression>,
    pub(super) filter_described: Option<Described>,
    pub(super) early: Vec<(Key, Expression)>,
    pub(super) late: Vec<(Key, Expression)>,
    pub(super) remove: Vec<Key>,
    pub(super) target: Target,
    /// Who named the target.
    pub(super) origin: String,
    pub(super) propagates: bool,
    pub(super) warnings: Vec<String>,
}

impl Plan {
    pub(super) fn of(state: &TracingState, variables: &Variables) -> Self {
        let off = |reason: &str| Self::Off {
            state: "off",
            reason: reason.to_owned(),
        };
        match state {
            TracingState::Denied { origin, reason } => Self::Off {
                state: "denied",
                reason: format!("policy {origin}: {reason}"),
            },
            _ if variables.disabled => off("OTEL_SDK_DISABLED is true"),
            TracingState::FromEnvironment => match Self::environment(variables) {
                Some(on) => Self::On(Box::new(on)),
                None => off("no policy, and no endpoint in OTEL_EXPORTER_OTLP_ENDPOINT"),
            },
            TracingState::Policy(policy) => Self::On(Box::new(Self::policy(policy, variables))),
        }
    }

    fn environment(variables: &Variables) -> Option<On> {
        let named = variables.endpoint.clone()?;
        let target = Target {
            collector: named.target,
            protocol: named.protocol,
            speaking: variables.speaking.clone(),
            batching: variables.batching.clone(),
            resource: resource(variables),
        };
        Some(On {
            reason: "no policy: as the environment says".to_owned(),
            sampling: Sampling::environment(variables.sampler.as_ref()),
            filter: None,
            filter_described: None,
            early: Vec::new(),
            late: Vec::new(),
            remove: Vec::new(),
            warnings: target.warning().into_iter().collect(),
            target,
            origin: named.origin,
            propagates: variables.propagates,
        })
    }

    fn policy(policy: &TracingPolicy, variables: &Variables) -> On {
        let mut warnings = Vec::new();
        let mut resource = resource(variables);
        for (name, expression) in &policy.resources {
            match expression.evaluate_value(&Facts::none()) {
                Ok(Some(value)) => {
                    resource.retain(|(known, _)| known != name);
                    resource.push((name.clone(), value));
                }
                Ok(None) => {}
                Err(error) => warnings.push(format!(
                    "resources {name:?}: {error}: a resource is worked out once, without a request"
                )),
            }
        }
        let target = Target {
            collector: policy.target.clone(),
            protocol: policy.protocol.clone(),
            speaking: variables.speaking.clone(),
            batching: variables.batching.clone(),
            resource,
        };
        warnings.extend(target.warning());
        let attributes = policy.add.iter().cloned();
        let (late, early) = attributes
            .map(|(name, expression)| (Key::from(name), expression))
            .partition(|(_, expression): &(Key, Expression)| expression.needs_response());
        let filter_described = policy.filter.as_ref().map(|filter| Described {
            text: filter.text().to_owned(),
            origin: format!("policy {} filter", policy.origin),
        });
        On {
            reason: format!("policy {}", policy.origin),
            sampling: Sampling::policy(policy, variables.sampler.as_ref()),
            filter: policy.filter.clone(),
            filter_described,
            early,
            late,
            remove: policy.remove.iter().cloned().map(Key::from).collect(),
            target,
            origin: format!("policy {}", policy.origin),
            propagates: variables.propagates,
            warnings,
        }
    }
}

fn resource(variables: &Variables) -> Vec<(String, Scalar)> {
    let named = variables.resource.iter();
    named
        .map(|(key, value)| (key.clone(), Scalar::Text(value.clone())))
        .collect()
}
