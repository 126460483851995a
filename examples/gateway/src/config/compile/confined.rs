//! Grants that must be there beside those of the manifests.

use std::collections::BTreeMap;

use super::grants::covers;
use crate::config::object::{Object, Store};
use crate::config::resource::{GrantFrom, GrantSpec, GrantTo, Reference};

/// A ReferenceGrant without its object: the namespace that it opens, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// Whose objects may be referred to.
    pub namespace: String,
    /// By whom, and which.
    pub spec: GrantSpec,
}

impl Grant {
    pub(crate) fn of((object, spec): (&Object, &GrantSpec)) -> Self {
        Self {
            namespace: object.reference.namespace.clone(),
            spec: spec.clone(),
        }
    }
}

/// Grants by namespace.
#[derive(Debug)]
pub(crate) struct Confined<'a>(BTreeMap<&'a str, Vec<&'a GrantSpec>>);

impl<'a> Confined<'a> {
    pub(crate) fn new(grants: &'a [Grant]) -> Self {
        let mut by_namespace: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for grant in grants {
            let of = by_namespace.entry(grant.namespace.as_str());
            of.or_default().push(&grant.spec);
        }
        Self(by_namespace)
    }

    /// Whether one of them allows the reference, or none is needed.
    pub(crate) fn allow(&self, from: &GrantFrom, to: &Reference) -> bool {
        let allows = |entry: &GrantTo| covers(entry, to);
        from.namespace == to.namespace || self.any(&to.namespace, from, allows)
    }

    fn any(&self, namespace: &str, from: &GrantFrom, of: impl Fn(&GrantTo) -> bool) -> bool {
        let grants = self.0.get(namespace).into_iter().flatten();
        let mut grants = grants.filter(|spec| spec.from.contains(from));
        grants.any(|spec| spec.to.iter().any(&of))
    }
}

/// The grants of a store that these do not give in full.
pub(crate) fn revoked(store: &Store, grants: &[Grant]) -> Vec<Reference> {
    let confined = Confined::new(grants);
    let within = |own: &GrantTo, other: &GrantTo| {
        let named = other.name.is_none() || other.name == own.name;
        own.group == other.group && own.kind == other.kind && named
    };
    let lacks = |(object, spec): &(&Object, &GrantSpec)| {
        let namespace = &object.reference.namespace;
        spec.from.iter().any(|from| {
            let mut to = spec.to.iter();
            to.any(|own| !confined.any(namespace, from, |other| within(own, other)))
        })
    };
    let lacking = store.grants().filter(lacks);
    lacking
        .map(|(object, _)| object.reference.clone())
        .collect()
}
