//! Looking for objects, and saying what was probably meant when there is none.

use crate::config::object::{Object, Store};
use crate::config::resource::Reference;
use crate::config::suggest::nearest;

pub(crate) const GATEWAY: &str = "gateway.networking.k8s.io";
pub(crate) const AGENTGATEWAY: &str = "agentgateway.dev";
pub(crate) const OWN: &str = "gateway.agentgateway.dev";

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

/// What was probably meant by a reference to nothing.
pub(crate) fn near_miss(store: &Store, wanted: &Reference) -> Option<String> {
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

/// By which of several objects comes first: the older, those without a time last, then the names.
pub(crate) fn age(object: &Object) -> (bool, &str, &str, &str, &str) {
    let created = object.meta.creation_timestamp.as_deref();
    (
        created.is_none(),
        created.unwrap_or_default(),
        &object.reference.namespace,
        &object.reference.name,
        &object.reference.kind,
    )
}
