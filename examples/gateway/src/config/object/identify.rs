//! Which kind a document is of.

use super::Place;
use super::decode::label;
use super::kinds::{AGENTGATEWAY, KINDS, Kind, groups, unserved};
use crate::config::Problem;
use crate::config::suggest::{did_you_mean, listed, nearest, quoted};
use crate::config::yaml::Value;

/// Gateway API's group for what it tries out, whose name is like that of its own group.
const EXPERIMENTAL: &str = "gateway.networking.x-k8s.io";

/// What a document is.
#[derive(Debug)]
pub(super) enum Identity {
    /// Of a kind that is read.
    Known(&'static Kind),
    /// Of a kind that exists, and is not read.
    Foreign { group: String, kind: String },
}

/// The kind of a document.
///
/// # Errors
/// It has none, or it is none of those that its group has, or its version is not read.
pub(super) fn identify(place: &Place) -> Result<Identity, Vec<Problem>> {
    if !matches!(place.root().value, Value::Object(_)) {
        let found = place.root().type_name();
        let message = format!("must be an object, found {found}");
        return Err(vec![place.problem("", "", message)]);
    }
    let mut faults = Vec::new();
    let version = text(place, "apiVersion", "v1", &mut faults);
    let kind = text(place, "kind", "HTTPRoute", &mut faults);
    let (Some(version), Some(kind)) = (version, kind) else {
        return Err(faults);
    };
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let mut kinds = KINDS.iter();
    let known = kinds.find(|known| known.group == group && known.name == kind);
    let fault = match known {
        Some(known) if known.versions.contains(&version) => return Ok(Identity::Known(known)),
        Some(known) => Some(version_fault(place, known, version)),
        None => stranger(place, group, kind),
    };
    let foreign = || Identity::Foreign {
        group: group.to_owned(),
        kind: kind.to_owned(),
    };
    fault.map_or_else(|| Ok(foreign()), |fault| Err(vec![fault]))
}

/// A member that must be a string and not empty.
fn text<'a>(
    place: &'a Place,
    name: &str,
    example: &str,
    faults: &mut Vec<Problem>,
) -> Option<&'a str> {
    let object = label(place);
    let Some(node) = place.root().get(name).filter(|node| !node.is_null()) else {
        let entries = place.root().entries().iter();
        let hint = nearest(name, entries.map(|entry| entry.name.as_str())).map_or_else(
            || format!("write {name}, as in {name}: {example}"),
            |found| format!("write {name} in the place of {found}"),
        );
        let problem = place.problem(&object, "", format!("{name} is missing"));
        faults.push(problem.hint(hint));
        return None;
    };
    let found = node.as_str().filter(|text| !text.is_empty());
    if found.is_none() {
        let found = node.as_str().map_or(node.type_name(), |_| "an empty one");
        let message = format!("must be a string, found {found}");
        faults.push(place.problem(&object, name, message));
    }
    found
}

fn version_fault(place: &Place, known: &Kind, version: &str) -> Problem {
    let message = format!(
        "version {} of {} is not read here",
        quoted(version),
        known.name
    );
    let served: Vec<_> = known.api_versions().collect();
    let hint = match served.as_slice() {
        [one] => format!("write apiVersion: {one}, which is the version that this gateway knows"),
        several => format!("this gateway knows {}", several.join(" and ")),
    };
    let problem = place.problem(&label(place), "apiVersion", message);
    problem.hint(hint)
}

/// What is wrong with a kind that is not read in this group; `None` when it exists.
fn stranger(place: &Place, group: &str, kind: &str) -> Option<Problem> {
    let elsewhere = KINDS.iter().find(|known| known.name == kind);
    if let Some(unserved) = unserved(group) {
        return match elsewhere {
            _ if unserved.contains(&kind) => None,
            Some(known) => Some(wrong_group(place, group, known)),
            None => Some(unknown_kind(place, group, kind, unserved)),
        };
    }
    let named = groups().filter(|group| !group.is_empty());
    let meant = nearest(group, named).filter(|_| group != EXPERIMENTAL);
    match (elsewhere, meant) {
        // Other projects have kinds of these names too, so a group like none of ours is theirs.
        (Some(known), _) if meant == Some(known.group) || is_ours(group, known) => {
            Some(wrong_group(place, group, known))
        }
        (_, Some(meant)) => {
            let message = format!("group {} is not known", quoted(group));
            let problem = place.problem(&label(place), "apiVersion", message);
            Some(problem.hint(format!("did you mean {meant:?}?")))
        }
        (_, None) => None,
    }
}

/// Whether a kind of this name in this group can only be meant to be ours.
fn is_ours(group: &str, known: &Kind) -> bool {
    known.group == AGENTGATEWAY || group.starts_with("networking.") && group.ends_with("k8s.io")
}

fn wrong_group(place: &Place, group: &str, known: &Kind) -> Problem {
    let message = format!("{} is no kind of {}", known.name, in_words(group));
    let versions: Vec<_> = known.api_versions().take(1).collect();
    let problem = place.problem(&label(place), "apiVersion", message);
    problem.hint(format!("write apiVersion: {}", versions.concat()))
}

fn unknown_kind(place: &Place, group: &str, kind: &str, unserved: &[&'static str]) -> Problem {
    let own = KINDS.iter().filter(|known| known.group == group);
    let own = own.map(|known| known.name).chain(unserved.iter().copied());
    let own: Vec<_> = own.collect();
    let all = KINDS.iter().map(|known| known.name);
    let message = format!("{} has no kind {}", in_words(group), quoted(kind));
    let hint = did_you_mean(kind, own.iter().copied())
        .or_else(|| did_you_mean(kind, all))
        .unwrap_or_else(|| format!("it has {}", listed(own)));
    let problem = place.problem(&label(place), "kind", message);
    problem.hint(hint)
}

fn in_words(group: &str) -> String {
    if group.is_empty() {
        "the core".to_owned()
    } else {
        format!("group {}", quoted(group))
    }
}
