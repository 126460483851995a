//! Decoding is total, and does not depend on the order of documents.

use proptest::prelude::*;

use super::kinds::KINDS;
use super::{Generations, Store, decode};
use crate::config::schema::shape_of;
use crate::config::yaml::{Document, Entry, Node, Position, Value};
use crate::config::{File, Report, yaml};

/// The names of all fields of all kinds, and a few that are none.
fn names() -> Vec<String> {
    let mut names = vec!["x".to_owned(), "${v}".to_owned(), "a.b/c".to_owned()];
    let mut open: Vec<_> = KINDS.iter().map(shape_of).collect();
    while let Some(shape) = open.pop() {
        names.extend(shape.members.keys().cloned());
        open.extend(shape.members.values());
        open.extend(shape.items.as_deref());
    }
    names.sort();
    names.dedup();
    names
}

fn node(value: Value) -> Node {
    let at = Position { line: 1, column: 1 };
    Node { value, at }
}

fn object(members: Vec<(String, Node)>) -> Node {
    let mut entries: Vec<Entry> = Vec::new();
    for (name, node) in members {
        if entries.iter().all(|entry| entry.name != name) {
            entries.push(Entry {
                name,
                at: node.at,
                node,
            });
        }
    }
    node(Value::Object(entries))
}

/// A tree of what documents hold, in any order.
fn tree() -> impl Strategy<Value = Node> {
    let text = prop_oneof![
        Just("/".to_owned()),
        Just("10s".to_owned()),
        Just("Service".to_owned()),
        Just("HTTP".to_owned()),
        Just("Exact".to_owned()),
        "[a-z*./%#]{0,6}",
        ".{0,8}",
    ];
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => (-2_i64..70_000).prop_map(|number| Value::Number(number.into())),
        1 => any::<u64>().prop_map(|number| Value::Number(number.into())),
        6 => text.prop_map(Value::String),
    ];
    leaf.prop_map(node).prop_recursive(6, 48, 5, |inner| {
        let name = prop::sample::select(names());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| node(Value::List(items))),
            prop::collection::vec((name, inner), 0..5).prop_map(object),
        ]
    })
}

/// A document of any kind, whose parts may be anything.
fn document() -> impl Strategy<Value = Document> {
    let kind = prop::sample::select((0..KINDS.len()).collect::<Vec<_>>());
    let kind = (kind, prop::option::of(tree()), tree()).prop_map(|(index, metadata, spec)| {
        let kind = &KINDS[index];
        let text = |text: &str| node(Value::String(text.to_owned()));
        let named = || object(vec![("name".to_owned(), text("x"))]);
        object(vec![
            (
                "apiVersion".to_owned(),
                text(&kind.api_versions().next().unwrap()),
            ),
            ("kind".to_owned(), text(kind.name)),
            ("metadata".to_owned(), metadata.unwrap_or_else(named)),
            ("spec".to_owned(), spec),
        ])
    });
    let any = prop_oneof![4 => kind, 1 => tree()];
    any.prop_map(|root| Document::new("f.yaml", 1, root))
}

const SET: &str = "\
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 2}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b, namespace: c}, spec: {ports: [{prot: 1}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: c, labels: {d: e}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: c}, data: {d: e}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}
---
{apiVersion: v1, kind: Sercet, metadata: {name: a}}
---
{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: b}}
";

proptest! {
    /// Fault C01: no document, whatever it holds, ends the gateway: it is an object, or its faults are told.
    #[test]
    fn any_document_is_an_object_or_has_faults(document in document()) {
        let (objects, problems) = decode(std::slice::from_ref(&document));
        let list = document.root.get("kind").and_then(Node::as_str) == Some("List");
        prop_assert!(list || objects.is_empty() != problems.is_empty());
        let told = Report::new(problems).to_string();
        prop_assert!(!told.contains("a fault of the gateway"), "{told}");
        let (store, _) = Store::new(objects, &Generations::default());
        prop_assert!(store.iter().all(|object| store.get(&object.reference) == Some(object)));
    }

    #[test]
    fn the_order_of_documents_does_not_matter(
        documents in Just(yaml::parse(&File::new("f.yaml", SET)).0).prop_shuffle()
    ) {
        let read = |documents: &[Document]| {
            let (objects, mut problems) = decode(documents);
            let (store, more) = Store::new(objects, &Generations::default());
            problems.extend(more);
            (store, Report::new(problems))
        };
        let sorted = yaml::parse(&File::new("f.yaml", SET)).0;
        prop_assert_eq!(read(&documents), read(&sorted));
    }
}
