//! Routes on listeners, one after another.

use std::collections::{BTreeMap, BTreeSet};

use agentgateway_core::route::Hostname;

use super::attach::{Taken, attach, gateway, is_grpc, not_free};
use super::context::Context;
use super::fault::{Notes, explained, joined, not_implemented, note_not_implemented};
use super::gateways::GatewayView;
use super::policies::Policies;
use super::routes::RouteDraft;
use super::rules::rules;
use super::strays::{self, Strays};
use super::{Claim, Facts, Fault, GatewayFacts, ParentFacts, RouteFacts, Severity};
use crate::config::object::Object;
use crate::config::resource::Reference;
use crate::config::snapshot::Rule;

/// The rules of each listener, by its Gateway and its place there.
pub(super) type Served = BTreeMap<(Reference, usize), Vec<Rule>>;

/// Attaches routes one after another: those that are accepted, the oldest first, then those that are
/// refused as a whole. These take no hostnames from anybody.
pub(super) struct Attacher<'a> {
    context: &'a Context<'a>,
    views: &'a BTreeMap<Reference, GatewayView<'a>>,
    policies: &'a Policies<'a>,
    taken: Taken<'a>,
    /// The rules of each listener, each with the place of its route by age.
    served: BTreeMap<(Reference, usize), Vec<(usize, Rule)>>,
}

impl<'a> Attacher<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        views: &'a BTreeMap<Reference, GatewayView<'a>>,
        policies: &'a Policies<'a>,
    ) -> Self {
        Self {
            context,
            views,
            policies,
            taken: Taken::new(),
            served: BTreeMap::new(),
        }
    }

    /// The rules of each listener, and the Gateways that routes and backends are reached through.
    pub(super) fn all(
        mut self,
        drafts: &[RouteDraft<'a>],
        facts: &mut Facts,
        notes: &mut Notes,
    ) -> (Served, BTreeMap<Reference, BTreeSet<Reference>>) {
        let mut of: BTreeMap<Reference, BTreeSet<Reference>> = BTreeMap::new();
        let all = drafts.iter().enumerate();
        let (accepted, rest): (Vec<_>, Vec<_>) = all.partition(|(_, it)| refused(it).is_none());
        for (age, draft) in accepted.into_iter().chain(rest) {
            let waits = self.stray(draft, &mut facts.strays, notes);
            let parents = self.route((age, draft), &mut facts.gateways, notes);
            if waits || !parents.is_empty() {
                note(draft, notes);
            }
            if parents.is_empty() {
                continue;
            }
            let object = draft.view.object;
            for parent in parents.iter().filter(|parent| !parent.listeners.is_empty()) {
                for target in draft.targets.iter().chain([&object.reference]) {
                    let gateways = of.entry(target.clone()).or_default();
                    gateways.insert(parent.gateway.clone());
                }
            }
            let generation = object.generation;
            let route = RouteFacts {
                generation,
                parents,
            };
            facts.routes.insert(object.reference.clone(), route);
        }
        (in_order(self.served), of)
    }

    /// Takes down what of the route's parents is none of ours. Whether the route waits for one: what
    /// is wrong with it besides is worth telling at once, unless it is left to another controller.
    fn stray(&self, draft: &RouteDraft<'a>, strays: &mut Strays, notes: &mut Notes) -> bool {
        let (object, parents) = (draft.view.object, draft.view.parents);
        let served = |gateway: &Reference| self.views.contains_key(gateway);
        let found = strays::route(self.context, object, parents, strays, served, notes);
        let waits = found.as_ref().is_some_and(|facts| !facts.is_left());
        strays.extend(found.map(|facts| (object.reference.clone(), facts)));
        waits
    }

    fn route(
        &mut self,
        (age, draft): (usize, &RouteDraft<'a>),
        gateways: &mut BTreeMap<Reference, GatewayFacts>,
        notes: &mut Notes,
    ) -> Vec<ParentFacts> {
        let object = draft.view.object;
        let refused = refused(draft);
        let mut places: BTreeMap<(Reference, usize), Vec<Hostname>> = BTreeMap::new();
        let mut found = Vec::new();
        for (index, parent) in draft.view.parents.iter().enumerate() {
            let path = format!("spec.parentRefs[{index}]");
            let Some(wanted) = gateway(object, parent) else {
                continue;
            };
            let Some(view) = self.views.get(&wanted) else {
                continue;
            };
            let attached = attach(self.context, draft.view, (parent, &path), view, &self.taken);
            let (free, held, lost) = match attached {
                Ok(attached) => (attached.free, not_free(&path, &attached.held), None),
                Err(fault) => (Vec::new(), None, Some(fault)),
            };
            let mut listeners = Vec::new();
            for (at, hostnames) in &free {
                places.insert((wanted.clone(), *at), hostnames.clone());
                let known = gateways.get_mut(&wanted);
                let known = known.and_then(|gateway| gateway.listeners.get_mut(*at));
                if let (Some(listener), None) = (known, &refused) {
                    listener.routes.insert(object.reference.clone());
                    listeners.push(listener.name.clone());
                }
            }
            // Of a route that is refused whole, its own fault says more than who is in its way.
            let held = held.filter(|_| refused.is_none());
            let (lost, partly) = if free.is_empty() {
                (lost.or(held), None)
            } else {
                (lost, held)
            };
            if let Some(fault) = &lost {
                notes.error(object, "Accepted", fault);
            }
            if let Some(fault) = &partly {
                notes.add(Severity::Warning, object, "Accepted", fault);
            }
            let fault = lost.or_else(|| refused.clone());
            found.push(ParentFacts {
                parent: parent.clone(),
                gateway: wanted,
                listeners,
                claims: claims(draft, fault.as_ref(), partly.as_ref()),
            });
        }
        self.serve((age, draft), places, refused.is_none());
        found
    }

    fn serve(
        &mut self,
        (age, draft): (usize, &RouteDraft<'a>),
        places: BTreeMap<(Reference, usize), Vec<Hostname>>,
        accepted: bool,
    ) {
        let object = draft.view.object;
        for ((gateway, at), hostnames) in places {
            let listener = self.views.get(&gateway);
            let listener = listener.and_then(|view| view.spec.listeners.get(at));
            if let Some(listener) = listener {
                let layer = self
                    .policies
                    .listener(&gateway, &listener.name, listener.port);
                let rules = rules(draft, &hostnames, &layer, self.policies);
                let served = self.served.entry((gateway.clone(), at));
                let rules = rules.into_iter().map(|rule| (age, rule));
                served.or_default().extend(rules);
            }
            if accepted {
                let taken = self.taken.entry((gateway, at, is_grpc(object)));
                taken.or_default().add(&object.reference, &hostnames);
            }
        }
    }
}

/// The rules of each listener, those of the oldest route first.
fn in_order(served: BTreeMap<(Reference, usize), Vec<(usize, Rule)>>) -> Served {
    let sorted = served.into_iter().map(|(listener, mut rules)| {
        rules.sort_by_key(|(age, _)| *age);
        let rules = rules.into_iter().map(|(_, rule)| rule);
        (listener, rules.collect())
    });
    sorted.collect()
}

/// Why a route is refused as a whole: all its rules are.
fn refused(draft: &RouteDraft<'_>) -> Option<Fault> {
    let (_, first) = draft.refused.first()?;
    let whole = draft.refused.len() == draft.count;
    whole.then(|| Fault {
        message: joined(draft.refused.iter().map(|(_, fault)| fault)),
        ..first.clone()
    })
}

fn claims(draft: &RouteDraft<'_>, fault: Option<&Fault>, partly: Option<&Fault>) -> Vec<Claim> {
    let accepted = match fault {
        Some(fault) => {
            let mut said = vec![fault.message.clone()];
            said.extend(not_implemented(draft.view.object));
            Claim::no("Accepted", fault.reason, said.join("; "))
        }
        None => {
            let doubts = draft.doubts.iter().chain(partly);
            let doubts = doubts.map(|fault| fault.message.clone());
            let mut said = vec!["the route is attached".to_owned()];
            said.extend(not_implemented(draft.view.object));
            said.extend(doubts);
            Claim::yes("Accepted", "Accepted", said.join("; "))
        }
    };
    let resolved = match draft.unresolved.as_slice() {
        [] => Claim::yes("ResolvedRefs", "ResolvedRefs", "all references resolve"),
        [first, ..] => Claim::no("ResolvedRefs", first.reason, explained(&draft.unresolved)),
    };
    let partly = !draft.refused.is_empty() && draft.refused.len() < draft.count;
    let mut found = vec![accepted, resolved];
    if partly {
        let dropped = draft.refused.iter();
        let dropped: Vec<_> = dropped
            .map(|(index, fault)| format!("{index} ({})", fault.message))
            .collect();
        let message = format!("Dropped Rule {}", dropped.join(", "));
        found.push(Claim::yes("PartiallyInvalid", "UnsupportedValue", message));
    }
    found
}

fn note(draft: &RouteDraft<'_>, notes: &mut Notes) {
    let object: &Object = draft.view.object;
    note_not_implemented(notes, object);
    for fault in &draft.unresolved {
        notes.error(object, "ResolvedRefs", fault);
    }
    for fault in &draft.doubts {
        notes.add(Severity::Warning, object, "Accepted", fault);
    }
    let kind = if draft.refused.len() == draft.count {
        "Accepted"
    } else {
        "PartiallyInvalid"
    };
    for (_, fault) in &draft.refused {
        notes.add(Severity::Error, object, kind, fault);
    }
}
