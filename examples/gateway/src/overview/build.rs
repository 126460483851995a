use std::collections::BTreeSet;

use super::{Condition, Item, Overview};
use crate::config::{
    compile::{Facts, ListenerFacts, ParentFacts},
    object::Store,
    resource::{Reference, TargetRef},
    status::{self, ObjectStatus, StatusSet},
};

/// The tree of all objects that were judged.
///
/// Pure; linear in the number of objects but for routes and policies, which are looked through once
/// for each listener.
#[must_use]
pub fn overview(store: &Store, facts: &Facts, status: &StatusSet) -> Overview {
    let builder = Builder {
        store,
        facts,
        status,
    };
    let mut items: Vec<Item> = facts
        .classes
        .keys()
        .map(|class| builder.class(class))
        .collect();
    items.extend(builder.loose());
    items.extend(facts.backends.keys().map(|backend| builder.item(backend)));
    Overview::new(items)
}

struct Builder<'a> {
    store: &'a Store,
    facts: &'a Facts,
    status: &'a StatusSet,
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
        self.with_remedies(reference, conditions)
    }

    fn with_remedies(&self, reference: &Reference, conditions: Vec<Condition>) -> Item {
        let found = self.facts.diagnoses().iter();
        let found = found.filter(|diagnosis| diagnosis.object == *reference);
        let remedies = found.filter_map(|diagnosis| diagnosis.remedy.clone());
        Item::new(
            &reference.kind,
            &reference.namespace,
            &reference.name,
            conditions,
        )
        .remedies(remedies)
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
            let item = self.with_remedies(route, conditions.unwrap_or_default());
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
        self.with_remedies(policy, conditions)
    }

    /// Gateways without a class here, and policies whose targets are not in the tree.
    fn loose(&self) -> Vec<Item> {
        let classes: BTreeSet<&str> = self
            .facts
            .classes
            .keys()
            .map(|class| class.name.as_str())
            .collect();
        let gateways = self.facts.gateways.keys().filter(|gateway| {
            let spec = self
                .store
                .get(gateway)
                .and_then(|object| object.spec.gateway());
            spec.is_none_or(|spec| !classes.contains(spec.gateway_class_name.as_str()))
        });
        let mut items: Vec<Item> = gateways.map(|gateway| self.gateway(gateway)).collect();
        let in_tree = |target: &TargetRef, namespace: &str| {
            let mut all = self.facts.gateways.keys().chain(self.facts.routes.keys());
            all.any(|object| object.namespace == namespace && is_of(target, object))
        };
        let policies = self.facts.policies.keys().filter(|policy| {
            let targets = self.targets(policy);
            !targets
                .iter()
                .any(|target| in_tree(target, &policy.namespace))
        });
        items.extend(policies.map(|policy| self.policy(policy)));
        items
    }
}

fn is_of(target: &TargetRef, object: &Reference) -> bool {
    target.group == object.group && target.kind == object.kind && target.name == object.name
}

fn shown(conditions: &[status::Condition]) -> Vec<Condition> {
    let all = conditions.iter();
    all.map(|one| {
        let status = match one.status {
            crate::config::compile::State::True => "True",
            crate::config::compile::State::False => "False",
            crate::config::compile::State::Unknown => "Unknown",
        };
        Condition::new(one.kind, status, one.reason, &one.message)
    })
    .collect()
}
