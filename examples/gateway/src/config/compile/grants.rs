//! ReferenceGrants: who may refer to what in another namespace.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fault::SourcePlace;
use super::lookup::{GATEWAY, near_miss};
use crate::config::object::{Object, Store};
use crate::config::resource::{GrantFrom, GrantSpec, GrantTo, Reference};

/// Why a reference may or may not be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefExplanation {
    /// Who refers.
    pub from: GrantFrom,
    /// To what.
    pub to: Reference,
    /// Whether it may.
    pub allowed: bool,
    /// Why, in one line.
    pub why: String,
    /// The grant that allows it, when one is needed and there.
    pub granted_by: Option<Reference>,
    /// Whether the object is there.
    pub exists: bool,
    /// What was probably meant when it is not there.
    pub hint: Option<String>,
    /// Grants that would allow it but for one field.
    pub near_misses: Vec<NearMiss>,
    /// The grant that would allow it, as YAML.
    pub suggested_grant: Option<String>,
}

/// A grant that allows a reference but for one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NearMiss {
    /// The grant.
    pub grant: Reference,
    /// Where it stands.
    pub place: Option<SourcePlace>,
    /// The field, as in `spec.from[0].kind`.
    pub path: String,
    /// What it says, and what it would have to say.
    pub message: String,
}

/// The explanation in a few lines: the verdict, what nearly fits, and the grant that would.
impl std::fmt::Display for RefExplanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = if self.allowed {
            "allowed"
        } else {
            "not allowed"
        };
        let GrantFrom {
            kind, namespace, ..
        } = &self.from;
        writeln!(f, "{kind} in {namespace} -> {}: {verdict}", self.to)?;
        writeln!(f, "  {}", self.why)?;
        if !self.exists {
            write!(f, "  {} does not exist", self.to)?;
            match &self.hint {
                Some(hint) => writeln!(f, "; {hint}")?,
                None => writeln!(f)?,
            }
        }
        for miss in &self.near_misses {
            write!(f, "  {}: {}: {}", miss.grant, miss.path, miss.message)?;
            match &miss.place {
                Some(at) => writeln!(f, " ({}:{}:{})", at.file, at.line, at.column)?,
                None => writeln!(f)?,
            }
        }
        if let Some(grant) = &self.suggested_grant {
            writeln!(f, "  this would allow it:\n---\n{}", grant.trim_end())?;
        }
        Ok(())
    }
}

/// Whether objects of one kind in one namespace may refer to an object, and why.
#[must_use]
pub fn explain_ref(store: &Store, from: &GrantFrom, to: &Reference) -> RefExplanation {
    let same = from.namespace == to.namespace;
    let grants = Grants::new(store);
    let grant = grants.granting(from, to);
    let allowed = same || grant.is_some();
    let exists = store.get(to).is_some();
    let why = match (same, grant) {
        (true, _) => "both are in one namespace, so no grant is needed".to_owned(),
        (_, Some(grant)) => format!("{} allows it", grant.reference),
        (_, None) => format!("no ReferenceGrant in namespace {} allows it", to.namespace),
    };
    RefExplanation {
        from: from.clone(),
        to: to.clone(),
        allowed,
        why,
        granted_by: grant.filter(|_| !same).map(|grant| grant.reference.clone()),
        exists,
        hint: if exists { None } else { near_miss(store, to) },
        near_misses: if allowed {
            Vec::new()
        } else {
            let mut found: Vec<_> = grants.near_misses(from, to).collect();
            found.dedup();
            found
        },
        suggested_grant: (!allowed).then(|| suggested_grant(from, to)),
    }
}

/// The grants by their namespaces.
#[derive(Debug)]
pub(crate) struct Grants<'a> {
    by_namespace: BTreeMap<&'a str, Vec<(&'a Object, &'a GrantSpec)>>,
}

impl<'a> Grants<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        let mut by_namespace: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (object, spec) in store.grants() {
            let namespace = object.reference.namespace.as_str();
            by_namespace
                .entry(namespace)
                .or_default()
                .push((object, spec));
        }
        Self { by_namespace }
    }

    /// Whether the reference may be followed.
    pub(crate) fn allow(&self, from: &GrantFrom, to: &Reference) -> bool {
        from.namespace == to.namespace || self.granting(from, to).is_some()
    }

    fn granting(&self, from: &GrantFrom, to: &Reference) -> Option<&'a Object> {
        let grants = self.by_namespace.get(to.namespace.as_str())?;
        let found = grants.iter().find(|(_, spec)| {
            spec.from.contains(from) && spec.to.iter().any(|entry| covers(entry, to))
        });
        found.map(|(object, _)| *object)
    }

    /// A grant that would allow it but for one field, and that field. All grants are asked.
    pub(crate) fn nearest(&self, from: &GrantFrom, to: &Reference) -> Option<String> {
        let miss = self.near_misses(from, to).next()?;
        let NearMiss {
            grant,
            path,
            message,
            ..
        } = miss;
        Some(format!("{grant} would but for {path}: {message}"))
    }

    /// The grants that would allow it but for one field, found one after another: those where the
    /// grant has to stand, then those that stand with who refers. One elsewhere may well be in use:
    /// to move it would break that.
    ///
    /// Thousands of references may be denied under thousands of grants, so a pair of entries that is
    /// further off costs comparisons alone.
    fn near_misses(&self, from: &GrantFrom, to: &Reference) -> impl Iterator<Item = NearMiss> {
        let within = |namespace: &str| self.by_namespace.get(namespace).into_iter().flatten();
        let grants = within(&to.namespace).chain(within(&from.namespace));
        let pairs = grants.flat_map(|(object, spec)| {
            let froms = spec.from.iter().enumerate();
            froms.flat_map(move |of| spec.to.iter().enumerate().map(move |at| (*object, of, at)))
        });
        let near = pairs.filter(|(object, (_, of), (_, at))| is_near(object, of, at, from, to));
        near.filter_map(|(object, of, at)| {
            let (path, message) = differing(object, of, at, from, to).pop()?;
            Some(NearMiss {
                grant: object.reference.clone(),
                place: place(object, &path),
                path,
                message,
            })
        })
    }
}

pub(super) fn covers(entry: &GrantTo, to: &Reference) -> bool {
    let named = entry.name.as_ref().is_none_or(|name| *name == to.name);
    entry.group == to.group && entry.kind == to.kind && named
}

/// Whoever refers from an object.
pub(crate) fn source(object: &Object) -> GrantFrom {
    GrantFrom {
        group: object.reference.group.clone(),
        kind: object.reference.kind.clone(),
        namespace: object.reference.namespace.clone(),
    }
}

/// What is missing, in one line, with the [nearest](Grants::nearest) grant.
pub(crate) fn denial(from: &GrantFrom, to: &Reference, nearest: Option<String>) -> String {
    let mut message = format!(
        "{to} may not be referred to by {} of namespace {}: no ReferenceGrant in namespace {} \
         allows it",
        from.kind, from.namespace, to.namespace
    );
    if let Some(nearest) = nearest {
        message.push_str("; ");
        message.push_str(&nearest);
    }
    message
}

/// The manifest of a grant that would allow it and nothing else.
pub(crate) fn suggested_grant(from: &GrantFrom, to: &Reference) -> String {
    let group = |group: &str| match group {
        "" => "\"\"".to_owned(),
        other => other.to_owned(),
    };
    format!(
        "apiVersion: {GATEWAY}/v1beta1\nkind: ReferenceGrant\nmetadata:\n  name: {}-to-{}\n  \
         namespace: {}\nspec:\n  from:\n  - group: {}\n    kind: {}\n    namespace: {}\n  to:\n  \
         - group: {}\n    kind: {}\n    name: {}\n",
        from.namespace,
        to.name,
        to.namespace,
        group(&from.group),
        from.kind,
        from.namespace,
        group(&to.group),
        to.kind,
        to.name,
    )
}

/// Whether exactly one field of a pair of entries would have to be another.
fn is_near(
    grant: &Object,
    entry_from: &GrantFrom,
    entry_to: &GrantTo,
    from: &GrantFrom,
    to: &Reference,
) -> bool {
    let differs = [
        entry_from.group != from.group,
        entry_from.kind != from.kind,
        entry_from.namespace != from.namespace,
        entry_to.group != to.group,
        entry_to.kind != to.kind,
        entry_to.name.as_ref().is_some_and(|name| *name != to.name),
        grant.reference.namespace != to.namespace,
    ];
    differs.into_iter().filter(|differs| *differs).count() == 1
}

fn place(object: &Object, path: &str) -> Option<SourcePlace> {
    let at = object.place.at(path);
    (object.place.document() > 0).then(|| SourcePlace {
        file: object.place.file().to_owned(),
        line: at.line,
        column: at.column,
    })
}

/// The fields of a pair of entries that would have to be others.
fn differing(
    grant: &Object,
    (at_from, entry_from): (usize, &GrantFrom),
    (at_to, entry_to): (usize, &GrantTo),
    from: &GrantFrom,
    to: &Reference,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut compare = |path: String, says: &str, wanted: &str| {
        if says != wanted {
            found.push((path, format!("is {says:?} and would have to be {wanted:?}")));
        }
    };
    let at = format!("spec.from[{at_from}]");
    compare(format!("{at}.group"), &entry_from.group, &from.group);
    compare(format!("{at}.kind"), &entry_from.kind, &from.kind);
    compare(
        format!("{at}.namespace"),
        &entry_from.namespace,
        &from.namespace,
    );
    let at = format!("spec.to[{at_to}]");
    compare(format!("{at}.group"), &entry_to.group, &to.group);
    compare(format!("{at}.kind"), &entry_to.kind, &to.kind);
    if let Some(name) = &entry_to.name {
        compare(format!("{at}.name"), name, &to.name);
    }
    let namespace = &grant.reference.namespace;
    if *namespace != to.namespace {
        let mut message = format!(
            "is {namespace:?} and would have to be {:?}, the namespace of what is referred to",
            to.namespace
        );
        if *namespace == from.namespace {
            message.push_str(", not that of who refers");
        }
        found.push(("metadata.namespace".to_owned(), message));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::compile::tests::support::store;

    /// What is asked before anything is written says the same as what is written.
    #[test]
    fn a_pair_is_near_when_one_field_differs() {
        let words = ["a", "b"];
        let wanted = GrantFrom {
            group: "a".to_owned(),
            kind: "a".to_owned(),
            namespace: "a".to_owned(),
        };
        let to = Reference::new("a", "a", "a", "a");
        let mut near = 0;
        for bits in 0..128_usize {
            let word = |at: usize| words[bits >> at & 1];
            let text = format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {{name: \
                 g, namespace: {}}}\nspec:\n  from: [{{group: {}, kind: {}, namespace: {}}}]\n  \
                 to: [{{group: {}, kind: {}, name: {}}}]\n",
                word(0),
                word(1),
                word(2),
                word(3),
                word(4),
                word(5),
                word(6)
            );
            let store = store(&[&text]);
            let (object, spec) = store.grants().next().unwrap();
            let (of, at) = (&spec.from[0], &spec.to[0]);
            let written = differing(object, (0, of), (0, at), &wanted, &to);
            let asked = is_near(object, of, at, &wanted, &to);
            assert_eq!(asked, written.len() == 1, "{text}{written:?}");
            near += usize::from(asked);
        }
        assert_eq!(near, 7);
    }
}
