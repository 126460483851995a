//! The order of precedence among matches of one hostname.

use std::cmp::Reverse;

use super::{PathMatch, RequestMatch, path::trimmed};

/// What comes first, in ascending order: the one sort key of the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) class: Class,
    /// Characters of the path or expression; a `/` at the end of a prefix is none.
    length: Reverse<usize>,
    method: Reverse<bool>,
    headers: Reverse<usize>,
    query: Reverse<usize>,
    pub(super) rule: usize,
    matched: usize,
}

/// The kinds of paths, first come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Exact,
    Regex,
    Prefix,
    /// A gRPC method of any service: less than any service, more than every path.
    AnyService,
    /// The prefix that every path has.
    Everything,
}

impl Rank {
    /// Of a match without repeated entries, by its place among rules and within its rule.
    pub(super) fn new(asked: &RequestMatch, rule: usize, matched: usize) -> Self {
        let (class, text) = match &asked.path {
            PathMatch::Exact(path) => (Class::Exact, path.as_str()),
            PathMatch::Regex(pattern) if asked.any_service => (Class::AnyService, pattern.as_str()),
            PathMatch::Regex(pattern) => (Class::Regex, pattern.as_str()),
            PathMatch::Prefix(prefix) => match trimmed(prefix) {
                "" => (Class::Everything, ""),
                prefix => (Class::Prefix, prefix),
            },
        };
        Self {
            class,
            length: Reverse(text.chars().count()),
            method: Reverse(asked.method.is_some()),
            headers: Reverse(asked.headers.len()),
            query: Reverse(asked.query.len()),
            rule,
            matched,
        }
    }
}
