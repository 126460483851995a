//! What every object says of itself.

use crate::config::yaml::{Document, Node};

/// The text at a path; empty when there is none.
pub(super) fn text<'a>(root: &'a Node, path: &[&str]) -> &'a str {
    root.path(path).and_then(Node::as_str).unwrap_or_default()
}

/// The kind; empty when none is said.
pub(super) fn kind(root: &Node) -> &str {
    text(root, &["kind"])
}

/// The group of the `apiVersion`; empty for the core group.
pub(super) fn group(root: &Node) -> &str {
    let (group, _) = text(root, &["apiVersion"])
        .split_once('/')
        .unwrap_or_default();
    group
}

/// The name; empty when none is said.
pub(super) fn name(root: &Node) -> &str {
    text(root, &["metadata", "name"])
}

/// The namespace; empty when none is said.
pub(super) fn namespace(root: &Node) -> &str {
    text(root, &["metadata", "namespace"])
}

/// A namespace as it is compared: none is `default`.
pub(super) fn normal(namespace: &str) -> &str {
    if namespace.is_empty() {
        "default"
    } else {
        namespace
    }
}

/// Kind, namespace and name as problems show them, as far as they are said.
pub(super) fn object_name(root: &Node) -> String {
    let (kind, namespace, name) = (kind(root), namespace(root), name(root));
    match (kind.is_empty() || name.is_empty(), namespace.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!("{kind} {name}"),
        (false, false) => format!("{kind} {namespace}/{name}"),
    }
}

/// Whether this is one of Flux's own `Kustomization` objects.
pub(super) fn is_flux_kustomization(document: &Document) -> bool {
    kind(&document.root) == "Kustomization" && group(&document.root) == FLUX_GROUP
}

/// The group of Flux's `Kustomization`.
pub(super) const FLUX_GROUP: &str = "kustomize.toolkit.fluxcd.io";
