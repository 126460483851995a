use std::{fmt, sync::Arc};

use agentgateway_core::policy::Policy;
use http::request;
use serde_json::Value;

use crate::expression::{Expression, Facts, Scalar};

pub(super) type Policies = [Arc<dyn Policy>];

/// The policies that one part of a manifest asks for, in their order.
#[derive(Clone)]
pub(super) struct Group(pub(super) Arc<Policies>);

impl Group {
    pub(super) fn one(policy: impl Policy) -> Self {
        Self(Arc::new([Arc::new(policy)]))
    }
}

impl Default for Group {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|it| it.name()))
            .finish()
    }
}

/// The text that an expression makes of a request.
pub(super) fn text_of(value: &Expression, head: &request::Parts) -> Option<String> {
    let value = value.evaluate_value(&Facts::request(head)).ok()??;
    Some(value.to_string())
}

/// A value as what is noted of a request.
pub(super) fn noted(value: Scalar) -> Value {
    match value {
        Scalar::Text(text) => Value::String(text),
        other => serde_json::to_value(other).unwrap_or(Value::Null),
    }
}

/// The whole number that an expression makes of a request.
pub(super) fn whole_of(value: &Expression, head: &request::Parts) -> Option<u64> {
    match value.evaluate_value(&Facts::request(head)).ok()?? {
        Scalar::Int(number) => u64::try_from(number).ok(),
        // Saturates at both ends.
        Scalar::Double(number) if number >= 0.0 => Some(number as u64),
        _ => None,
    }
}
