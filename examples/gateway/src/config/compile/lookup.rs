//! Looking for objects, and saying what was probably meant when there is none.

use std::cmp::Ordering;

use crate::config::object::{Object, Store};
use crate::config::resource::Reference;
use crate::config::suggest::nearest;

pub(crate) const GATEWAY: &str = "gateway.networking.k8s.io";
pub(crate) const AGENTGATEWAY: &str = "agentgateway.dev";
pub(crate) const OWN: &str = "gateway.agentgateway.dev";

/// A kind in words: with its group, but for those of Kubernetes itself.
pub(crate) fn kind_name(group: &str, kind: &str) -> String {
    match group {
        "" => kind.to_owned(),
        group => format!("{group}/{kind}"),
    }
}

/// `Kind namespace/name not found`, with the name or the namespace that was probably meant.
pub(crate) fn not_found(store: &Store, wanted: &Reference) -> String {
    missing(wanted, near_miss(store, wanted))
}

/// The same with this hint.
pub(crate) fn missing(wanted: &Reference, hint: Option<String>) -> String {
    let mut message = format!("{wanted} not found");
    if let Some(hint) = hint {
        message.push_str("; ");
        message.push_str(&hint);
    }
    message
}

/// The two kinds of backends, of which each is easily written for the other.
const BACKENDS: [(&str, &str); 2] = [("", "Service"), (AGENTGATEWAY, "AgentgatewayBackend")];

/// What was probably meant by a reference to nothing: the other kind of backend, another namespace,
/// another name.
pub(crate) fn near_miss(store: &Store, wanted: &Reference) -> Option<String> {
    if let Some(other) = of_the_other_kind(store, wanted) {
        let (group, kind) = (&other.group, &other.kind);
        return Some(format!(
            "{other} exists: it is of group {group:?} and kind {kind}"
        ));
    }
    let elsewhere: Vec<&str> = store
        .all(&wanted.group, &wanted.kind)
        .filter(|object| object.reference.name == wanted.name)
        .map(|object| object.reference.namespace.as_str())
        .collect();
    if !elsewhere.is_empty() {
        return Some(format!("it exists in namespace {}", elsewhere.join(", ")));
    }
    let names = store
        .within(&wanted.group, &wanted.kind, &wanted.namespace)
        .map(|object| object.reference.name.as_str());
    nearest(&wanted.name, names).map(|found| format!("did you mean \"{found}\"?"))
}

/// The backend of this name that is of the other kind.
fn of_the_other_kind<'a>(store: &'a Store, wanted: &Reference) -> Option<&'a Reference> {
    let kind = (wanted.group.as_str(), wanted.kind.as_str());
    if !BACKENDS.contains(&kind) {
        return None;
    }
    let (group, kind) = BACKENDS.into_iter().find(|other| *other != kind)?;
    let found = store.find(group, kind, &wanted.namespace, &wanted.name)?;
    Some(&found.reference)
}

/// Which of two objects comes first: the older, one without a time last; then by name, then by kind.
///
/// # Source
/// Gateway API v1, `HTTPRouteRule.matches`: "alphabetical order by {namespace}/{name}", which is one
/// text: `team-a/r` is before `team/r`.
pub(crate) fn by_age(a: &Object, b: &Object) -> Ordering {
    let (of_a, of_b) = (created(a), created(b));
    (of_a.is_none(), of_a)
        .cmp(&(of_b.is_none(), of_b))
        .then_with(|| named(a).cmp(named(b)))
        .then_with(|| a.reference.kind.cmp(&b.reference.kind))
}

fn created(object: &Object) -> Option<&str> {
    object.meta.creation_timestamp.as_deref()
}

/// `namespace/name`, byte by byte.
fn named(object: &Object) -> impl Iterator<Item = u8> {
    let Reference {
        namespace, name, ..
    } = &object.reference;
    namespace.bytes().chain(*b"/").chain(name.bytes())
}
