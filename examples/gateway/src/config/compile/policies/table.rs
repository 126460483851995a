//! Which policies are attached to what.

use std::collections::{BTreeMap, BTreeSet};

use super::Closed;
use super::layer::Layer;
use super::one::Policy;
use crate::config::compile::Context;
use crate::config::compile::lookup::by_age;
use crate::config::compile::settings::fill;
use crate::config::resource::{Reference, TargetSelector};
use crate::config::snapshot::{Backend, BackendSettings};

/// An object, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) reference: Reference,
    pub(super) section: Option<String>,
    pub(super) port: Option<u16>,
}

impl Target {
    pub(super) fn whole(reference: &Reference) -> Self {
        Self {
            reference: reference.clone(),
            section: None,
            port: None,
        }
    }

    fn section(reference: &Reference, section: &str) -> Self {
        Self {
            section: Some(section.to_owned()),
            ..Self::whole(reference)
        }
    }

    fn port(reference: &Reference, port: u16) -> Self {
        Self {
            port: Some(port),
            ..Self::whole(reference)
        }
    }
}

/// All policies, the oldest first, and what those of each target ask for together.
#[derive(Debug)]
pub(in crate::config::compile) struct Policies<'a> {
    pub(super) all: Vec<Policy<'a>>,
    merged: BTreeMap<Target, Layer>,
    /// Which policy a field of a target is from.
    winners: BTreeMap<(Target, &'static str), Reference>,
}

impl<'a> Policies<'a> {
    /// Reads all policies. Of two that ask for one field of one target, the older wins.
    pub(in crate::config::compile) fn new(context: &Context<'a>) -> Self {
        let policies = context.store.policies();
        let mut all: Vec<_> = policies
            .map(|(object, spec)| Policy::new(context, object, spec))
            .collect();
        all.sort_by(|a, b| by_age(a.object, b.object));
        let (mut merged, mut winners) = (BTreeMap::<_, Layer>::new(), BTreeMap::new());
        for policy in &all {
            let targets: BTreeSet<_> = targets(context, policy)
                .into_iter()
                .map(|(_, target)| target)
                .collect();
            for target in targets {
                for field in policy.layer.fields() {
                    let winner = winners.entry((target.clone(), field));
                    winner.or_insert_with(|| policy.object.reference.clone());
                }
                merged.entry(target).or_default().join(&policy.layer);
            }
        }
        Self {
            all,
            merged,
            winners,
        }
    }

    /// What holds for all requests of a listener: that of the listener, else that of its port,
    /// else that of the Gateway.
    pub(in crate::config::compile) fn listener(
        &self,
        gateway: &Reference,
        name: &str,
        port: u16,
    ) -> Layer {
        let levels = [
            Target::section(gateway, name),
            Target::port(gateway, port),
            Target::whole(gateway),
        ];
        self.levels(&levels)
    }

    /// What holds for requests that no listener of a port takes.
    pub(in crate::config::compile) fn port(&self, gateway: &Reference, port: u16) -> Layer {
        self.levels(&[Target::port(gateway, port), Target::whole(gateway)])
    }

    /// What holds for a rule by the policies of its route, the rule's before the route's.
    pub(in crate::config::compile) fn rule(&self, route: &Reference, rule: Option<&str>) -> Layer {
        if self.merged.is_empty() {
            return Layer::default();
        }
        let section = rule.map(|rule| Target::section(route, rule));
        let levels: Vec<_> = section.into_iter().chain([Target::whole(route)]).collect();
        self.levels(&levels)
    }

    /// What holds for a backend, or for a port of a Service by its number and name.
    pub(in crate::config::compile) fn backend(
        &self,
        reference: &Reference,
        port: Option<(u16, &str)>,
    ) -> BackendSettings {
        let mut found = BackendSettings::default();
        for target in Self::of_backend(reference, port) {
            if let Some(layer) = self.merged.get(&target) {
                fill(&mut found, &layer.backend);
            }
        }
        found
    }

    /// What holds for a part of an AgentgatewayBackend alone: a provider, or a server of MCP.
    pub(in crate::config::compile) fn part(&self, of: &Reference, name: &str) -> BackendSettings {
        let layer = self.merged.get(&Target::section(of, name));
        layer.map_or_else(BackendSettings::default, |layer| layer.backend.clone())
    }

    /// Why nothing is sent to a backend, where policies close it. A part of an AgentgatewayBackend closes
    /// all of it.
    pub(in crate::config::compile) fn closes(
        &self,
        backend: &Backend,
        port: Option<(u16, &str)>,
    ) -> Option<String> {
        let of = &backend.reference;
        let levels = Self::of_backend(of, port);
        let part = |target: &Target| target.reference == *of && of.kind == "AgentgatewayBackend";
        let mut closed = Closed::default();
        let layers = self.merged.iter();
        for (_, layer) in layers.filter(|(target, _)| levels.contains(target) || part(target)) {
            closed.add(&layer.closed);
        }
        closed.backend(&backend.kind)
    }

    /// The targets that a backend is, the nearest first. A port of a Service is named by its number.
    fn of_backend(reference: &Reference, port: Option<(u16, &str)>) -> Vec<Target> {
        let mut levels = Vec::new();
        if let Some((number, name)) = port {
            levels.push(Target::port(reference, number));
            levels.push(Target::section(reference, &number.to_string()));
            levels.push(Target::section(reference, name));
        }
        levels.push(Target::whole(reference));
        levels
    }

    fn levels(&self, targets: &[Target]) -> Layer {
        let mut found = Layer::default();
        for target in targets {
            if let Some(layer) = self.merged.get(target) {
                found.over(layer);
            }
        }
        found
    }

    /// Why a policy wins over another one of its level.
    fn why(&self, winner: &Reference, loser: &Policy<'_>) -> &'static str {
        let created = |policy: &Policy<'_>| policy.object.meta.creation_timestamp.clone();
        let mut all = self.all.iter();
        let winner = all.find(|policy| policy.object.reference == *winner);
        if winner.is_some_and(|winner| created(winner) == created(loser)) {
            "is as old, and comes first by its name"
        } else {
            "is older"
        }
    }

    /// The fields that a policy lost on a target of this Gateway.
    pub(super) fn lost(
        &self,
        policy: &Policy<'_>,
        target: &Target,
        gateway: &Reference,
    ) -> Vec<Lost<'_>> {
        let fields = policy.layer.told_fields().into_iter();
        fields
            .filter_map(|field| {
                if let Some(lost) = self.overridden(field, target, gateway) {
                    return Some(lost);
                }
                let winner = self.winners.get(&(target.clone(), field))?;
                (*winner != policy.object.reference).then(|| Lost {
                    field,
                    winner,
                    why: self.why(winner, policy).to_owned(),
                    everywhere: true,
                })
            })
            .collect()
    }

    /// Which policy of a farther level has the last word about this field of a target.
    fn overridden(
        &self,
        field: &'static str,
        target: &Target,
        gateway: &Reference,
    ) -> Option<Lost<'_>> {
        let by = |at: &Target| {
            let layer = self.merged.get(at).filter(|_| at != target)?;
            layer.overrides.of(field)
        };
        let lost = |winner, why: String, everywhere| Lost {
            field,
            winner,
            why,
            everywhere,
        };
        let whole = [Target::whole(&target.reference), Target::whole(gateway)];
        if let Some(winner) = whole.iter().find_map(by) {
            return Some(lost(winner, "overrides what is nearer".to_owned(), true));
        }
        // A route may have other listeners, and a listener another port.
        let is_route = target.reference != *gateway;
        let mut parts = self.merged.keys().filter(|at| {
            let is_farther = is_route || (target.section.is_some() && at.section.is_none());
            at.reference == *gateway && is_farther
        });
        parts.find_map(|at| {
            let of = match (&at.section, at.port) {
                (Some(name), _) => format!("listener {name}"),
                (None, port) => format!("port {}", port.unwrap_or_default()),
            };
            let why = format!("overrides what is nearer on {of}");
            Some(lost(by(at)?, why, false))
        })
    }
}

/// A field that a policy has lost, to which other one.
pub(super) struct Lost<'a> {
    pub(super) field: &'static str,
    pub(super) winner: &'a Reference,
    pub(super) why: String,
    /// Not on one listener alone.
    pub(super) everywhere: bool,
}

/// The targets of a policy, each with the field that names it.
pub(super) fn targets(context: &Context<'_>, policy: &Policy<'_>) -> Vec<(String, Target)> {
    let namespace = &policy.object.reference.namespace;
    let mut found = Vec::new();
    for (index, target) in policy.spec.target_refs.iter().flatten().enumerate() {
        let reference = Reference::new(&target.group, &target.kind, namespace, &target.name);
        let target = Target {
            reference,
            section: target.section_name.clone(),
            port: target.port,
        };
        found.push((format!("spec.targetRefs[{index}]"), target));
    }
    for (index, selector) in policy.spec.target_selectors.iter().flatten().enumerate() {
        let path = format!("spec.targetSelectors[{index}]");
        let TargetSelector { group, kind, .. } = selector;
        for object in context.store.within(group, kind, namespace) {
            let labels = &object.meta.labels;
            let mut wanted = selector.match_labels.iter();
            if wanted.all(|(name, value)| labels.get(name) == Some(value)) {
                let target = Target {
                    section: selector.section_name.clone(),
                    port: selector.port,
                    ..Target::whole(&object.reference)
                };
                found.push((path.clone(), target));
            }
        }
    }
    found
}
