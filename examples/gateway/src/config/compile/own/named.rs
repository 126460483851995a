use crate::config::compile::lookup::AGENTGATEWAY;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{BackendKindName, NamedBackend, Reference};

/// The backend that is named; one that is not there is told of, and taken at its word.
pub(super) fn named(
    context: &Context<'_>,
    object: &Object,
    named: &NamedBackend,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Reference {
    let wanted = reference(object, named);
    if context.store.get(&wanted).is_none() {
        let message = context.not_found(&wanted);
        faults.push(Fault::new(path, "BackendNotFound", message));
    }
    wanted
}

/// The backend of this name.
pub(super) fn reference(object: &Object, named: &NamedBackend) -> Reference {
    let (group, kind) = match named.kind {
        BackendKindName::AgentgatewayBackend => (AGENTGATEWAY, "AgentgatewayBackend"),
        BackendKindName::Service => ("", "Service"),
    };
    let own = &object.reference.namespace;
    let namespace = named.namespace.as_ref().unwrap_or(own);
    Reference::new(group, kind, namespace, &named.name)
}
