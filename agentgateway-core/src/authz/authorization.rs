use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use http::request;

use super::{Effect, Rule};
use crate::{
    error::{Error, ErrorKind},
    policy::{Decision, Policy},
};

/// What decides when there are allow rules and none of them holds.
const NO_ALLOW: &str = "no allow rule holds";

/// Refuses what its rules do not let pass.
#[derive(Debug)]
pub struct Authorization {
    name: Arc<str>,
    /// Denials first, then what is required, then what allows.
    rules: Vec<Rule>,
    failures: AtomicU64,
}

impl Authorization {
    /// These rules, in any order. With no rule everything passes.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|rule| match rule.effect {
            Effect::Deny => 0,
            Effect::Require => 1,
            Effect::Allow => 2,
        });
        Self {
            name: "authorization".into(),
            rules,
            failures: AtomicU64::new(0),
        }
    }

    /// What logs and spans call it, such as where it is configured. Default: `authorization`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How often a condition could not be decided; a request that lacks what one asks for is not
    /// counted.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// The rule that refuses a request; `None` when it may pass.
    fn refusing(&self, head: &request::Parts) -> Option<Arc<str>> {
        let mut has_allow = false;
        for rule in &self.rules {
            let holds = match rule.condition.holds(head) {
                Ok(holds) => Some(holds),
                Err(error) if error.is_missing() => None,
                Err(error) => {
                    self.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(
                        target: "agentgateway_core::authz",
                        policy = &*self.name,
                        rule = &*rule.name,
                        effect = rule.effect.as_str(),
                        %error,
                        "a condition cannot be decided"
                    );
                    // What fails must not let anything pass.
                    Some(rule.effect == Effect::Deny)
                }
            };
            match (rule.effect, holds) {
                (Effect::Deny, Some(true)) | (Effect::Require, Some(false) | None) => {
                    return Some(rule.name.clone());
                }
                (Effect::Allow, Some(true)) => return None,
                (Effect::Allow, _) => has_allow = true,
                (Effect::Deny, _) | (Effect::Require, Some(true)) => {}
            }
        }
        has_allow.then(|| NO_ALLOW.into())
    }
}

impl Policy for Authorization {
    fn name(&self) -> &str {
        &self.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        match self.refusing(head) {
            None => Decision::Pass,
            Some(rule) => Decision::Refuse(
                Error::new(ErrorKind::Forbidden, "the caller may not do this")
                    .with_decided_by(rule),
            ),
        }
    }
}
