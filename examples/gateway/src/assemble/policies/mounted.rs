use std::{convert::Infallible, sync::Arc};

use agentgateway_core::{
    Body,
    authz::Authorization,
    body::buffer::{BufferLayer, Whole},
    limit::heap::Heap,
    policy::PolicyLayer,
    rescue::{Dialect, RescueLayer},
};
use agentgateway_mcp::{
    McpLayer,
    policy::{limits::ToolLimits, tools::ToolAuthorization},
};
use http::{Request, Response};
use tower::{ServiceBuilder, service_fn};

use super::{
    Group,
    agents::agents,
    answers::{csrf, delay, direct},
    before::{Before, layer},
    callers::{access, api_key, basic, jwt, mcp, scopes},
    ext_auth::ext_auth,
    limits::rate_limit,
    spending::{budgets, concurrency},
    tools::tool_limits,
    transform::transform,
};
use crate::assemble::{Parts, Stack, plain::Plain, refuse::Refuse, stack::MaxBody};
use crate::config::snapshot::{
    AccessRule, Buffering, Cases, ExtAuth, Held, McpCallers, Part, Policies, Push, Whose,
};

/// The largest body that is read whole, in bytes, where nothing else is said.
const MAX_BUFFERED: usize = 2 * 1024 * 1024;

/// The policies of a rule and of its backend, mounted before and within the layer of its protocol.
#[derive(Clone, Debug, Default)]
pub(in crate::assemble) struct Mounted {
    /// What needs no call: that of the rule, and behind it that of the backend.
    before: Vec<Before>,
    /// Which scopes callers must have, before the rules of access: who lacks one is told which.
    scopes: Vec<Group>,
    /// The rules of access, in the same order. Each must be content.
    access: Vec<Group>,
    /// Those about what servers of MCP offer.
    tools: Option<ToolAuthorization>,
    /// What calls of tools may take, behind all else.
    tool_limits: Option<ToolLimits>,
    /// What else may ask about the call.
    within: Vec<Group>,
    /// Those about calls of agents.
    agents: Vec<Group>,
    /// Where agents may be told to push: each must be content.
    push: Vec<Arc<Part<Push>>>,
    /// The services that are asked already: none is asked twice about one request.
    asked: Vec<Arc<Part<Cases<ExtAuth>>>>,
    /// Who knows the caller already: a token is taken out of the request where it is judged.
    known: Vec<Arc<Part<McpCallers>>>,
    /// Of what bodies that are read are held in.
    heap: Option<Heap>,
}

impl Mounted {
    /// What is asked for of a rule.
    ///
    /// # Errors
    /// Why a part cannot be used, for the operator.
    pub(in crate::assemble) fn new(parts: &Parts, asked: &Policies) -> Result<Self, String> {
        let made = &parts.policies;
        let (mut found, mut before) = (Self::of(parts), Before::default());
        if let Some(origins) = &asked.csrf {
            before.groups.push(csrf(origins)?);
        }
        before.groups.extend(callers(parts, asked)?);
        found.services(parts, asked, before)?;
        if let Some(part) = &asked.concurrency {
            let limits = made.concurrency.of(part, |it| Ok(concurrency(it)));
            found.within.push(limits?);
        }
        if let Some(part) = &asked.rate_limit {
            let rates = |it: &_| rate_limit(parts, it, Whose::Each);
            found.within.push(made.rates_of_each.of(part, rates)?);
        }
        if let Some(part) = &asked.budgets {
            let budgets = made.budgets.of(part, |it| Ok(budgets(parts, it)));
            found.within.push(budgets?);
        }
        if let Some(part) = &asked.rate_limit {
            let rates = |it: &_| rate_limit(parts, it, Whose::Everybodys);
            found.within.push(made.rates_of_all.of(part, rates)?);
        }
        found
            .within
            .extend(asked.delay.iter().map(|part| delay(part)));
        found
            .within
            .extend(asked.direct.iter().map(|part| direct(part)));
        Ok(found)
    }

    fn of(parts: &Parts) -> Self {
        Self {
            heap: parts.heap.clone(),
            ..Self::default()
        }
    }

    /// What is asked for of a listener, before a rule is chosen: nobody knows a call there, and the rules of
    /// access decide behind what is changed.
    ///
    /// # Errors
    /// Why a part cannot be used, for the operator.
    pub(in crate::assemble) fn before_routing(
        parts: &Parts,
        asked: &Policies,
    ) -> Result<Self, String> {
        let (mut found, mut before) = (Self::of(parts), Before::default());
        before.groups = callers(parts, asked)?;
        found.services(parts, asked, before)?;
        found.before.push(Before {
            groups: std::mem::take(&mut found.access),
            ..Before::default()
        });
        Ok(found)
    }

    /// The same, which reads bodies whole: of these a listener reads so much at most.
    pub(in crate::assemble) fn buffering(mut self, spec: &Buffering, max_body: MaxBody) -> Self {
        let whole = |held: Held| {
            let limit = held.max_bytes.or(max_body).unwrap_or(MAX_BUFFERED);
            Whole::up_to(limit).pass_longer(held.passes_longer)
        };
        let mut layer = BufferLayer::new();
        if let Some(held) = spec.request {
            layer = layer.request(whole(held));
        }
        if let Some(held) = spec.response {
            layer = layer.response(whole(held));
        }
        if let Some(before) = self.before.first_mut() {
            before.buffer = Some(layer);
        }
        self
    }

    /// The same, and behind it what is asked for of a backend.
    ///
    /// # Errors
    /// Why a part cannot be used, for the operator.
    pub(in crate::assemble) fn behind(
        mut self,
        parts: &Parts,
        asked: &Policies,
    ) -> Result<Self, String> {
        if !asked.is_empty() {
            self.services(parts, asked, Before::default())?;
        }
        Ok(self)
    }

    /// The same, and rules about what the servers of MCP behind it offer: calls that name nothing are under
    /// them here, and all else in [the layer](Self::guarding).
    pub(in crate::assemble) fn of_tools(mut self, asked: &[Arc<Part<AccessRule>>]) -> Self {
        if let Some(rules) = rules_of_tools(asked) {
            self.access.push(Group::one(rules.clone()));
            self.tools = Some(rules);
        }
        self
    }

    /// The layer, with the rules about what its servers offer.
    pub(in crate::assemble) fn guarding(&self, layer: McpLayer) -> McpLayer {
        match &self.tools {
            Some(rules) => layer.tools(rules.clone()),
            None => layer,
        }
    }

    /// What calls of tools may take, for [within all else](Self::within); `None` where nothing is said of it.
    pub(in crate::assemble) const fn tool_limits(&self) -> Option<&ToolLimits> {
        self.tool_limits.as_ref()
    }

    /// Adds what rules and backends have alike; `before` is what comes before it.
    fn services(
        &mut self,
        parts: &Parts,
        asked: &Policies,
        mut before: Before,
    ) -> Result<(), String> {
        if let Some(part) = &asked.mcp
            && !self.known.contains(part)
        {
            let made = parts.policies.mcp.of(part, |it| mcp(parts, it))?;
            before.groups.push(made);
            self.known.push(Arc::clone(part));
        }
        if let Some(part) = &asked.scopes {
            let made = parts.policies.scopes.of(part, |it| Ok(scopes(it)))?;
            self.scopes.push(made);
        }
        if let Some(part) = &asked.tool_limits {
            self.tool_limits = Some(tool_limits(parts, part)?);
        }
        if let Some(asked) = &asked.agents {
            self.agents.extend(agents(parts, asked)?);
            self.push.extend(asked.push.clone());
        }
        if let Some(part) = &asked.ext_auth
            && !self.asked.contains(part)
        {
            let (made, is_behind) = (&parts.policies.ext_auth, !self.before.is_empty());
            before
                .groups
                .push(made.of(part, |it| ext_auth(parts, it, is_behind))?);
            let Cases(cases) = &part.spec;
            before.prefix = cases.iter().filter_map(|(_, it)| it.body_bytes).max();
            self.asked.push(Arc::clone(part));
        }
        if let Some(part) = &asked.transform {
            before.transform = Some(transform(&part.spec)?);
        }
        self.before.push(before);
        self.access.extend(rules(&asked.authorization));
        Ok(())
    }

    /// Those within the layer of the protocol.
    pub(in crate::assemble) fn within(&self) -> PolicyLayer {
        layer(self.decided())
    }

    fn decided(&self) -> impl Iterator<Item = &Group> {
        let first = self.scopes.iter().chain(&self.access);
        first.chain(&self.within).chain(&self.agents)
    }

    /// Where agents may be told to push.
    pub(in crate::assemble) fn push(&self) -> &[Arc<Part<Push>>] {
        &self.push
    }

    /// Mounts what comes before those within around a stack; refusals are said by `rescue`.
    pub(in crate::assemble) fn around<D>(&self, rescue: &RescueLayer<D>, stack: Stack) -> Stack
    where
        D: Dialect,
    {
        let innermost_first = self.before.iter().rev();
        let stack =
            innermost_first.fold(stack, |stack, before| before.around(rescue.clone(), stack));
        self.held(stack)
    }

    /// The same stack, which takes no body that memory has no room for, where one of these reads them.
    fn held(&self, stack: Stack) -> Stack {
        if self.before.iter().any(Before::reads_bodies) {
            stack.holding(self.heap.as_ref())
        } else {
            stack
        }
    }
}

/// Those that find out who calls.
fn callers(parts: &Parts, asked: &Policies) -> Result<Vec<Group>, String> {
    let (made, mut found) = (&parts.policies, Vec::new());
    if let Some(part) = &asked.jwt {
        found.push(made.jwt.of(part, |it| jwt(parts, it))?);
    }
    if let Some(part) = &asked.basic {
        found.push(made.basic.of(part, basic)?);
    }
    if let Some(part) = &asked.api_key {
        found.push(made.api_key.of(part, api_key)?);
    }
    Ok(found)
}

/// Rules about what servers of MCP offer; `None` where there are none.
pub(in crate::assemble) fn rules_of_tools(
    asked: &[Arc<Part<AccessRule>>],
) -> Option<ToolAuthorization> {
    let rules = asked.iter().map(|rule| access(rule));
    (!asked.is_empty()).then(|| ToolAuthorization::new(Authorization::new(rules)))
}

fn rules(of: &[Arc<Part<AccessRule>>]) -> Option<Group> {
    let rules = of.iter().map(|rule| access(rule));
    (!of.is_empty()).then(|| Group::one(Authorization::new(rules)))
}

/// Says in an answer's extensions that a request may pass.
#[derive(Clone, Copy, Debug)]
pub(in crate::assemble) struct Passed;

impl Mounted {
    /// All of them before what refuses, where a rule has no backend and one of them may answer.
    pub(in crate::assemble) fn before_none(&self, refuse: Refuse) -> Stack {
        let none = Stack::untold(
            ServiceBuilder::new()
                .layer(RescueLayer::new(Plain, ()))
                .layer(self.within())
                .service(refuse),
        );
        self.around(&RescueLayer::new(Plain, ()), none)
    }

    /// Those alone, before what is no service; `None` where there are none.
    pub(in crate::assemble) fn alone(&self) -> Option<Stack> {
        let before = self.before.first()?;
        let groups = || before.groups.iter().chain(self.decided());
        groups().next()?;
        let passed = service_fn(|_: Request<Body>| async {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(Passed);
            Ok::<_, Infallible>(response)
        });
        let alone = Stack::untold(
            ServiceBuilder::new()
                .layer(RescueLayer::new(Plain, ()))
                .option_layer(before.prefix())
                .layer(layer(groups()))
                .service(passed),
        );
        Some(self.held(alone))
    }
}
