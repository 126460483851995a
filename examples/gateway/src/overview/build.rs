use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Item, Overview, stray};
use crate::config::{
    compile::{
        Claim, Diagnosis, Facts, ListenerFacts, ParentFacts, Severity, State, without_remedies,
    },
    object::Store,
    resource::{Reference, TargetRef},
    status::{self, ObjectStatus, StatusSet},
};

/// The tree of all objects that were judged, and of those that nobody serves.
///
/// Pure; linear in the number of objects but for routes and policies, which are looked through once
/// for each listener.
#[must_use]
pub fn overview(store: &Store, facts: &Facts, status: &StatusSet) -> Overview {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for diagnosis in facts.diagnoses() {
        found.entry(&diagnosis.object).or_default().push(diagnosis);
    }
    let builder = Builder {
        store,
        facts,
        status,
        found,
    };
    let mut items: Vec<Item> = facts
        .classes
        .keys()
        .map(|class| builder.class(class))
        .collect();
    items.extend(stray::items(&builder));
    items.extend(builder.loose());
    items.extend(facts.backends.keys().map(|backend| builder.item(backend)));
    Overview::new(items)
}

pub(super) struct Builder<'a> {
    store: &'a Store,
    pub(super) facts: &'a Facts,
    status: &'a StatusSet,
    /// What was found, by object.
    found: BTreeMap<&'a Reference, Vec<&'a Diagnosis>>,
}

impl Builder<'_> {
    /// An object with the conditions that it has of itself.
    fn item(&self, reference: &Reference) -> Item {
        let conditions = match self.status.get(reference) {
            Some(ObjectStatus::Class(status)) => shown(&status.conditions),
            Some(ObjectStatus::Gateway(status)) => shown(&status.conditions),
            Some(ObjectStatus::Backend(status)) => shown(&status.conditions),
            _ => Vec::new(),
        };
        self.with_findings(reference, conditions)
    }

    /// An object with these conditions, what would put it right, and what is worth knowing.
    pub(super) fn with_findings(&self, reference: &Reference, conditions: Vec<Condition>) -> Item {
        let found = || self.found.get(reference).into_iter().flatten();
        let remedies = found().filter_map(|diagnosis| diagnosis.remedy.clone());
        let told = |diagnosis: &&&Diagnosis| {
            diagnosis.severity != Severity::Error && diagnosis.reason != "Pending"
        };
        let notes = found().filter(told).map(|diagnosis| {
            match (diagnosis.path.as_str(), &diagnosis.message) {
                ("", message) => message.clone(),
                (path, message) => format!("{path}: {message}"),
            }
        });
        Item::new(
            &reference.kind,
            &reference.namespace,
            &reference.name,
            conditions,
        )
        .remedies(remedies)
        .notes(notes)
    }

    fn class(&self, class: &Reference) -> Item {
        let gateways = self.facts.gateways.keys().filter(|gateway| {
            let spec = self
                .store
                .get(gateway)
                .and_then(|object| object.spec.gateway());
            spec.is_some_and(|spec| spec.gateway_class_name == class.name)
        });
        let gateways = gateways.map(|gateway| self.gateway(gateway)).collect();
        self.item(class).children(gateways)
    }

    fn gateway(&self, gateway: &Reference) -> Item {
        let mut item = self.item(gateway);
        let Some(facts) = self.facts.gateways.get(gateway) else {
            return item;
        };
        let status = match self.status.get(gateway) {
            Some(ObjectStatus::Gateway(status)) => Some(status),
            _ => None,
        };
        let addresses = status
            .map(|status| status.addresses.as_slice())
            .unwrap_or_default();
        if !addresses.is_empty() {
            let values: Vec<_> = addresses
                .iter()
                .map(|address| address.value.as_str())
                .collect();
            item = item.detail(values.join(", "));
        }
        let mut children: Vec<Item> = Vec::new();
        for listener in &facts.listeners {
            let found = status.and_then(|status| {
                status
                    .listeners
                    .iter()
                    .find(|found| found.name == listener.name)
            });
            let conditions = found
                .map(|found| shown(&found.conditions))
                .unwrap_or_default();
            children.push(self.listener(gateway, listener, conditions));
        }
        let unattached =
            |parent: &&ParentFacts| parent.gateway == *gateway && parent.listeners.is_empty();
        children.extend(self.routes(unattached));
        children.extend(self.policies(gateway, &|target| target.section_name.is_none()));
        item.children(children)
    }

    fn listener(
        &self,
        gateway: &Reference,
        listener: &ListenerFacts,
        conditions: Vec<Condition>,
    ) -> Item {
        let attached = |parent: &&ParentFacts| {
            parent.gateway == *gateway && parent.listeners.contains(&listener.name)
        };
        let name = Some(&listener.name);
        let mut children = self.routes(attached);
        children.extend(self.policies(gateway, &|target| target.section_name.as_ref() == name));
        let count = match listener.routes.len() {
            1 => "1 route".to_owned(),
            count => format!("{count} routes"),
        };
        Item::new("Listener", "", &listener.name, conditions)
            .detail(format!("port {}", listener.port))
            .detail(count)
            .children(children)
    }

    /// The routes with a parent of which this holds, with the conditions of that parent.
    fn routes(&self, holds: impl Fn(&&ParentFacts) -> bool) -> Vec<Item> {
        let mut items = Vec::new();
        for (route, facts) in &self.facts.routes {
            let Some(parent) = facts.parents.iter().find(&holds) else {
                continue;
            };
            let status = match self.status.get(route) {
                Some(ObjectStatus::Route(status)) => status.parents.as_slice(),
                _ => &[],
            };
            let status = status
                .iter()
                .find(|status| status.parent_ref == parent.parent);
            let conditions = status.map(|status| shown(&status.conditions));
            let policies = self.policies(route, &|_| true);
            let item = self.with_findings(route, conditions.unwrap_or_default());
            items.push(item.children(policies));
        }
        items
    }

    /// The policies that name the object, with the conditions that they have.
    fn policies(&self, target: &Reference, of: &dyn Fn(&TargetRef) -> bool) -> Vec<Item> {
        let named = self.facts.policies.keys().filter(|policy| {
            policy.namespace == target.namespace
                && self
                    .targets(policy)
                    .iter()
                    .any(|named| is_of(named, target) && of(named))
        });
        named.map(|policy| self.policy(policy)).collect()
    }

    fn targets(&self, policy: &Reference) -> &[TargetRef] {
        let object = self.store.get(policy);
        let spec = object.and_then(|object| object.spec.policy());
        let targets = spec.and_then(|spec| spec.target_refs.as_deref());
        targets.unwrap_or_default()
    }

    fn policy(&self, policy: &Reference) -> Item {
        let mut conditions: Vec<Condition> = Vec::new();
        if let Some(ObjectStatus::Policy(status)) = self.status.get(policy) {
            for condition in status
                .ancestors
                .iter()
                .flat_map(|one| shown(&one.conditions))
            {
                if !conditions.contains(&condition) {
                    conditions.push(condition);
                }
            }
        }
        self.with_findings(policy, conditions)
    }

    /// Policies whose targets are not in the tree.
    fn loose(&self) -> Vec<Item> {
        let all = self.facts.gateways.keys().chain(self.facts.routes.keys());
        let in_tree: BTreeSet<_> = all
            .map(|it| (&it.group, &it.kind, &it.namespace, &it.name))
            .collect();
        let policies = self.facts.policies.keys().filter(|policy| {
            !self.targets(policy).iter().any(|target| {
                let TargetRef {
                    group, kind, name, ..
                } = target;
                in_tree.contains(&(group, kind, &policy.namespace, name))
            })
        });
        policies.map(|policy| self.policy(policy)).collect()
    }
}

fn is_of(target: &TargetRef, object: &Reference) -> bool {
    target.group == object.group && target.kind == object.kind && target.name == object.name
}

fn shown(conditions: &[status::Condition]) -> Vec<Condition> {
    let all = conditions.iter();
    all.map(|one| condition(one.kind, one.status, one.reason, &one.message))
        .collect()
}

/// The condition that a claim makes.
pub(super) fn claimed(claim: &Claim) -> Condition {
    condition(claim.kind, claim.status, claim.reason, &claim.message)
}

/// Manifests that would put it right are shown beside it, once.
fn condition(kind: &str, status: State, reason: &str, message: &str) -> Condition {
    let status = match status {
        State::True => "True",
        State::False => "False",
        State::Unknown => "Unknown",
    };
    Condition::new(kind, status, reason, without_remedies(message))
}
