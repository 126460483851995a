//! Which of two matches that both take a request comes first, and by which rule.

use std::cmp::Ordering;

use agentgateway_core::route::{Hostname, PathMatch, RequestMatch};

use super::asked;

/// A match that takes the request, with what decides about its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker<'a> {
    pub(super) hostname: Option<&'a Hostname>,
    pub(super) asked: &'a RequestMatch,
    /// The rule's place among all, then that of the match in its rule.
    pub(super) place: (usize, usize),
}

/// `Less` where `a` comes first; and why.
///
/// # Source
/// Gateway API v1, `HTTPRouteSpec.hostnames` and `HTTPRouteRule.matches`; `GRPCRouteRule.matches`.
pub(super) fn compare(a: &Taker<'_>, b: &Taker<'_>) -> (Ordering, String) {
    let hosts = (
        asked::specificity(a.hostname),
        asked::specificity(b.hostname),
    );
    if hosts.0 != hosts.1 {
        let name =
            |name: Option<&Hostname>| name.map_or("no hostname".to_owned(), |n| n.to_string());
        let (first, second) = ordered(hosts.0 > hosts.1, name(a.hostname), name(b.hostname));
        return (
            hosts.1.cmp(&hosts.0),
            format!("hostname {first} is more specific than {second}"),
        );
    }
    let kinds = (kind(a), kind(b));
    if kinds.0 != kinds.1 {
        let (first, second) = ordered(kinds.0 < kinds.1, kinds.0.1, kinds.1.1);
        return (
            kinds.0.0.cmp(&kinds.1.0),
            format!("{first} comes before {second}"),
        );
    }
    let counts: [(&str, fn(&RequestMatch) -> usize); 4] = [
        ("characters of path", |asked| {
            text(&asked.path).chars().count()
        }),
        ("method asked for", |asked| {
            usize::from(asked.method.is_some())
        }),
        ("headers asked for", |asked| asked::headers(asked).count()),
        ("query parameters asked for", |asked| {
            asked::parameters(asked).count()
        }),
    ];
    for (what, count) in counts {
        let (of_a, of_b) = (count(a.asked), count(b.asked));
        if of_a != of_b {
            let (more, less) = ordered(of_a > of_b, of_a, of_b);
            return (of_b.cmp(&of_a), format!("{what}: {more} against {less}"));
        }
    }
    let why = if a.place.0 == b.place.0 {
        "an earlier match of the same rule asks for as much"
    } else {
        "an older route, or one before it by name, or an earlier rule, asks for as much"
    };
    (a.place.cmp(&b.place), why.to_owned())
}

fn ordered<T>(keep: bool, a: T, b: T) -> (T, T) {
    if keep { (a, b) } else { (b, a) }
}

/// The kind of the path: the lesser comes first.
fn kind(taker: &Taker<'_>) -> (u8, &'static str) {
    match &taker.asked.path {
        PathMatch::Exact(_) => (0, "an exact path"),
        // A gRPC method without its service names fewer characters of a service than any service.
        PathMatch::Regex(_) if taker.asked.is_any_service() => (3, "a method of any service"),
        PathMatch::Regex(_) => (1, "an expression"),
        PathMatch::Prefix(prefix) if matches!(prefix.as_str(), "" | "/") => (4, "every path"),
        PathMatch::Prefix(_) => (2, "a prefix"),
    }
}

/// What counts by its characters: the `/` at the end of a prefix says nothing.
fn text(path: &PathMatch) -> &str {
    match path {
        PathMatch::Exact(text) => text,
        PathMatch::Prefix(prefix) => prefix.strip_suffix('/').unwrap_or(prefix),
        PathMatch::Regex(pattern) => pattern.as_str(),
    }
}
