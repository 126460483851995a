//! From documents to objects.

use serde_json::Value;

use super::identify::{Identity, identify};
use super::kinds::{Body, Kind};
use super::{Object, Place, Spec};
use crate::config::resource::{ObjectMeta, Reference};
use crate::config::schema::{shape_of, validate};
use crate::config::yaml::{Document, Node, Value as Tree};
use crate::config::{Problem, rules};

/// The objects of the documents, and everything that is wrong with them.
///
/// The items of a `List` are objects of their own. A document with a problem gives no object.
/// Problems come in the order of the documents.
#[must_use]
pub fn decode(documents: &[Document]) -> (Vec<Object>, Vec<Problem>) {
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    for document in documents {
        let (places, broken) = places(document);
        problems.extend(broken);
        for place in places {
            match object(place) {
                Ok(object) => objects.push(object),
                Err(found) => problems.extend(found),
            }
        }
    }
    (objects, problems)
}

/// The document itself, or the items of the `List` that it is; a fault where it has none.
fn places(document: &Document) -> (Vec<Place>, Option<Problem>) {
    let root = &document.root;
    let text = |name| root.get(name).and_then(Node::as_str);
    if text("kind") != Some("List") || text("apiVersion") != Some("v1") {
        return (vec![Place::new(document)], None);
    }
    let items = root.get("items");
    if !items.is_some_and(|items| matches!(items.value, Tree::List(_))) {
        let found = items.map_or("nothing", Node::type_name);
        let message = format!("must be a list of objects, found {found}");
        let problem = Place::new(document).problem("List", "items", message);
        return (Vec::new(), Some(problem));
    }
    let items = items.map(Node::items).unwrap_or_default();
    let place = |item: &Node| Place::of(&document.file, document.number, item.clone());
    (items.iter().map(place).collect(), None)
}

fn object(place: Place) -> Result<Object, Vec<Problem>> {
    match identify(&place)? {
        Identity::Foreign { group, kind } => Ok(foreign(place, &group, &kind)),
        Identity::Known(kind) => known(place, kind),
    }
}

/// An object of a kind that is not served, of which nothing more than its name is read.
fn foreign(place: Place, group: &str, kind: &str) -> Object {
    let text = |name| {
        let node = place.root().path(&["metadata", name]);
        node.and_then(Node::as_str).unwrap_or_default()
    };
    Object {
        reference: Reference::new(group, kind, text("namespace"), text("name")),
        meta: ObjectMeta {
            name: text("name").to_owned(),
            ..ObjectMeta::default()
        },
        spec: Spec::Foreign,
        generation: 1,
        unimplemented: Vec::new(),
        place,
    }
}

/// An object of a kind that is read: validated, then typed, then held against its rules.
fn known(place: Place, kind: &'static Kind) -> Result<Object, Vec<Problem>> {
    let label = full_label(&place, kind);
    let found = validate(shape_of(kind), &place, &label);
    if !found.problems.is_empty() {
        return Err(found.problems);
    }
    let json = place.root().to_json();
    // The words of serde may hold values, and so secrets.
    let unreadable = |_| {
        let message = "is as its schema wants it, and still cannot be read: a fault of the gateway";
        vec![place.problem(&label, "", message)]
    };
    let meta = json.get("metadata").cloned().unwrap_or_default();
    let meta: ObjectMeta = serde_json::from_value(without_nulls(meta)).map_err(unreadable)?;
    let spec = kind.read(body(json, kind)).map_err(unreadable)?;
    let namespace = match (&meta.namespace, kind.namespaced) {
        (Some(_), false) => {
            let message = format!("a {} has no namespace", kind.name);
            return Err(vec![place.problem(&label, "metadata.namespace", message)]);
        }
        (None, false) => "",
        (None, true) => "default",
        (Some(namespace), true) => namespace,
    };
    let object = Object {
        reference: Reference::new(kind.group, kind.name, namespace, &meta.name),
        generation: meta.generation.unwrap_or(1),
        meta,
        spec,
        unimplemented: found.unimplemented,
        place,
    };
    let broken = rules::check(&object);
    if broken.is_empty() {
        Ok(object)
    } else {
        Err(broken)
    }
}

/// The typed part of an object, with no member that says nothing.
fn body(json: Value, kind: &Kind) -> Value {
    let Value::Object(mut members) = json else {
        return Value::Null;
    };
    if kind.body != Body::Top {
        let spec = members.remove("spec").filter(|spec| !spec.is_null());
        return without_nulls(spec.unwrap_or_else(|| Value::Object(serde_json::Map::new())));
    }
    for name in ["apiVersion", "kind", "metadata", "status"] {
        members.remove(name);
    }
    without_nulls(Value::Object(members))
}

/// The same without members that say nothing, which an API server takes for absent.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(name, value)| (name, without_nulls(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// The same as an object of this kind is named, which is in `default` when it does not say where.
fn full_label(place: &Place, kind: &Kind) -> String {
    let text = |name| {
        place
            .root()
            .path(&["metadata", name])
            .and_then(Node::as_str)
    };
    match (kind.namespaced, text("namespace"), text("name")) {
        (true, None, Some(name)) => format!("{} default/{name}", kind.name),
        _ => label(place),
    }
}

/// `Kind namespace/name` as far as the document tells, before anything is checked.
pub(super) fn label(place: &Place) -> String {
    let root = place.root();
    let text = |path: &[&str]| root.path(path).and_then(Node::as_str);
    let kind = text(&["kind"]).unwrap_or_default();
    match (
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"]),
    ) {
        (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
        (None, Some(name)) => format!("{kind} {name}"),
        (_, None) => kind.to_owned(),
    }
}
