use std::sync::Arc;

use http::uri::{Authority, PathAndQuery};

use super::{attach::Blamed, cards::cards, named::named, push::push, times::time};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{self, OwnAgents as Spec, Reference};
use crate::config::snapshot::{
    AgentRules, AgentTerms, Backend, BackendKind, Discovery, Loops, Messages, Part, StreamTerms,
    TaskOwners, UnfinishedTasks,
};
use crate::config::suggest::quoted;

const FIELD: &str = "rawConfig.a2a";

/// What is decided before agents.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnAgents<'a>(Vec<Entry<'a>>);

#[derive(Clone, Debug)]
struct Entry<'a> {
    /// The parameters that it stands in.
    object: &'a Object,
    path: String,
    /// Which agents; all of them when it is empty.
    backends: Vec<Reference>,
    /// What is wrong closes the agents: they would be served without a guard.
    read: Result<(AgentRules, AgentTerms), Fault>,
}

/// Where an entry stands, and what its parts are called.
pub(super) struct Place<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) object: &'a Object,
    pub(super) path: String,
    /// It does not change with the entries before it, so that what is counted by it stays.
    name: String,
}

impl Place<'_> {
    pub(super) fn part<T>(&self, field: &str, spec: T) -> Arc<Part<T>> {
        let name = format!("{} {field}", self.name).into();
        Arc::new(Part { name, spec })
    }
}

pub(super) fn read<'a>(
    context: &Context<'_>,
    object: &'a Object,
    specs: &[Spec],
    faults: &mut Vec<Fault>,
) -> OwnAgents<'a> {
    let entries = specs.iter().enumerate();
    let entries = entries.map(|(index, spec)| {
        let path = format!("spec.{FIELD}[{index}]");
        let backends = spec.backends.iter().enumerate();
        let backends = backends.map(|(index, it)| {
            let path = format!("{path}.backends[{index}]");
            named(context, object, it, &path, faults)
        });
        let backends: Vec<Reference> = backends.collect();
        let names: Vec<_> = backends.iter().map(ToString::to_string).collect();
        let whose = match names.as_slice() {
            [] => "of all agents".to_owned(),
            names => format!("of {}", names.join(", ")),
        };
        let of = &object.reference;
        let place = Place {
            context,
            object,
            path: path.clone(),
            name: format!("{}/{} {FIELD} {whose}", of.namespace, of.name),
        };
        let read = entry(&place, spec);
        let read = read.map_err(|all| {
            let first = all.first().cloned();
            faults.extend(all);
            first.unwrap_or_else(|| Fault::new(&*path, "Invalid", "cannot be read"))
        });
        Entry {
            object,
            path,
            backends,
            read,
        }
    });
    OwnAgents(entries.collect())
}

fn entry(place: &Place<'_>, spec: &Spec) -> Result<(AgentRules, AgentTerms), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut rules = AgentRules::default();
    if let Some(spec) = &spec.owners {
        let lifetime = time(
            &place.path,
            spec.lifetime.as_deref(),
            "owners.lifetime",
            &mut faults,
        );
        let owners = TaskOwners {
            max_tasks: spec.max_tasks.map(size),
            lifetime,
        };
        rules.owners = Some(place.part("owners", owners));
    }
    if let Some(claim) = &spec.tenant_claim {
        rules.tenant_claim = Some(place.part("tenantClaim", claim.clone()));
    }
    if let Some(spec) = &spec.messages {
        rules.messages = messages(spec).map(|it| place.part("messages", it));
    }
    rules.open_streams = spec
        .open_streams
        .map(|most| place.part("openStreams", size(most)));
    if let Some(spec) = &spec.unfinished_tasks {
        let field = "unfinishedTasks.lifetime";
        let unfinished = UnfinishedTasks {
            max: size(spec.max),
            lifetime: time(&place.path, spec.lifetime.as_deref(), field, &mut faults),
        };
        rules.unfinished = Some(place.part("unfinishedTasks", unfinished));
    }
    rules.loops = spec.loops.as_ref().map(|it| place.part("loops", loops(it)));
    rules.push = push(place, spec, &mut faults);
    let terms = terms(place, spec, &mut faults);
    if faults.is_empty() {
        Ok((rules, terms))
    } else {
        Err(faults)
    }
}

fn terms(place: &Place<'_>, spec: &Spec, faults: &mut Vec<Fault>) -> AgentTerms {
    let mut terms = AgentTerms::default();
    if let Some(messages) = &spec.messages {
        terms.max_body_bytes = messages.max_bytes.map(size);
        terms.max_event_bytes = messages.max_event_bytes.map(size);
    }
    let card = spec.cards.as_ref();
    terms.card = card.and_then(|spec| cards(place, spec, faults));
    let found = spec.discovery.as_ref();
    terms.discovery = found.map(|spec| discovery(place, spec, faults));
    terms.streams = spec.streams.as_ref().map(|spec| StreamTerms {
        resume: spec.resume,
        resume_after: time(
            &place.path,
            spec.resume_after.as_deref(),
            "streams.resumeAfter",
            faults,
        ),
        probe: size(spec.probe),
    });
    terms
}

fn discovery(place: &Place<'_>, spec: &resource::Discovery, faults: &mut Vec<Fault>) -> Discovery {
    let path = spec.card_path.as_deref();
    if path.is_some_and(|path| path.parse::<PathAndQuery>().is_err()) {
        let at = format!("{}.discovery.cardPath", place.path);
        faults.push(Fault::new(at, "Invalid", "it is no path of a URL"));
    }
    for (index, host) in spec.hosts.iter().enumerate() {
        let read = host.parse::<Authority>();
        if read.is_err() || host.contains('@') {
            let at = format!("{}.discovery.hosts[{index}]", place.path);
            let message = format!(
                "{} is no host such as agent.example.org or agent.example.org:8443",
                quoted(host)
            );
            faults.push(Fault::new(at, "Invalid", message));
        }
    }
    let lifetime = spec.card_lifetime.as_deref();
    Discovery {
        card_path: spec.card_path.clone(),
        card_lifetime: time(&place.path, lifetime, "discovery.cardLifetime", faults),
        hosts: spec.hosts.clone(),
    }
}

/// What messages may hold, where anything is said that is no limit of the whole.
fn messages(spec: &resource::Messages) -> Option<Messages> {
    let messages = Messages {
        media_types: spec.media_types.clone(),
        output_modes: spec.output_modes.clone(),
        max_inline_bytes: spec.max_inline_bytes.map(size),
        urls: spec.urls.unwrap_or(true),
    };
    let all = Messages {
        urls: true,
        ..Messages::default()
    };
    (messages != all).then_some(messages)
}

fn loops(spec: &resource::Loops) -> Loops {
    Loops {
        max_hops: spec.max_hops.map(size),
        max_of_trace: spec.max_of_trace.map(size),
        max_of_root: spec.max_of_root.map(u64::from),
        max_in_flight: spec.max_in_flight.map(size),
        max_of_caller: spec.max_of_caller.map(size),
    }
}

pub(super) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<'a> OwnAgents<'a> {
    /// Those of others count behind these.
    pub(super) fn over(&mut self, under: Self) {
        self.0.extend(under.0);
    }

    /// An agent as this asks for it; `None` where it says nothing of it.
    ///
    /// # Errors
    /// It cannot be done.
    pub(super) fn settled(&self, backend: &Backend) -> Result<Option<Backend>, Blamed<'a>> {
        let of = &backend.reference;
        let is_named = |entry: &&Entry<'_>| entry.backends.contains(of);
        if !matches!(backend.kind, BackendKind::A2a(_)) {
            return match self.0.iter().find(is_named) {
                Some(entry) => {
                    let fault = Fault::new(&*entry.path, "Invalid", no_agent(of));
                    Err((entry.object, fault))
                }
                None => Ok(None),
            };
        }
        let is_meant = |entry: &&Entry<'_>| entry.backends.is_empty() || is_named(entry);
        let mut found: Option<(AgentRules, AgentTerms)> = None;
        for entry in self.0.iter().filter(is_meant) {
            let read = entry.read.as_ref();
            let read = read.map_err(|fault| (entry.object, fault.clone()));
            let (rules, terms) = read?;
            let (mine, own) = found.get_or_insert_default();
            mine.over(rules);
            own.over(terms);
        }
        Ok(found.map(|(mut rules, terms)| {
            if let Some(owners) = &mut rules.owners {
                // Agents may give their tasks the same ids.
                let owners = Arc::make_mut(owners);
                owners.name = format!("{}, {of}", owners.name).into();
            }
            let mut own = backend.clone();
            if rules != AgentRules::default() {
                Arc::make_mut(&mut own.settings.policies).agents = Some(Arc::new(rules));
            }
            own.settings.agent = Some(Arc::new(terms));
            own
        }))
    }
}

fn no_agent(of: &Reference) -> String {
    format!(
        "{of} is no agent, so nothing of this can be done for it: remove it here, or give the Service \
         appProtocol agentgateway.dev/a2a or the backend spec.a2a; until then it answers 500"
    )
}
