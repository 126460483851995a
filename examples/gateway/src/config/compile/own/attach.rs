use std::sync::Arc;

use super::agents::{OwnAgents, read as read_agents};
use super::catalogues::{Catalogues, read as read_catalogues};
use super::llm::{OwnLlm, read as read_llm};
use super::mcp::{OwnMcp, read as read_mcp};
use crate::config::compile::fault::Notes;
use crate::config::compile::refs::Resolver;
use crate::config::compile::{Context, Fault, Severity};
use crate::config::object::Object;
use crate::config::resource::RawConfig;
use crate::config::snapshot::{
    Action, AgentRules, Backend, BackendKind, Filters, Listener, McpCallers, Outcome, Part,
};

/// The gateway's own settings, of one Gateway.
#[derive(Clone, Debug)]
pub(in crate::config::compile) struct Own<'a> {
    /// The parameters that they stand in.
    object: &'a Object,
    mcp: OwnMcp,
    llm: OwnLlm<'a>,
    agents: OwnAgents<'a>,
    catalogues: Catalogues<'a>,
    /// What is wrong with what is said, whoever is served: a sentence for each object.
    told: Vec<String>,
}

/// What is wrong, and in which parameters.
pub(super) type Blamed<'a> = (&'a Object, Fault);

/// Who calls, where a listener or a rule knows it.
pub(super) type Callers = Option<Arc<Part<McpCallers>>>;

impl<'a> Own<'a> {
    /// Reads what parameters say. What is wrong with it is noted; where it guards a backend or is its credential,
    /// that backend is not served.
    pub(in crate::config::compile) fn read(
        context: &Context<'_>,
        object: &'a Object,
        raw: &RawConfig,
        notes: &mut Notes,
    ) -> Self {
        let mut faults = Vec::new();
        let mcp = raw.mcp.as_ref();
        let mcp = mcp.map(|spec| read_mcp(context, object, spec, &mut faults));
        let llm = raw.llm.as_ref();
        let llm = llm.map(|spec| read_llm(context, object, spec, &mut faults));
        let agents = read_agents(context, object, &raw.a2a, &mut faults);
        let catalogues = read_catalogues(context, object, &raw.catalogues, &mut faults);
        for fault in &faults {
            notes.error(object, "Accepted", fault);
        }
        let texts = faults.iter();
        let texts: Vec<_> = texts
            .map(|fault| format!("{}: {}", fault.path, fault.message))
            .collect();
        let of = &object.reference;
        let told = (!texts.is_empty()).then(|| format!("of {of} {}", texts.join("; ")));
        Self {
            object,
            mcp: mcp.unwrap_or_default(),
            llm: llm.unwrap_or_default(),
            agents,
            catalogues,
            told: told.into_iter().collect(),
        }
    }

    /// These, and those of the class behind them.
    pub(in crate::config::compile) fn over(mut self, class: Self) -> Self {
        self.mcp.over(class.mcp);
        self.llm.over(class.llm);
        self.agents.over(class.agents);
        self.catalogues.over(class.catalogues);
        self.told.extend(class.told);
        self
    }

    /// What is wrong with it, a sentence for each object.
    pub(in crate::config::compile) fn told(&self) -> &[String] {
        &self.told
    }

    /// Puts them into what a listener serves.
    pub(in crate::config::compile) fn apply(
        &self,
        resolver: Resolver<'_>,
        listener: &mut Listener,
        notes: &mut Notes,
    ) {
        let before = &listener.before.policies.mcp;
        for rule in &mut listener.rules {
            let callers = rule.policies.mcp.clone().or_else(|| before.clone());
            let Action::Forward(shares) = &mut rule.action else {
                continue;
            };
            let mut copies: Vec<_> = mirrors(&mut rule.filters).collect();
            let mut catalogued = false;
            for share in shares {
                let filters = &mut share.filters;
                self.outcome(&mut share.outcome, &callers, notes);
                self.catalogue(resolver, &mut share.outcome, notes);
                catalogued |= is_catalogue(&share.outcome);
                copies.extend(mirrors(filters));
            }
            if catalogued && !copies.is_empty() {
                self.uncopied(notes);
            }
            for outcome in copies {
                self.outcome(outcome, &callers, notes);
                unrelayed(outcome);
            }
        }
    }

    fn outcome(&self, outcome: &mut Outcome, callers: &Callers, notes: &mut Notes) {
        let Outcome::Backend(backend) = outcome else {
            return;
        };
        match self.settled(backend, callers) {
            Ok(None) => {}
            Ok(Some(settled)) => *backend = Arc::new(settled),
            Err(blamed) => *outcome = closed(blamed, notes),
        }
    }

    /// Puts a catalogue in the place of the backend, where one is.
    fn catalogue(&self, resolver: Resolver<'_>, outcome: &mut Outcome, notes: &mut Notes) {
        let Outcome::Backend(backend) = outcome else {
            return;
        };
        let mut faults = Vec::new();
        let found = self
            .catalogues
            .settled(resolver, &self.agents, backend, &mut faults);
        for (object, fault) in &faults {
            notes.error(object, "Accepted", fault);
        }
        match found {
            Ok(None) => {}
            Ok(Some(found)) => {
                Arc::make_mut(backend).kind = BackendKind::Agents(Box::new(found));
            }
            Err(blamed) => *outcome = closed(blamed, notes),
        }
    }

    /// Tells that a rule's mirrors get nothing.
    fn uncopied(&self, notes: &mut Notes) {
        let message = "no copies are made for mirrors of a rule that leads to a catalogue: which agent a call is \
                       for, and who guards it, is found out behind them";
        let fault = Fault::new("spec.rawConfig.catalogues", "UnsupportedValue", message);
        notes.add(Severity::Warning, self.object, "Accepted", &fault);
    }

    /// A backend as this Gateway serves it; `None` where nothing is said of it.
    fn settled(&self, backend: &Backend, callers: &Callers) -> Result<Option<Backend>, Blamed<'a>> {
        let servers = self.mcp.settled(self.object, backend, callers);
        let servers = servers.map_err(|fault| (self.object, fault))?;
        let agent = self.agents.settled(backend)?;
        let models = self.llm.settled(backend)?;
        Ok(servers.or(agent).or(models))
    }
}

fn closed((object, fault): Blamed<'_>, notes: &mut Notes) -> Outcome {
    notes.error(object, "Accepted", &fault);
    let Fault { path, message, .. } = &fault;
    Outcome::Invalid(format!("{}: {path}: {message}", object.reference))
}

fn is_catalogue(outcome: &Outcome) -> bool {
    let Outcome::Backend(backend) = outcome else {
        return false;
    };
    matches!(backend.kind, BackendKind::Agents(_))
}

/// What a copy registers is relayed to nobody: what its original does, is.
fn unrelayed(outcome: &mut Outcome) {
    let Outcome::Backend(backend) = outcome else {
        return;
    };
    let agents = &backend.settings.policies.agents;
    if let Some(agents) = agents.clone().filter(|it| it.push.is_some()) {
        let push = agents.guards().and_then(|it| it.push);
        let own = &mut Arc::make_mut(backend).settings.policies;
        let rules = AgentRules {
            push,
            ..Arc::unwrap_or_clone(agents)
        };
        Arc::make_mut(own).agents = Some(Arc::new(rules));
    }
}

fn mirrors(filters: &mut Filters) -> impl Iterator<Item = &mut Outcome> {
    filters.mirrors.iter_mut().map(|mirror| &mut mirror.target)
}
