use std::{fmt, sync::Arc};

use agentgateway_core::context::Principal;

use super::Pattern;
use crate::policy::{Allows, Caller, Denied, Item, ItemKind};

/// Rules about tools, by their names. Of those that match a tool the last one decides; where none does, what
/// they [began](Self::deny_all) with.
///
/// A pattern is a name in which `*` stands for any characters, or none. Prompts, resources and templates are
/// all allowed, unless there are rules about [them](Self::prompts) too.
///
/// Clones share nothing that changes.
#[derive(Clone, Debug)]
pub struct ToolRules {
    allows: bool,
    rules: Vec<Rule>,
    prompts: Option<Box<Self>>,
    resources: Option<Box<Self>>,
    templates: Option<Box<Self>>,
}

#[derive(Clone)]
struct Rule {
    allows: bool,
    pattern: Pattern,
    condition: Option<Arc<Condition>>,
    /// What the operator reads.
    name: Arc<str>,
}

type Condition = dyn Fn(Option<&Principal>, &str, &str) -> bool + Send + Sync;

impl ToolRules {
    /// Nothing is allowed but what rules allow.
    #[must_use]
    pub const fn deny_all() -> Self {
        Self::beginning(false)
    }

    /// Everything is allowed but what rules deny.
    #[must_use]
    pub const fn allow_all() -> Self {
        Self::beginning(true)
    }

    const fn beginning(allows: bool) -> Self {
        Self {
            allows,
            rules: Vec::new(),
            prompts: None,
            resources: None,
            templates: None,
        }
    }

    /// What matches is allowed.
    #[must_use]
    pub fn allow(self, pattern: &str) -> Self {
        self.rule(true, pattern, None)
    }

    /// What matches is denied.
    #[must_use]
    pub fn deny(self, pattern: &str) -> Self {
        self.rule(false, pattern, None)
    }

    /// What matches is allowed where the condition holds of the caller, the server's name (empty where
    /// [none](crate::McpLayer::target) was given) and the tool; else this rule says nothing.
    #[must_use]
    pub fn allow_if<F>(self, pattern: &str, condition: F) -> Self
    where
        F: Fn(Option<&Principal>, &str, &str) -> bool + Send + Sync + 'static,
    {
        self.rule(true, pattern, Some(Arc::new(condition)))
    }

    /// What matches is denied where the condition holds; else this rule says nothing.
    #[must_use]
    pub fn deny_if<F>(self, pattern: &str, condition: F) -> Self
    where
        F: Fn(Option<&Principal>, &str, &str) -> bool + Send + Sync + 'static,
    {
        self.rule(false, pattern, Some(Arc::new(condition)))
    }

    /// Rules about prompts, by their names. Default: all are allowed.
    #[must_use]
    pub fn prompts(mut self, rules: Self) -> Self {
        self.prompts = Some(Box::new(rules));
        self
    }

    /// Rules about resources, by their URIs as [`Item::name`] says them: decoded, in one spelling. A URI that
    /// [climbs](Item::climbs) is denied then. Default: all are allowed.
    ///
    /// What a template makes is a resource: rules about [templates](Self::templates) alone hide them, and
    /// keep nobody from reading.
    #[must_use]
    pub fn resources(mut self, rules: Self) -> Self {
        self.resources = Some(Box::new(rules));
        self
    }

    /// Rules about templates of resources, by their URI templates. Default: all are allowed.
    #[must_use]
    pub fn templates(mut self, rules: Self) -> Self {
        self.templates = Some(Box::new(rules));
        self
    }

    fn rule(mut self, allows: bool, pattern: &str, condition: Option<Arc<Condition>>) -> Self {
        let verb = if allows { "allow" } else { "deny" };
        let what = if condition.is_some() { " if" } else { "" };
        self.rules.push(Rule {
            allows,
            pattern: Pattern::new(pattern),
            condition,
            name: format!("{verb}{what} {pattern}").into(),
        });
        self
    }

    fn about(&self, kind: ItemKind) -> Option<&Self> {
        match kind {
            ItemKind::Tool => Some(self),
            ItemKind::Prompt => self.prompts.as_deref(),
            ItemKind::Resource => self.resources.as_deref(),
            ItemKind::Template => self.templates.as_deref(),
        }
    }
}

impl Allows for ToolRules {
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied> {
        let Some(rules) = self.about(item.kind()) else {
            return Ok(());
        };
        if item.climbs() {
            return Err(Denied::by("a URI that climbs"));
        }
        let decides = |rule: &&Rule| {
            let condition = rule.condition.as_deref();
            let holds =
                |condition: &Condition| condition(caller.principal(), item.target(), item.name());
            rule.pattern.matches(item.name()) && condition.is_none_or(holds)
        };
        match rules.rules.iter().rev().find(decides) {
            Some(rule) if !rule.allows => Err(Denied::by(Arc::clone(&rule.name))),
            None if !rules.allows => Err(Denied::by("no rule allows it")),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
