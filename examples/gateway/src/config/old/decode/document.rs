//! One document: which kind it is, its metadata, its spec.

use std::collections::BTreeMap;

use serde_yaml_ng::Value;

use super::node::{Fields, Node, Sink};
use super::{backend, checks, core, gateway, route};
use crate::config::old::Problem;
use crate::config::old::model::{Key, Kind, Object, Origin, Spec};
use crate::config::old::suggest::{did_you_mean, quoted};

const GATEWAY_API: &str = "gateway.networking.k8s.io/v1";
const AGENTGATEWAY: &str = "agentgateway.dev/v1alpha1";

/// The kinds that are read, each with the only version that is.
const READ: &[(&str, Kind)] = &[
    (GATEWAY_API, Kind::GatewayClass),
    (GATEWAY_API, Kind::Gateway),
    (GATEWAY_API, Kind::HttpRoute),
    (AGENTGATEWAY, Kind::Backend),
    ("v1", Kind::Secret),
    ("v1", Kind::Service),
    ("v1", Kind::Namespace),
];

/// Kinds that exist and are not read yet.
const NOT_YET: &[&str] = &[
    "AgentgatewayModel",
    "AgentgatewayParameters",
    "AgentgatewayPolicy",
    "BackendTLSPolicy",
    "ConfigMap",
    "EndpointSlice",
    "GRPCRoute",
    "Kustomization",
    "List",
    "ListenerSet",
    "ReferenceGrant",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
];

/// Decodes one document. `None` when it is of no kind that is read, or has no name.
pub(super) fn decode_document(
    value: &Value,
    place: Origin,
    problems: &mut Vec<Problem>,
) -> Option<Object> {
    let origin = Origin {
        object: label(value),
        ..place
    };
    let sink = Sink::new(origin);
    let object = object(&Node::root(value, &sink), &sink);
    problems.extend(sink.into_problems());
    object
}

/// `Kind namespace/name` as far as the document tells, before anything is checked.
fn label(value: &Value) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let metadata = value.get("metadata");
    let kind = text(value.get("kind"));
    let name = text(metadata.and_then(|metadata| metadata.get("name")));
    let namespace = text(metadata.and_then(|metadata| metadata.get("namespace")));
    match (kind, namespace, name) {
        (Some(kind), Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
        (Some(kind), None, Some(name)) => format!("{kind} {name}"),
        (Some(kind), _, None) => kind,
        (None, ..) => String::new(),
    }
}

fn object(root: &Node<'_>, sink: &Sink) -> Option<Object> {
    let top = root.entries()?;
    let kind = kind(&top)?;
    let meta = metadata(top.required("metadata")?, kind);
    let spec = spec(kind, &top, meta.as_ref());
    let meta = meta?;
    let spec = spec.filter(|_| sink.is_empty());
    let origin = sink.origin.clone();
    Some(Object {
        origin,
        kind,
        key: meta.key,
        created: meta.created,
        spec,
    })
}

/// The kind, if it is one that is read, in the version that is.
fn kind(top: &Fields<'_>) -> Option<Kind> {
    let version = top.required("apiVersion").and_then(Node::text);
    let node = top.required("kind");
    let name = node.and_then(Node::text);
    let (version, node, name) = (version?, node?, name?);
    if let Some((wanted, kind)) = READ.iter().find(|(_, kind)| kind.name() == name) {
        if version == *wanted {
            return Some(*kind);
        }
        let message = format!("{} {name} is not supported", quoted(version));
        node.problem_with_hint(message, format!("write apiVersion: {wanted}"));
    } else if NOT_YET.contains(&name) {
        let hint = match name {
            "Kustomization" => "render it first, and give the rendered manifests",
            "List" => "write its items as documents of their own",
            _ => "take it out of what this gateway reads",
        };
        node.problem_with_hint(format!("{name} is not supported yet"), hint);
    } else {
        let known = READ
            .iter()
            .map(|(_, kind)| kind.name())
            .chain(NOT_YET.iter().copied());
        let message = format!("unknown kind {} in {}", quoted(name), quoted(version));
        match did_you_mean(name, known) {
            Some(hint) => node.problem_with_hint(message, hint),
            None => node.problem(message),
        }
    }
    None
}

fn spec(kind: Kind, top: &Fields<'_>, meta: Option<&Metadata>) -> Option<Spec> {
    let with_spec: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];
    let known = match kind {
        Kind::Secret => &[
            "apiVersion",
            "kind",
            "metadata",
            "type",
            "immutable",
            "data",
            "stringData",
        ],
        _ => with_spec,
    };
    top.node().fields(known, &[]);
    let namespace = meta.map_or("", |meta| meta.key.namespace.as_str());
    match kind {
        Kind::Secret => core::secret(top),
        Kind::Namespace => Some(Spec::Namespace),
        Kind::GatewayClass => gateway::class(top.required("spec")?),
        Kind::Gateway => gateway::gateway(top.required("spec")?),
        Kind::HttpRoute => route::route(top.required("spec")?, namespace),
        Kind::Backend => backend::backend(top.required("spec")?, &meta?.key.name),
        Kind::Service => core::service(top.required("spec")?, &meta?.annotations),
    }
}

#[derive(Debug)]
struct Metadata {
    key: Key,
    created: Option<String>,
    annotations: BTreeMap<String, String>,
}

fn metadata(node: &Node<'_>, kind: Kind) -> Option<Metadata> {
    let known = [
        "name",
        "namespace",
        "labels",
        "annotations",
        "creationTimestamp",
    ];
    // Written by the API server into what it serves; of no meaning here.
    let served = [
        "uid",
        "resourceVersion",
        "generation",
        "managedFields",
        "ownerReferences",
        "finalizers",
        "selfLink",
    ];
    let fields = node.fields(
        &[known.as_slice(), served.as_slice()].concat(),
        &["generateName"],
    )?;
    let name = fields.required("name").and_then(checks::object_name);
    let namespace = namespace(&fields, kind);
    let created = fields.optional("creationTimestamp").map(timestamp);
    let annotations = fields
        .optional("annotations")
        .map(own_annotations)
        .unwrap_or_default();
    if let Some(labels) = fields.optional("labels").and_then(Node::entries) {
        for (_, label) in labels.iter() {
            label.text();
        }
    }
    Some(Metadata {
        key: Key::new(namespace?, name?),
        created: created.flatten(),
        annotations,
    })
}

/// The namespace: `default` where none is given, empty for kinds that have none.
fn namespace(fields: &Fields<'_>, kind: Kind) -> Option<String> {
    match fields.optional("namespace") {
        Some(node) if kind.is_cluster_wide() => {
            node.problem(format!("a {} has no namespace", kind.name()));
            None
        }
        Some(node) => checks::label(node),
        None if kind.is_cluster_wide() => Some(String::new()),
        None => Some("default".to_owned()),
    }
}

/// An RFC 3339 time in whole seconds of UTC, the only form the API server writes.
fn timestamp(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    let shape: String = text
        .chars()
        .map(|char| if char.is_ascii_digit() { '0' } else { char })
        .collect();
    if shape != "0000-00-00T00:00:00Z" {
        node.problem("must be a time of the form \"2026-01-31T12:00:00Z\"");
        return None;
    }
    Some(text.to_owned())
}

/// The annotations that are addressed to the gateway. Others may hold anything, even secrets.
fn own_annotations(node: &Node<'_>) -> BTreeMap<String, String> {
    let Some(entries) = node.entries() else {
        return BTreeMap::new();
    };
    let own = entries
        .iter()
        .filter(|(name, _)| name.starts_with("agentgateway.dev/"));
    own.filter_map(|(name, node)| Some((name.to_owned(), node.text()?.to_owned())))
        .collect()
}
