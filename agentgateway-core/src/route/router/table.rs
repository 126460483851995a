//! The matches of one hostname, found by the path.

use std::collections::HashMap;

use crate::route::{PathMatch, path::trimmed, rank::Class};

#[cfg(test)]
use crate::route::steps;

/// Places of matches in the router's list; each list is in the order of precedence.
#[derive(Clone, Debug, Default)]
pub(in crate::route) struct Table {
    exact: HashMap<Box<str>, Vec<usize>>,
    regexes: Vec<usize>,
    prefixes: Tree,
    any_service: Vec<usize>,
    everything: Vec<usize>,
}

/// Prefixes by their segments.
#[derive(Clone, Debug, Default)]
struct Tree {
    /// The first node is the root: no segment.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    parent: Option<usize>,
    /// By the bytes of a segment, which are found faster than its characters.
    children: HashMap<Box<[u8]>, usize>,
    matches: Vec<usize>,
}

impl Table {
    /// Adds a match, after all that come before it.
    pub(super) fn insert(&mut self, at: usize, class: Class, path: &PathMatch) {
        let list = match (class, path) {
            (Class::Everything, _) => &mut self.everything,
            (Class::AnyService, _) => &mut self.any_service,
            (_, PathMatch::Exact(path)) => self.exact.entry(path.as_str().into()).or_default(),
            (_, PathMatch::Regex(_)) => &mut self.regexes,
            (_, PathMatch::Prefix(prefix)) => self.prefixes.list(trimmed(prefix)),
        };
        // A rule may name a hostname twice.
        if list.last() != Some(&at) {
            list.push(at);
        }
    }

    /// Matches that may take the path, in their order of precedence.
    ///
    /// Exact paths and prefixes do take it; an expression is yet to be asked.
    pub(super) fn candidates(&self, path: &str) -> impl Iterator<Item = usize> {
        let exact = self.exact.get(path).into_iter().flatten();
        let prefixes = self.prefixes.deepest(path).flat_map(|node| &node.matches);
        let everything = self.everything.iter();
        let absolute = path.is_empty() || path.starts_with('/');
        let everything = everything.filter(move |_| absolute);
        exact
            .chain(&self.regexes)
            .chain(prefixes)
            .chain(&self.any_service)
            .chain(everything)
            .copied()
    }
}

impl Tree {
    /// The matches of a prefix.
    fn list(&mut self, prefix: &str) -> &mut Vec<usize> {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for segment in segments(prefix) {
            let next = self.nodes.len();
            // INVARIANT: `at` is 0 or came from a child, and nodes are never taken away.
            #[expect(clippy::indexing_slicing, reason = "nodes only grow")]
            let node = &mut self.nodes[at];
            let child = *node.children.entry(segment.into()).or_insert(next);
            if child == next {
                self.nodes.push(Node {
                    parent: Some(at),
                    ..Node::default()
                });
            }
            at = child;
        }
        #[expect(clippy::indexing_slicing, reason = "nodes only grow")]
        &mut self.nodes[at].matches
    }

    /// The nodes of the prefixes of a path, from the longest to the shortest.
    ///
    /// Down by the path's segments, up by the parents: the path is read once, and no further than
    /// there are prefixes.
    fn deepest<'s>(&'s self, path: &str) -> impl Iterator<Item = &'s Node> {
        let mut deepest = self.nodes.first();
        if let Some(mut node) = deepest {
            for segment in segments(path) {
                #[cfg(test)]
                steps::one();
                let child = node.children.get(segment);
                match child.and_then(|child| self.nodes.get(*child)) {
                    Some(child) => node = child,
                    None => break,
                }
            }
            deepest = Some(node);
        }
        std::iter::successors(deepest, |node| self.nodes.get(node.parent?))
    }
}

/// What stands between the slashes; of a path that begins with one the first is empty.
fn segments(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}
