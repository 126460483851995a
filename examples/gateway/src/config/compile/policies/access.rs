//! Who may do what, as policies ask for it.

use std::sync::Arc;

use agentgateway_core::authz::Effect;

use crate::config::compile::Fault;
use crate::config::resource::{Authorization, AuthorizationAction};
use crate::config::snapshot::{AccessRule, Part};
use crate::expression::{Expression, Vocabulary};

/// The rule in this field, such as `traffic.authorization`, whose expressions may ask for these names.
///
/// # Errors
/// Every expression that is none, or asks for what is not known there.
pub(super) fn rule(
    names: &Vocabulary,
    (origin, field): (&str, &str),
    spec: &Authorization,
) -> Result<Arc<Part<AccessRule>>, Vec<Fault>> {
    let (mut conditions, mut faults) = (Vec::new(), Vec::new());
    for (index, text) in spec.policy.match_expressions.iter().enumerate() {
        match Expression::compile_bool(text, names) {
            Ok(expression) => conditions.push(expression),
            Err(error) => {
                let path = format!("spec.{field}.policy.matchExpressions[{index}]");
                faults.push(Fault::new(path, "Invalid", error.to_string()));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let effect = match spec.action {
        AuthorizationAction::Allow => Effect::Allow,
        AuthorizationAction::Deny => Effect::Deny,
        AuthorizationAction::Require => Effect::Require,
    };
    Ok(Arc::new(Part {
        name: format!("{origin} {field}").into(),
        spec: AccessRule { effect, conditions },
    }))
}
