//! `dependsOn` of Flux Kustomizations.

use std::collections::BTreeMap;

use super::{Lint, Place, Severity};
use crate::config::flux::object::{name, namespace, text};
use crate::config::suggest::did_you_mean;
use crate::config::yaml::{Document, Position};

/// Namespace and name.
type Key = (String, String);

struct Edge {
    to: Key,
    at: Position,
    path: String,
}

/// What is odd in the dependencies: on itself, in a circle, or on what nothing here defines.
pub(in crate::config::flux) fn dependencies(kustomizations: &[&Document]) -> Vec<Lint> {
    let graph: BTreeMap<Key, (&Document, Vec<Edge>)> = kustomizations
        .iter()
        .map(|document| (key(document), (*document, edges(document))))
        .collect();
    let mut lints = Vec::new();
    for (from, (document, edges)) in &graph {
        for edge in edges {
            let place = || Place::of(document, edge.at, edge.path.clone());
            if edge.to == *from {
                let message = "depends on itself, so Flux never applies it";
                lints.push(Lint::new(Severity::Error, place(), message));
            } else if !graph.contains_key(&edge.to) {
                let (namespace, name) = &edge.to;
                let message = format!(
                    "depends on the Kustomization {namespace}/{name}, which nothing here defines"
                );
                let known = graph
                    .keys()
                    .filter(|key| key.0 == *namespace && *key != from);
                let remedy = did_you_mean(name, known.map(|key| key.1.as_str()));
                lints.push(Lint::new(Severity::Note, place(), message).remedy(remedy));
            }
        }
    }
    lints.extend(circles(&graph));
    lints
}

fn key(document: &Document) -> Key {
    let root = &document.root;
    (namespace(root).to_owned(), name(root).to_owned())
}

fn edges(document: &Document) -> Vec<Edge> {
    let own = namespace(&document.root);
    let list = document.root.path(&["spec", "dependsOn"]);
    let items = list.map(|list| list.items()).unwrap_or_default();
    let edge = |(index, item): (usize, _)| {
        let space = text(item, &["namespace"]);
        let space = if space.is_empty() { own } else { space };
        Edge {
            to: (space.to_owned(), text(item, &["name"]).to_owned()),
            at: item.at,
            path: format!("spec.dependsOn[{index}]"),
        }
    };
    items.iter().enumerate().map(edge).collect()
}

/// Each circle of two and more once, at its first member.
fn circles(graph: &BTreeMap<Key, (&Document, Vec<Edge>)>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for (start, (document, edges)) in graph {
        for edge in edges.iter().filter(|edge| edge.to > *start) {
            // Members before the first one are not entered: their circle was told there.
            if let Some(way) = way_back(graph, &edge.to, start) {
                let names: Vec<_> = way.iter().map(|key| key.1.as_str()).collect();
                let message = format!(
                    "depends on itself in a circle ({} → {}), so Flux never applies it",
                    start.1,
                    names.join(" → ")
                );
                let place = Place::of(document, edge.at, edge.path.clone());
                lints.push(Lint::new(Severity::Error, place, message));
            }
        }
    }
    lints
}

/// A way between two through greater ones than the end.
fn way_back<'a>(
    graph: &'a BTreeMap<Key, (&Document, Vec<Edge>)>,
    from: &'a Key,
    to: &'a Key,
) -> Option<Vec<&'a Key>> {
    let mut came_from: BTreeMap<&Key, &Key> = BTreeMap::new();
    let mut waiting = vec![from];
    while let Some(at) = waiting.pop() {
        let edges = graph.get(at).map(|(_, edges)| edges.as_slice());
        for edge in edges.unwrap_or_default() {
            if edge.to == *to {
                let mut way = vec![to, at];
                let mut last = at;
                while last != from {
                    let Some(before) = came_from.get(last) else {
                        break;
                    };
                    last = before;
                    way.push(last);
                }
                way.reverse();
                return Some(way);
            }
            if edge.to > *to && edge.to != *from && !came_from.contains_key(&edge.to) {
                came_from.insert(&edge.to, at);
                waiting.push(&edge.to);
            }
        }
    }
    None
}
