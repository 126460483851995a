use std::{fmt, sync::Arc};

use super::Condition;

/// What a rule does when its condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// The request may pass; where there are such rules, one of them must hold.
    Allow,
    /// The request is refused.
    Deny,
    /// The request may go on; every such rule must hold.
    Require,
}

impl Effect {
    /// A short stable name, for spans and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Require => "require",
        }
    }
}

/// One rule of an authorization. Clones share it.
#[derive(Clone)]
pub struct Rule {
    pub(super) name: Arc<str>,
    pub(super) effect: Effect,
    pub(super) condition: Arc<dyn Condition>,
}

impl Rule {
    /// A rule of this name, which the operator finds where it has refused something.
    pub fn new(effect: Effect, name: impl Into<Arc<str>>, condition: impl Condition) -> Self {
        Self {
            name: name.into(),
            effect,
            condition: Arc::new(condition),
        }
    }

    /// What fulfils the condition may pass.
    pub fn allow(name: impl Into<Arc<str>>, condition: impl Condition) -> Self {
        Self::new(Effect::Allow, name, condition)
    }

    /// What fulfils the condition is refused.
    pub fn deny(name: impl Into<Arc<str>>, condition: impl Condition) -> Self {
        Self::new(Effect::Deny, name, condition)
    }

    /// What does not fulfil the condition is refused.
    pub fn require(name: impl Into<Arc<str>>, condition: impl Condition) -> Self {
        Self::new(Effect::Require, name, condition)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("name", &self.name)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}
