use std::sync::Arc;

use agentgateway_core::{auth::Mode, authz::Effect};

use super::{
    AccessRule, AgentRules, ApiKeyCallers, BasicCallers, Budget, Buffering, Cases, Concurrency,
    DirectAnswer, ExtAuth, JwtCallers, McpCallers, Part, RateLimits, Retrying, Scopes, ToolLimit,
    Transforming, Wait, Whose,
};

/// What is decided about requests, each part with the policy that it is from.
///
/// Those of callers come first, before a body is read; what may ask about the call comes behind.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Policies {
    /// What browsers send for foreign pages is refused, but for those of these origins.
    pub csrf: Option<Arc<Part<Vec<String>>>>,
    /// Who calls, by token.
    pub jwt: Option<Arc<Part<JwtCallers>>>,
    /// Who calls, by name and password.
    pub basic: Option<Arc<Part<BasicCallers>>>,
    /// Who calls, by key.
    pub api_key: Option<Arc<Part<ApiKeyCallers>>>,
    /// Who calls servers of MCP, by token.
    pub mcp: Option<Arc<Part<McpCallers>>>,
    /// Which scopes the tokens of callers of servers of MCP must have. It is of the Gateway that they come by.
    pub scopes: Option<Arc<Part<Scopes>>>,
    /// Another service says who may pass.
    pub ext_auth: Option<Arc<Part<Cases<ExtAuth>>>>,
    /// Which bodies are read whole.
    pub buffer: Option<Arc<Part<Buffering>>>,
    /// What is changed of requests and answers.
    pub transform: Option<Arc<Part<Cases<Transforming>>>>,
    /// Who may do what. Rules of all levels hold together.
    pub authorization: Vec<Arc<Part<AccessRule>>>,
    /// How many at once; all of them hold.
    pub concurrency: Option<Arc<Part<Vec<Concurrency>>>>,
    /// How much may be asked.
    pub rate_limit: Option<Arc<Part<Cases<RateLimits>>>>,
    /// How much may be spent; all of them hold.
    pub budgets: Option<Arc<Part<Vec<Budget>>>>,
    /// How long requests wait.
    pub delay: Option<Arc<Part<Wait>>>,
    /// What is answered in the place of a backend.
    pub direct: Option<Arc<Part<Cases<DirectAnswer>>>>,
    /// What is decided about calls of agents. It is of the Gateway that they come by.
    pub agents: Option<Arc<AgentRules>>,
    /// What calls of tools may take. It is of the Gateway that they come by.
    pub tool_limits: Option<Arc<Part<Vec<ToolLimit>>>>,
    /// When a request is sent again.
    pub retry: Option<Arc<Part<Retrying>>>,
}

impl Policies {
    /// Whether nothing is decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Fills in what these leave open from others that they beat; rules of access are added.
    pub(crate) fn over(&mut self, under: &Self) {
        fn or<T>(mine: &mut Option<Arc<T>>, other: &Option<Arc<T>>) {
            if mine.is_none() {
                mine.clone_from(other);
            }
        }
        or(&mut self.csrf, &under.csrf);
        // Of a route they are one field: a token is taken once.
        if self.jwt.is_none() && self.mcp.is_none() {
            self.jwt.clone_from(&under.jwt);
            self.mcp.clone_from(&under.mcp);
        }
        or(&mut self.basic, &under.basic);
        or(&mut self.api_key, &under.api_key);
        or(&mut self.scopes, &under.scopes);
        or(&mut self.ext_auth, &under.ext_auth);
        or(&mut self.buffer, &under.buffer);
        or(&mut self.transform, &under.transform);
        or(&mut self.concurrency, &under.concurrency);
        or(&mut self.rate_limit, &under.rate_limit);
        or(&mut self.budgets, &under.budgets);
        or(&mut self.delay, &under.delay);
        or(&mut self.direct, &under.direct);
        or(&mut self.agents, &under.agents);
        or(&mut self.tool_limits, &under.tool_limits);
        or(&mut self.retry, &under.retry);
        for rule in &under.authorization {
            if !self.authorization.contains(rule) {
                self.authorization.push(Arc::clone(rule));
            }
        }
    }

    /// Those that keep requests out of a backend, and change nothing.
    pub(crate) fn guards(&self) -> Self {
        Self {
            mcp: self.mcp.clone(),
            scopes: self.scopes.clone(),
            ext_auth: self.ext_auth.clone(),
            authorization: self.authorization.clone(),
            agents: self
                .agents
                .as_ref()
                .and_then(|it| it.guards())
                .map(Arc::new),
            ..Self::default()
        }
    }

    /// Those of a copy of a request: what may not pass is not copied, copies count for themselves, and
    /// nobody is asked to count one.
    pub(crate) fn of_copies(&self) -> Self {
        let mut found = self.clone();
        found.delay = None;
        found.retry = None;
        if let Some(part) = &mut found.buffer {
            Arc::make_mut(part).spec.response = None;
        }
        if let Some(part) = &mut found.rate_limit {
            let Cases(cases) = &mut Arc::make_mut(part).spec;
            cases
                .iter_mut()
                .for_each(|(_, limits)| limits.global = None);
        }
        found
    }

    /// One line for each part, in the order in which they decide.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.csrf.iter().map(|part| {
            let name = &part.name;
            format!("{name}: refuses what browsers send for pages of other origins")
        }));
        lines.extend(self.jwt.iter().map(|part| line(&part.name, part.spec.mode)));
        lines.extend(
            self.basic
                .iter()
                .map(|part| line(&part.name, part.spec.mode)),
        );
        lines.extend(
            self.api_key
                .iter()
                .map(|part| line(&part.name, part.spec.mode)),
        );
        lines.extend(self.mcp.iter().map(|part| {
            let (line, resource) = (line(&part.name, part.spec.mode), part.spec.resource.url());
            format!("{line}; tokens are those for {resource}")
        }));
        lines.extend(self.scopes.iter().flat_map(|part| {
            let rules = part.spec.rules.iter();
            rules.map(|(of, scopes)| format!("{}: {of} {}", part.name, scopes.join(" ")))
        }));
        lines.extend(of_cases(self.ext_auth.as_ref(), ExtAuth::line));
        lines.extend(
            self.buffer
                .iter()
                .map(|part| format!("{}: {}", part.name, part.spec)),
        );
        lines.extend(of_cases(self.transform.as_ref(), Transforming::line));
        for effect in [Effect::Deny, Effect::Require, Effect::Allow] {
            let rules = self.authorization.iter();
            let rules = rules.filter(|rule| rule.spec.effect == effect);
            lines.extend(rules.map(|rule| rule.spec.line(&rule.name)));
        }
        lines.extend(self.concurrency.iter().map(|part| {
            let all = part.spec.iter().map(Concurrency::line);
            format!("{}: lets at most {} at once", part.name, joined(all))
        }));
        let rates = |whose| {
            let part = self.rate_limit.as_ref();
            part.map_or_else(Vec::new, |part| {
                part.spec.lines(&part.name, |it| it.line(whose))
            })
        };
        lines.extend(rates(Whose::Each));
        lines.extend(self.budgets.iter().map(|part| {
            let all = part.spec.iter().map(Budget::line);
            format!("{}: lets spend at most {}", part.name, joined(all))
        }));
        lines.extend(rates(Whose::Everybodys));
        lines.extend(
            self.delay
                .iter()
                .map(|part| format!("{}: lets it wait for {}", part.name, part.spec)),
        );
        lines.extend(of_cases(self.direct.as_ref(), |answer: &DirectAnswer| {
            format!("answers {}", answer.status)
        }));
        lines.extend(self.agents.iter().flat_map(|it| it.lines()));
        lines.extend(self.tool_limits.iter().flat_map(|part| {
            let limits = part.spec.iter();
            limits.map(|limit| format!("{}: {limit}", part.name))
        }));
        lines.extend(
            self.retry
                .iter()
                .map(|part| format!("{}: {}", part.name, part.spec)),
        );
        lines
    }
}

fn of_cases<T>(part: Option<&Arc<Part<Cases<T>>>>, line: impl Fn(&T) -> String) -> Vec<String> {
    part.map_or_else(Vec::new, |part| {
        part.spec.lines(&part.name, |it| Some(line(it)))
    })
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join(", ")
}

/// How callers are taken whom a part of this name knows, or not.
fn line(name: &str, mode: Mode) -> String {
    let mode = match mode {
        Mode::Strict => "refuses who is not known",
        Mode::Optional => "refuses a wrong credential; without one a request passes",
        _ => "finds out who calls, and refuses nobody",
    };
    format!("{name}: {mode}")
}
