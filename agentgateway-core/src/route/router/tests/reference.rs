//! The router beside a matcher that is written from the specification's text, tries every triple of
//! rule, match and hostname, and shares no code with it but the values.

use std::{cell::RefCell, cmp::Ordering, collections::HashMap};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::{prelude::*, sample::select};

use crate::route::*;

#[derive(Clone, Debug)]
struct Rule {
    hostnames: Vec<String>,
    matches: Vec<Ask>,
}

#[derive(Clone, Debug)]
struct Ask {
    path: (Kind, &'static str),
    method: Option<&'static str>,
    headers: Vec<(&'static str, Kind, &'static str)>,
    query: Vec<(&'static str, Kind, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Exact,
    Prefix,
    Regex,
}

#[derive(Clone, Debug)]
struct Sent {
    host: String,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    query: Vec<(&'static str, &'static str)>,
}

// === the reference ===

/// The rule and the match of the triple that comes first among those that match.
fn reference(rules: &[Rule], sent: &Sent) -> Option<(usize, usize)> {
    let mut triples: Vec<(&str, usize, usize, &Ask)> = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        for (at, ask) in rule.matches.iter().enumerate() {
            if rule.hostnames.is_empty() {
                triples.push(("", number, at, ask));
            }
            for hostname in &rule.hostnames {
                triples.push((hostname, number, at, ask));
            }
        }
    }
    triples.retain(|(hostname, _, _, ask)| host_takes(hostname, &sent.host) && takes(ask, sent));
    triples.sort_by(|a, b| {
        by_host(a.0, b.0)
            .then_with(|| by_match(a.3, b.3))
            .then((a.1, a.2).cmp(&(b.1, b.2)))
    });
    triples.first().map(|first| (first.1, first.2))
}

fn host_takes(hostname: &str, host: &str) -> bool {
    match hostname.strip_prefix('*') {
        _ if hostname.is_empty() => true,
        Some(suffix) => host.ends_with(suffix) && host != suffix,
        None => hostname == host,
    }
}

fn takes(ask: &Ask, sent: &Sent) -> bool {
    let path = match ask.path.0 {
        Kind::Exact => ask.path.1 == sent.path,
        Kind::Regex => whole(ask.path.1, &sent.path),
        Kind::Prefix => {
            let mut wanted: Vec<&str> = ask.path.1.split('/').collect();
            if wanted.len() > 1 && wanted.last() == Some(&"") {
                wanted.pop();
            }
            let segments: Vec<&str> = sent.path.split('/').collect();
            segments.len() >= wanted.len() && segments[..wanted.len()] == wanted[..]
        }
    };
    path && ask.method.is_none_or(|method| method == sent.method)
        && first_of_each(&ask.headers)
            .iter()
            .all(|(name, kind, value)| {
                let fields: Vec<&str> = all(&sent.headers, name);
                !fields.is_empty() && is(*kind, value, &fields.join(","))
            })
        && first_of_each(&ask.query).iter().all(|(name, kind, value)| {
            let values = all(&sent.query, name);
            values.first().is_some_and(|first| is(*kind, value, first))
        })
}

fn all<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Vec<&'a str> {
    let named = pairs.iter().filter(|pair| pair.0 == name);
    named.map(|pair| pair.1).collect()
}

fn is(kind: Kind, asked: &str, value: &str) -> bool {
    match kind {
        Kind::Exact | Kind::Prefix => asked == value,
        Kind::Regex => whole(asked, value),
    }
}

fn whole(expression: &str, value: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, ::regex::Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        let compile = || ::regex::Regex::new(&format!("\\A({expression})\\z")).unwrap();
        let regex = compiled
            .entry(expression.to_owned())
            .or_insert_with(compile);
        regex.is_match(value)
    })
}

fn first_of_each(
    entries: &[(&'static str, Kind, &'static str)],
) -> Vec<(&'static str, Kind, &'static str)> {
    let mut kept: Vec<(&str, Kind, &str)> = Vec::new();
    for entry in entries {
        if !kept.iter().any(|known| known.0 == entry.0) {
            kept.push(*entry);
        }
    }
    kept
}

/// "Characters in a matching non-wildcard hostname, then characters in a matching hostname."
fn by_host(a: &str, b: &str) -> Ordering {
    let plain = |name: &str| if name.starts_with('*') { 0 } else { name.len() };
    plain(b).cmp(&plain(a)).then(b.len().cmp(&a.len()))
}

/// Exact path, expression, most characters in a prefix, a method, most headers, most parameters.
fn by_match(a: &Ask, b: &Ask) -> Ordering {
    let exact = |ask: &Ask| ask.path.0 == Kind::Exact;
    let regex = |ask: &Ask| ask.path.0 == Kind::Regex;
    // "A trailing `/` is ignored."
    let size = |ask: &Ask| match ask.path {
        (Kind::Prefix, path) => path.strip_suffix('/').unwrap_or(path).chars().count(),
        (_, path) => path.chars().count(),
    };
    (exact(b).cmp(&exact(a)))
        .then(regex(b).cmp(&regex(a)))
        .then(size(b).cmp(&size(a)))
        .then(b.method.is_some().cmp(&a.method.is_some()))
        .then(
            first_of_each(&b.headers)
                .len()
                .cmp(&first_of_each(&a.headers).len()),
        )
        .then(
            first_of_each(&b.query)
                .len()
                .cmp(&first_of_each(&a.query).len()),
        )
}

// === the router of the same rules ===

fn router(rules: &[Rule]) -> Router<usize> {
    let mut builder = Router::builder();
    for (number, rule) in rules.iter().enumerate() {
        let names = rule
            .hostnames
            .iter()
            .map(|name| Hostname::parse(name).unwrap());
        let matches = rule.matches.iter().map(request_match);
        builder = builder.route(names.collect(), matches.collect(), number);
    }
    builder.build()
}

fn request_match(ask: &Ask) -> RequestMatch {
    let value = |kind, text: &str| match kind {
        Kind::Regex => ValueMatch::Regex(Pattern::new(text).unwrap()),
        Kind::Exact | Kind::Prefix => ValueMatch::Exact(text.to_owned()),
    };
    let text = ask.path.1.to_owned();
    let path = match ask.path.0 {
        Kind::Exact => PathMatch::Exact(text),
        Kind::Prefix => PathMatch::Prefix(text),
        Kind::Regex => PathMatch::Regex(Pattern::new(&text).unwrap()),
    };
    let headers = ask.headers.iter().map(|(name, kind, text)| HeaderMatch {
        name: HeaderName::from_static(name),
        value: value(*kind, text),
    });
    let query = ask.query.iter().map(|(name, kind, text)| QueryMatch {
        name: (*name).to_owned(),
        value: value(*kind, text),
    });
    RequestMatch {
        path,
        method: ask.method.map(|method| method.parse().unwrap()),
        headers: headers.collect(),
        query: query.collect(),
        ..RequestMatch::default()
    }
}

// === what is tried ===

// Of each kind a few values are common, so that many rules take one request.

fn hostname() -> impl Strategy<Value = String> {
    const NAMES: [&str; 5] = ["a.com", "b.a.com", "c.b.a.com", "b.com", "com"];
    (select(&NAMES[..]), any::<bool>()).prop_map(|(name, wild)| match wild {
        true => format!("*.{name}"),
        false => name.to_owned(),
    })
}

fn path() -> impl Strategy<Value = (Kind, &'static str)> {
    const PATHS: &[&str] = &[
        "/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/ab", "//", "/a//b", "/A", "/é",
    ];
    const REGEXES: &[&str] = &["/a.*", "/[a-c]/b", ".*", "/a|/a/b", "/a/b/c/?"];
    prop_oneof![
        4 => select(&["/", "/a"][..]).prop_map(|path| (Kind::Prefix, path)),
        2 => select(PATHS).prop_map(|path| (Kind::Exact, path)),
        4 => select(PATHS).prop_map(|path| (Kind::Prefix, path)),
        1 => select(REGEXES).prop_map(|path| (Kind::Regex, path)),
    ]
}

fn entries(
    names: &'static [&'static str],
) -> impl Strategy<Value = Vec<(&'static str, Kind, &'static str)>> {
    let value = prop_oneof![
        6 => Just((Kind::Exact, "1")),
        2 => select(&["2", "1,2", ""][..]).prop_map(|value| (Kind::Exact, value)),
        2 => select(&["1|2", "[0-9,]+"][..]).prop_map(|value| (Kind::Regex, value)),
    ];
    let entry = (select(names), value).prop_map(|(name, (kind, value))| (name, kind, value));
    prop_oneof![1 => Just(Vec::new()), 1 => prop::collection::vec(entry, 1..4)]
}

fn method() -> impl Strategy<Value = &'static str> {
    select(&["GET", "POST"][..])
}

prop_compose! {
    fn ask()(
        path in path(),
        method in prop_oneof![2 => Just(None), 1 => method().prop_map(Some)],
        headers in entries(&["x", "y"]),
        query in entries(&["q", "r"]),
    ) -> Ask {
        Ask { path, method, headers, query }
    }
}

prop_compose! {
    fn rule()(
        hostnames in prop_oneof![Just(vec![]), prop::collection::vec(hostname(), 1..3)],
        matches in prop::collection::vec(ask(), 1..4),
    ) -> Rule {
        Rule { hostnames, matches }
    }
}

prop_compose! {
    fn sent()(
        host in prop_oneof![
            4 => hostname().prop_map(|name| name.replace('*', "x")),
            1 => select(&["", "com", "x.com", "10.0.0.1", ".a.com"][..]).prop_map(str::to_owned),
        ],
        method in method(),
        path in prop::collection::vec(select(&["a", "b", "c", "ab", "", "A", "é"][..]), 0..5)
            .prop_map(|segments| format!("/{}", segments.join("/"))),
        headers in pairs(&["x", "y"]),
        query in pairs(&["q", "r"]),
    ) -> Sent {
        Sent { host, method, path, headers, query }
    }
}

fn pairs(
    names: &'static [&'static str],
) -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let value = prop_oneof![4 => Just("1"), 1 => Just("2"), 1 => Just("")];
    prop::collection::vec((select(names), value), 0..4)
}

proptest! {
    // 500 configurations with 20 requests each.
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_the_specification_says(
        rules in prop::collection::vec(rule(), 1..12),
        requests in prop::collection::vec(sent(), 20),
    ) {
        let router = router(&rules);
        for sent in &requests {
            let mut headers = HeaderMap::new();
            for (name, value) in &sent.headers {
                headers.append(*name, HeaderValue::from_static(value));
            }
            let query = sent.query.iter().map(|(name, value)| format!("{name}={value}"));
            let query = query.collect::<Vec<_>>().join("&");
            let head = Head {
                host: &sent.host,
                authority: None,
                method: &sent.method.parse::<Method>().unwrap(),
                path: &sent.path,
                query: (!query.is_empty()).then_some(query.as_str()),
                headers: &headers,
            };
            let found = router.find(&head);
            let expected = reference(&rules, sent);
            prop_assert_eq!(found.map(|found| *found.value), expected.map(|found| found.0));
            if let (Some(found), Some((rule, at))) = (found, expected) {
                prop_assert_eq!(found.path(), &request_match(&rules[rule].matches[at]).path);
            }
        }
    }
}
