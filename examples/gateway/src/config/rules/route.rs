//! Rules that routes of all kinds have.

use std::collections::BTreeMap;

use super::Sheet;
use crate::config::object::field::{item, member};
use crate::config::resource::{ParentRef, RequestMirror};

/// How many matches all rules of a route may have together.
const MAX_MATCHES: usize = 128;

/// Several references to one Gateway must say which listener each of them means.
pub(super) fn parents(parents: &[ParentRef], sheet: &mut Sheet<'_>) {
    let mut seen: BTreeMap<_, Vec<&ParentRef>> = BTreeMap::new();
    for (index, parent) in parents.iter().enumerate() {
        let identity = (&parent.group, &parent.kind, &parent.namespace, &parent.name);
        let others = seen.entry(identity).or_default();
        let path = item("spec.parentRefs", index);
        let named = |parent: &ParentRef| parent.section_name.is_some();
        if others.iter().any(|other| named(other) != named(parent)) {
            sheet.fault(&path, "sectionName must be specified when parentRefs includes 2 or more references to the same parent");
        } else if others
            .iter()
            .any(|other| other.section_name == parent.section_name)
        {
            let path = if named(parent) {
                member(&path, "sectionName")
            } else {
                path
            };
            let message = if named(parent) {
                "sectionName must be unique when parentRefs includes 2 or more references to the same parent"
            } else {
                "sectionName must be specified when parentRefs includes 2 or more references to the same parent"
            };
            sheet.fault(&path, message);
        }
        others.push(parent);
    }
}

/// All rules together may have so many matches.
pub(super) fn total(matches: impl Iterator<Item = usize>, sheet: &mut Sheet<'_>) {
    sheet.fault_if(
        matches.sum::<usize>() > MAX_MATCHES,
        "spec.rules",
        "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
    );
}

pub(super) fn mirror(mirror: &RequestMirror, path: &str, sheet: &mut Sheet<'_>) {
    sheet.fault_if(
        mirror
            .fraction
            .is_some_and(|share| share.numerator > share.denominator),
        &member(path, "fraction"),
        "numerator must be less than or equal to denominator",
    );
}
