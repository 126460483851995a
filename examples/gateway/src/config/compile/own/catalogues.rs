//! Catalogues of agents.

use std::sync::Arc;

use super::agents::OwnAgents;
use super::attach::Blamed;
use super::named::{named, reference};
use crate::config::compile::refs::Resolver;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{Catalogue as Spec, CatalogueAgent as Member, Reference};
use crate::config::snapshot::{
    AgentTerms, Backend, BackendKind, Catalogue, CatalogueAgent, Outcome,
};

const FIELD: &str = "rawConfig.catalogues";
/// Where agents have their paths when nothing is said.
const PREFIX: &str = "/agents";

/// The catalogues, each in the place of a backend.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogues<'a>(Vec<Entry<'a>>);

#[derive(Clone, Debug)]
struct Entry<'a> {
    /// The parameters that it stands in.
    object: &'a Object,
    path: String,
    backend: Reference,
    spec: Spec,
    /// It can be what it is asked to be.
    sound: Result<(), Fault>,
}

pub(super) fn read<'a>(
    context: &Context<'_>,
    object: &'a Object,
    specs: &[Spec],
    faults: &mut Vec<Fault>,
) -> Catalogues<'a> {
    let entries = specs.iter().enumerate();
    let entries = entries.map(|(index, spec)| {
        let path = format!("spec.{FIELD}[{index}]");
        let at = format!("{path}.backend");
        let backend = named(context, object, &spec.backend, &at, faults);
        let sound = sound(spec, &path);
        faults.extend(sound.as_ref().err().cloned());
        Entry {
            object,
            path,
            backend,
            spec: spec.clone(),
            sound,
        }
    });
    Catalogues(entries.collect())
}

/// Whether names lead somewhere, and nowhere else.
fn sound(spec: &Spec, path: &str) -> Result<(), Fault> {
    let invalid = |field: String, message: String| {
        Err(Fault::new(format!("{path}.{field}"), "Invalid", message))
    };
    let prefix = spec.prefix.as_deref().unwrap_or(PREFIX);
    let mut segments = prefix.trim_matches('/').split('/');
    if segments.clone().any(|it| matches!(it, "" | "." | "..")) {
        let message = "must be a path that is not the root, without . and ..".to_owned();
        return invalid("prefix".to_owned(), message);
    }
    let first = segments.next().unwrap_or_default();
    for (index, agent) in spec.agents.iter().enumerate() {
        let why = match &*agent.name {
            // A path of v0.3 has it before its routes.
            "v1" => "is a part of A2A's own paths",
            name if name == first => "is the beginning of the prefix",
            _ => continue,
        };
        let message = format!("{} {why}: name it otherwise", agent.name);
        return invalid(format!("agents[{index}].name"), message);
    }
    let mut hosts = std::collections::BTreeSet::new();
    let all = spec.agents.iter().flat_map(|agent| &agent.hosts);
    for host in all {
        if !hosts.insert(host) {
            return invalid(
                "agents".to_owned(),
                format!("{host} is the host of two agents"),
            );
        }
    }
    match &spec.default_agent {
        Some(name) if !spec.agents.iter().any(|agent| agent.name == *name) => {
            let names: Vec<_> = spec.agents.iter().map(|agent| &*agent.name).collect();
            let names = names.join(", ");
            let message = format!("{name} is none of its agents: {names}");
            invalid("defaultAgent".to_owned(), message)
        }
        _ => Ok(()),
    }
}

impl<'a> Catalogues<'a> {
    /// Those of others count behind these.
    pub(super) fn over(&mut self, under: Self) {
        self.0.extend(under.0);
    }

    /// The catalogue in the place of this backend; `None` where there is none. What its agents lack is told, and
    /// they are left out.
    ///
    /// # Errors
    /// It cannot be had, or none of its agents can.
    pub(super) fn settled(
        &self,
        resolver: Resolver<'_>,
        agents: &OwnAgents<'a>,
        backend: &Backend,
        faults: &mut Vec<Blamed<'a>>,
    ) -> Result<Option<Catalogue>, Blamed<'a>> {
        let mut entries = self.0.iter();
        let Some(entry) = entries.find(|entry| entry.backend == backend.reference) else {
            return Ok(None);
        };
        let (object, blamed) = (entry.object, |fault| (entry.object, fault));
        entry.sound.clone().map_err(blamed)?;
        if !matches!(backend.kind, BackendKind::A2a(_)) {
            let of = &backend.reference;
            let message = format!(
                "{of} is no agent, so that none can be in its place; until it is one, or this is removed, it \
                 answers 500"
            );
            return Err(blamed(Fault::new(&*entry.path, "Invalid", message)));
        }
        let (mut found, mut lacking) = (Vec::new(), Vec::new());
        for (index, spec) in entry.spec.agents.iter().enumerate() {
            let path = format!("{}.agents[{index}]", entry.path);
            match member(resolver, object, agents, (spec, backend), &path) {
                Ok(backend) => found.push(CatalogueAgent {
                    name: spec.name.clone(),
                    backend: Arc::new(backend),
                    hosts: spec.hosts.clone(),
                }),
                Err(fault) => lacking.push(fault),
            }
        }
        if found.is_empty() {
            let nothing = || blamed(Fault::new(&*entry.path, "Invalid", "it has no agent"));
            return Err(lacking.into_iter().next().unwrap_or_else(nothing));
        }
        faults.append(&mut lacking);
        let spec = &entry.spec;
        let is_there = |name: &&String| found.iter().any(|agent| agent.name == **name);
        Ok(Some(Catalogue {
            default: spec.default_agent.as_ref().filter(is_there).cloned(),
            agents: found,
            public_url: spec.public_url.clone(),
            prefix: spec.prefix.clone(),
            title: (spec.title.clone(), spec.description.clone()),
        }))
    }
}

fn member<'a>(
    resolver: Resolver<'_>,
    object: &'a Object,
    agents: &OwnAgents<'a>,
    (spec, whole): (&Member, &Backend),
    path: &str,
) -> Result<Backend, Blamed<'a>> {
    let target = reference(object, &spec.backend);
    let path = format!("{path}.backend");
    let found = resolver.outcome(object, &target, spec.port, &path);
    let found = found.map_err(|fault| (object, fault))?;
    let lacks = |message: String| (object, Fault::new(&*path, "Invalid", message));
    let backend = match found {
        Outcome::Backend(backend) => backend,
        Outcome::Invalid(why) | Outcome::Unavailable(why) => {
            return Err(lacks(format!("{target} is left out: {why}")));
        }
    };
    if !matches!(backend.kind, BackendKind::A2a(_)) {
        return Err(lacks(format!("{target} is left out: it is no agent")));
    }
    let settled = agents.settled(&backend)?;
    let backend = settled.unwrap_or_else(|| Arc::unwrap_or_clone(backend));
    let policies = &backend.settings.policies;
    if policies.ext_auth.is_some() || policies.transform.is_some() {
        let message = "of what policies of its backend decide nothing is served in a catalogue: attach it to the \
                       route, or to the backend in whose place the catalogue is";
        return Err(lacks(format!("{target} is left out: {message}")));
    }
    let (own, all) = (&backend.settings.agent, &whole.settings.agent);
    // One layer reads the calls of all.
    let shared = |terms: &Option<Arc<AgentTerms>>| {
        let terms = terms.as_deref().cloned().unwrap_or_default();
        AgentTerms {
            streams: None,
            discovery: None,
            ..terms
        }
    };
    if shared(own) != AgentTerms::default() && shared(own) != shared(all) {
        let message = "cards and sizes of one agent of a catalogue cannot be treated otherwise than those of the \
                       others: say it of the backend in whose place the catalogue is too";
        return Err(lacks(format!("{target} is left out: {message}")));
    }
    Ok(backend)
}
