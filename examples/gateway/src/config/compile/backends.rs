//! AgentgatewayBackends, each once, whether something refers to it or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault::{Notes, joined, not_implemented, note_not_implemented, with_remedies};
use super::located::located;
use super::policies::Policies;
use super::settings::{fill, fill_backend, settings};
use super::{BackendFacts, Claim, Context, Fault, Severity, ai, mcp};
use crate::config::object::Object;
use crate::config::resource::{BackendSpec, Reference, StaticSpec};
use crate::config::snapshot::{Backend, BackendKind, BackendSettings, Endpoints, Outcome};

/// The reason of what is known and not served yet.
pub(super) const NOT_IMPLEMENTED: &str = "NotImplemented";

/// What is left of a backend after all that is wrong with it was left out.
#[derive(Debug)]
pub(super) struct Built {
    /// What is spoken to, or why there is nothing.
    pub(super) kind: Result<BackendKind, Fault>,
    /// What was left out, and why.
    pub(super) faults: Vec<Fault>,
    /// What is there and not served yet.
    pub(super) unserved: Option<Fault>,
}

impl Built {
    pub(super) const fn new(kind: BackendKind) -> Self {
        Self {
            kind: Ok(kind),
            faults: Vec::new(),
            unserved: None,
        }
    }

    pub(super) const fn failed(fault: Fault) -> Self {
        Self {
            kind: Err(fault),
            faults: Vec::new(),
            unserved: None,
        }
    }
}

/// Why a backend cannot be sent to.
#[derive(Debug)]
pub(super) struct Refused {
    /// The reason that a route tells.
    pub(super) reason: &'static str,
    pub(super) message: String,
}

/// All AgentgatewayBackends as references to them find them.
#[derive(Debug, Default)]
pub(super) struct Backends {
    /// What answers, or why nothing does.
    pub(super) outcomes: BTreeMap<Reference, Result<Outcome, Refused>>,
    pub(super) facts: BTreeMap<Reference, BackendFacts>,
}

impl Backends {
    pub(super) fn new(context: &Context<'_>, policies: &Policies<'_>, notes: &mut Notes) -> Self {
        let mut all = Self::default();
        for (object, spec) in context.store.backends() {
            note_not_implemented(notes, object);
            let (own, mut faults) = match &spec.policies {
                Some(policies) => settings(context, object, policies, "spec.policies"),
                None => (BackendSettings::default(), Vec::new()),
            };
            let mut built = build(context, object, spec, &own);
            if let (false, Ok(_)) = (faults.is_empty(), &built.kind) {
                // Without its credential a backend would be spoken to as somebody else.
                built.kind = Err(faults.remove(0));
            }
            if let (Some(fault), Ok(_)) = (closed(object), &built.kind) {
                built.kind = Err(fault);
            }
            faults.append(&mut built.faults);
            note(notes, object, &built, &faults);
            let claims = vec![claim(object, &built, &faults)];
            let outcome = outcome(object, built, &own, policies);
            all.outcomes.insert(object.reference.clone(), outcome);
            let generation = object.generation;
            let facts = BackendFacts { generation, claims };
            all.facts.insert(object.reference.clone(), facts);
        }
        all
    }
}

fn outcome(
    object: &Object,
    built: Built,
    own: &BackendSettings,
    policies: &Policies<'_>,
) -> Result<Outcome, Refused> {
    let reference = &object.reference;
    match built.kind {
        Err(fault) if fault.reason == "Unavailable" => Ok(Outcome::Unavailable(fault.message)),
        Err(fault) => Err(Refused {
            reason: match fault.reason {
                NOT_IMPLEMENTED => "UnsupportedProtocol",
                _ => "BackendNotFound",
            },
            message: format!("{reference}: {}", fault.message),
        }),
        Ok(kind) => Ok({
            let mut backend = Backend::new(reference.clone(), None, kind);
            fill_backend(&mut backend, own);
            fill_parts(&mut backend, policies);
            fill_backend(&mut backend, &policies.backend(reference, None));
            inherit(&mut backend);
            match policies.closes(&backend, None) {
                Some(reason) => Outcome::Invalid(reason),
                None => Outcome::Backend(Arc::new(backend)),
            }
        }),
    }
}

/// Fills in what policies say of one provider, or of one server of MCP.
fn fill_parts(backend: &mut Backend, policies: &Policies<'_>) {
    let of = backend.reference.clone();
    match &mut backend.kind {
        BackendKind::Ai(providers) => {
            for provider in providers.groups.iter_mut().flatten() {
                fill(&mut provider.settings, &policies.part(&of, &provider.name));
            }
        }
        BackendKind::Mcp(servers) => match &mut *servers.targets {
            [only] => fill(&mut backend.settings, &policies.part(&of, &only.name)),
            several => {
                for target in several {
                    fill(&mut target.settings, &policies.part(&of, &target.name));
                }
            }
        },
        BackendKind::Http(_) | BackendKind::A2a(_) | BackendKind::Agents(_) => {}
    }
}

/// Several servers of MCP are spoken to as their backend says, where nothing is said of one of them. What
/// is decided for all is decided once, before one of them is chosen.
fn inherit(backend: &mut Backend) {
    let BackendKind::Mcp(servers) = &mut backend.kind else {
        return;
    };
    for target in &mut servers.targets {
        let own = Arc::clone(&target.settings.policies);
        fill(&mut target.settings, &backend.settings);
        target.settings.policies = own;
    }
}

/// Why a backend is not served that has guards which are not implemented.
fn closed(object: &Object) -> Option<Fault> {
    let guard = object.unimplemented.iter().find(|field| field.guards)?;
    let message = format!("it has {}, which is not served", guard.path);
    Some(Fault::new(&*guard.path, NOT_IMPLEMENTED, message))
}

fn build(
    context: &Context<'_>,
    object: &Object,
    spec: &BackendSpec,
    own: &BackendSettings,
) -> Built {
    if let Some(spec) = &spec.a2a {
        let at = located(context, &spec.host, spec.port);
        return placed(at.map(BackendKind::A2a), "spec.a2a");
    }
    if let Some(spec) = &spec.fixed {
        return fixed(context, spec);
    }
    if let Some(spec) = &spec.mcp {
        return mcp::build(context, object, spec, own);
    }
    if let Some(spec) = &spec.ai {
        return ai::build(context, object, spec);
    }
    let kind = if spec.aws.is_some() {
        "aws"
    } else {
        "dynamicForwardProxy"
    };
    let message = format!("a backend of {kind} is not served");
    Built::failed(Fault::new(format!("spec.{kind}"), NOT_IMPLEMENTED, message))
}

fn fixed(context: &Context<'_>, spec: &StaticSpec) -> Built {
    match static_endpoints(context, spec) {
        Some(at) => placed(at.map(BackendKind::Http), "spec.static"),
        None => {
            let message = "a static backend needs host and port; unixPath is not served";
            Built::failed(Fault::new("spec.static", NOT_IMPLEMENTED, message))
        }
    }
}

fn placed(kind: Result<BackendKind, String>, path: &str) -> Built {
    match kind {
        Ok(kind) => Built::new(kind),
        Err(message) => Built::failed(Fault::new(path, "Unavailable", message)),
    }
}

/// Where a static backend is, or why it is nowhere for now; `None` when it names no host and port.
pub(super) fn static_endpoints(
    context: &Context<'_>,
    spec: &StaticSpec,
) -> Option<Result<Endpoints, String>> {
    let (host, port) = (spec.host.as_deref()?, spec.port?);
    Some(located(context, host, port))
}

fn note(notes: &mut Notes, object: &Object, built: &Built, faults: &[Fault]) {
    for fault in built.kind.as_ref().err().into_iter().chain(faults) {
        notes.error(object, "Accepted", fault);
    }
    if let Some(unserved) = &built.unserved {
        notes.add(Severity::Warning, object, "Accepted", unserved);
    }
}

fn claim(object: &Object, built: &Built, faults: &[Fault]) -> Claim {
    let parts = [
        (!faults.is_empty()).then(|| joined(faults)),
        built.unserved.as_ref().map(|fault| fault.message.clone()),
        not_implemented(object),
    ];
    let all = || built.kind.as_ref().err().into_iter().chain(faults);
    let said = |first: &str| {
        let first = std::iter::once(first.to_owned());
        let texts: Vec<_> = first.chain(parts.iter().flatten().cloned()).collect();
        with_remedies(texts.join("; "), all())
    };
    match &built.kind {
        Ok(_) => Claim::yes(
            "Accepted",
            "Accepted",
            said("Backend successfully accepted"),
        ),
        Err(fault) if fault.reason == NOT_IMPLEMENTED => {
            Claim::no("Accepted", NOT_IMPLEMENTED, said(&fault.message))
        }
        Err(fault) => Claim::no("Accepted", "Invalid", said(&fault.message)),
    }
}
