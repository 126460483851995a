//! What is put into the metadata of objects.

use crate::config::flux::object::{kind, namespace};
use crate::config::yaml::{Document, Entry, Node, Value};

/// Kinds that live in no namespace.
const CLUSTER_KINDS: [&str; 22] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "GatewayClass",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// Puts every object into a namespace, save those of the cluster; a `Namespace` gets its name.
///
/// The names are kustomize's rules. Unlike kustomize, which does not know the kind, it leaves
/// `GatewayClass` alone: the API server drops its namespace anyway.
pub(in crate::config::flux) fn set_namespace(documents: &mut [Document], wanted: &str) {
    for document in documents {
        let root = &mut document.root;
        if CLUSTER_KINDS.contains(&kind(root)) || kind(root).is_empty() {
            continue;
        }
        let field = if kind(root) == "Namespace" {
            "name"
        } else if namespace(root) == wanted {
            continue;
        } else {
            "namespace"
        };
        if let Some(metadata) = member(root, "metadata") {
            put(metadata, field, wanted);
        }
    }
}

/// Puts the labels and annotations of `commonMetadata` into every object.
pub(in crate::config::flux) fn set_common(documents: &mut [Document], common: &Node) {
    for document in documents {
        for field in ["labels", "annotations"] {
            let wanted = common.get(field).map(Node::entries).unwrap_or_default();
            if wanted.is_empty() {
                continue;
            }
            let metadata = member(&mut document.root, "metadata");
            let Some(target) = metadata.and_then(|metadata| member(metadata, field)) else {
                continue;
            };
            for entry in wanted {
                if let Some(value) = entry.node.as_str() {
                    put(target, &entry.name, value);
                }
            }
        }
    }
}

/// A member that is an object, made where there is none; `None` when it is something else.
fn member<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let at = node.at;
    let Value::Object(entries) = &mut node.value else {
        return None;
    };
    let index = match entries.iter().position(|entry| entry.name == name) {
        Some(index) => index,
        None => {
            let value = Value::Object(Vec::new());
            entries.push(Entry {
                name: name.to_owned(),
                at,
                node: Node { value, at },
            });
            entries.len() - 1
        }
    };
    let found = entries.get_mut(index)?;
    if found.node.is_null() {
        found.node.value = Value::Object(Vec::new());
    }
    matches!(found.node.value, Value::Object(_)).then_some(&mut found.node)
}

/// Sets a string; a new one stands where its object does.
fn put(node: &mut Node, name: &str, text: &str) {
    let at = node.at;
    let Value::Object(entries) = &mut node.value else {
        return;
    };
    let value = Value::String(text.to_owned());
    match entries.iter_mut().find(|entry| entry.name == name) {
        Some(entry) => entry.node.value = value,
        None => entries.push(Entry {
            name: name.to_owned(),
            at,
            node: Node { value, at },
        }),
    }
}
