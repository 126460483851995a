//! Objects that no Gateway of this controller serves: what waits, and what is left to others.

use std::collections::BTreeMap;

use super::{Item, build::Builder, build::claimed};
use crate::config::{compile::StrayFacts, resource::Reference};

type Below<'a> = BTreeMap<&'a Reference, Vec<(&'a Reference, &'a StrayFacts)>>;

/// Each below what it asks for, where that is one of them, too.
pub(super) fn items(builder: &Builder<'_>) -> Vec<Item> {
    let all = &builder.facts.strays;
    let mut below: Below<'_> = BTreeMap::new();
    let mut first = Vec::new();
    for (reference, facts) in all {
        match facts.below.as_ref().filter(|of| all.contains_key(*of)) {
            Some(of) => below.entry(of).or_default().push((reference, facts)),
            None => first.push((reference, facts)),
        }
    }
    let first = first.into_iter();
    first
        .map(|(reference, facts)| item(builder, &below, reference, facts))
        .collect()
}

/// A class has Gateways below it, and these have routes: it is never deeper.
fn item(
    builder: &Builder<'_>,
    below: &Below<'_>,
    reference: &Reference,
    facts: &StrayFacts,
) -> Item {
    let conditions = facts.claims.iter().map(claimed).collect();
    let mut shown = builder.with_findings(reference, conditions);
    if let Some(left) = &facts.left {
        shown = shown.detail(left);
    }
    let children = below.get(reference).into_iter().flatten();
    let children = children.map(|(reference, facts)| item(builder, below, reference, facts));
    shown.children(children.collect())
}
