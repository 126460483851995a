//! From objects to what is served and what is known.

use std::collections::BTreeMap;

use super::attacher::Attacher;
use super::backends::Backends;
use super::context::Context;
use super::fault::Notes;
use super::gateways::{classes, gateways};
use super::lookup::{AGENTGATEWAY, GATEWAY, by_age};
use super::policies::{self, Ancestry, Policies};
use super::refs::Resolver;
use super::routes::routes;
use super::served::snapshot;
use super::strays::Strays;
use super::{Facts, Fault, Options, Severity};
use crate::config::object::{Spec, Store};
use crate::config::resource::Reference;
use crate::config::snapshot::{Certificate, Protocol, Snapshot};

/// What compilation gives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Compiled {
    /// What is to be served.
    pub snapshot: Snapshot,
    /// What is known of each object.
    pub facts: Facts,
}

impl Compiled {
    /// The certificates that are served, for [`Options::last_certificates`] of the next compilation.
    #[must_use]
    pub fn certificates(&self) -> BTreeMap<Reference, Certificate> {
        let gateways = self.snapshot.gateways.iter();
        let listeners = gateways.flat_map(|gateway| &gateway.listeners);
        let certificates = listeners.flat_map(|listener| match &listener.protocol {
            Protocol::Https(certificates) => certificates.as_slice(),
            Protocol::Http => &[],
        });
        certificates
            .map(|it| (it.reference.clone(), it.clone()))
            .collect()
    }
}

/// Compiles all objects. It is total: what is wrong with an object that is well formed becomes a
/// fact about it, and what depends on it answers 500 or 503 or is not served.
///
/// The result is the same for the same objects, whatever order they were read in.
#[must_use]
pub fn compile(store: &Store, options: &Options) -> Compiled {
    let context = Context::new(store, options);
    let mut notes = Notes::default();
    foreign(&context, &mut notes);
    let mut strays = Strays::new();
    let classes = classes(&context, &mut strays, &mut notes);
    let mut views = gateways(&context, &classes, &mut strays, &mut notes);
    let policies = Policies::new(&context);
    let backends = Backends::new(&context, &policies, &mut notes);
    let resolver = Resolver {
        context: &context,
        policies: &policies,
        backends: &backends,
    };
    let mut drafts = routes(resolver, &mut notes);
    drafts.sort_by(|a, b| by_age(a.view.object, b.view.object));
    let mut facts = Facts {
        controller: options.controller_name.clone(),
        classes,
        strays,
        ..Facts::default()
    };
    for (reference, view) in &views {
        facts.gateways.insert(reference.clone(), view.facts());
    }
    let attacher = Attacher::new(&context, &views, &policies);
    let (served, of) = attacher.all(&drafts, &mut facts, &mut notes);
    let ancestry = Ancestry {
        gateways: &facts.gateways,
        of,
    };
    let policy_facts = policies::facts(&context, &policies, &ancestry, &mut notes);
    facts.policies = policy_facts;
    facts.only(|gateway| options.serves(gateway));
    views.retain(|gateway, _| options.serves(gateway));
    let snapshot = snapshot(&views, resolver, served, &mut notes);
    facts.backends = backends.facts;
    facts.diagnoses = notes.finish();
    Compiled { snapshot, facts }
}

/// Takes down the objects of kinds that are not served.
fn foreign(context: &Context<'_>, notes: &mut Notes) {
    let all = context.store.iter();
    for object in all.filter(|object| object.spec == Spec::Foreign) {
        let group = object.reference.group.as_str();
        let severity = match group {
            GATEWAY | AGENTGATEWAY => Severity::Warning,
            _ => Severity::Note,
        };
        let message = format!(
            "{} is a kind that is not served, and has no effect",
            object.reference.kind
        );
        let fault = Fault::new("kind", "NotImplemented", message);
        notes.add(severity, object, "Accepted", &fault);
    }
}
