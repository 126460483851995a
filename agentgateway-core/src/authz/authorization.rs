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

    /// The name of the rule that refuses a request, or what stands for one where no allow rule holds;
    /// `None` when it may pass. For who says the refusal in words of its own.
    #[must_use]
    pub fn refusing(&self, head: &request::Parts) -> Option<Arc<str>> {
        self.judge(head, false)
    }

    /// The same of a request that lacks what some rules ask about, such as a call that names no tool where
    /// rules are about tools: those say nothing of it.
    #[must_use]
    pub fn refusing_without(&self, head: &request::Parts) -> Option<Arc<str>> {
        self.judge(head, true)
    }

    /// With `silent`, a rule that asks for what is missing says nothing.
    fn judge(&self, head: &request::Parts, silent: bool) -> Option<Arc<str>> {
        let mut has_allow = false;
        let mut allow_is_silent = false;
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
                (Effect::Require, None) if silent => {}
                (Effect::Deny, Some(true)) | (Effect::Require, Some(false) | None) => {
                    return Some(rule.name.clone());
                }
                (Effect::Allow, Some(true)) => return None,
                (Effect::Allow, None) if silent => allow_is_silent = true,
                (Effect::Allow, _) => has_allow = true,
                (Effect::Deny, _) | (Effect::Require, Some(true)) => {}
            }
        }
        (has_allow && !allow_is_silent).then(|| NO_ALLOW.into())
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
