//! The third opinion: a matcher over the words of the scene, without a type of the product.

use std::cmp::Reverse;

use crate::scene::{Ask, EXPRESSIONS, Matched, Pathed, Ruled, Scene, Valued, WORDS, name};

/// The order of matches, the least first: host, path, method, headers, parameters, place.
type Key = (
    Reverse<(bool, usize)>,
    u8,
    Reverse<usize>,
    Reverse<bool>,
    Reverse<usize>,
    Reverse<usize>,
    usize,
    usize,
);

/// The name of the rule that takes a request.
pub(crate) fn taken(scene: &Scene, ask: &Ask) -> Option<String> {
    let listener = listener(scene, ask)?;
    let best = all(scene, listener, ask).into_iter().min()?;
    Some(format!("HTTPRoute ns/{}", name(listener, best.6)))
}

/// How many matches would take it.
pub(crate) fn takers(scene: &Scene, ask: &Ask) -> usize {
    listener(scene, ask).map_or(0, |listener| all(scene, listener, ask).len())
}

fn listener(scene: &Scene, ask: &Ask) -> Option<usize> {
    let names = scene.listeners.iter().map(|(name, _)| *name).enumerate();
    let fitting = names.filter(|(_, name)| name.is_none_or(|name| is_host(name, ask.host)));
    let best =
        fitting.max_by_key(|(_, name)| name.map(|name| (!name.starts_with('*'), name.len())));
    best.map(|(at, _)| at)
}

fn is_host(name: &str, host: &str) -> bool {
    let host = host.to_lowercase();
    match name.strip_prefix('*') {
        Some(end) => host.len() > end.len() && host.ends_with(end),
        None => host == name,
    }
}

fn all(scene: &Scene, listener: usize, ask: &Ask) -> Vec<Key> {
    let mut keys = Vec::new();
    for (r, rule) in scene.listeners[listener].1.iter().enumerate() {
        let Some(host) = host(rule, ask) else {
            continue;
        };
        for (m, matched) in rule.matches.iter().enumerate() {
            if is_taken(matched, ask) {
                let (kind, length) = path(&matched.path);
                let headers = first_of_each(&matched.headers).len();
                let query = first_of_each(&matched.query).len();
                keys.push((
                    Reverse(host),
                    kind,
                    Reverse(length),
                    Reverse(matched.method.is_some()),
                    Reverse(headers),
                    Reverse(query),
                    r,
                    m,
                ));
            }
        }
    }
    keys
}

fn host(rule: &Ruled, ask: &Ask) -> Option<(bool, usize)> {
    if rule.hostnames.is_empty() {
        return Some((false, 0));
    }
    let fitting = rule.hostnames.iter().filter(|name| is_host(name, ask.host));
    fitting
        .map(|name| (!name.starts_with('*'), name.len()))
        .max()
}

fn path(path: &Pathed) -> (u8, usize) {
    match path {
        Pathed::Exact(path) => (0, path.len()),
        Pathed::Regex(at) => (1, EXPRESSIONS[*at].0.len()),
        Pathed::Prefix(path) => match path.trim_end_matches('/') {
            "" => (4, 0),
            path => (2, path.len()),
        },
        Pathed::Calls {
            service,
            method,
            regex,
        } => {
            let text = |word: &Option<usize>| word.map(|at| WORDS[at].0);
            calls(text(service), text(method), *regex)
        }
    }
}

/// Calls of any service come behind all prefixes, and before every path.
fn calls(service: Option<&str>, method: Option<&str>, regex: bool) -> (u8, usize) {
    let any = "[^/]+";
    let kind = if service.is_some() { 1 } else { 3 };
    match (service, method) {
        (None, None) => (4, 0),
        _ if regex => {
            let (service, method) = (service.unwrap_or(any), method.unwrap_or(any));
            (kind, format!("/(?:{service})/(?:{method})").len())
        }
        (Some(service), Some(method)) => (0, format!("/{service}/{method}").len()),
        (Some(service), None) => (2, format!("/{service}").len()),
        (None, Some(method)) => (kind, format!("/{any}/{method}").len()),
    }
}

fn is_call(path: &str, service: Option<usize>, method: Option<usize>) -> bool {
    let Some((first, second)) = path[1..].split_once('/') else {
        return false;
    };
    let is = |asked: Option<usize>, word: &str| match asked {
        Some(at) => WORDS[at].1(word),
        None => !word.is_empty() && !word.contains('/'),
    };
    is(service, first) && is(method, second)
}

fn is_below(path: &str, prefix: &str) -> bool {
    format!("{path}/").starts_with(&format!("{prefix}/"))
}

fn is_taken(matched: &Matched, ask: &Ask) -> bool {
    let path = match &matched.path {
        Pathed::Exact(path) => *path == ask.path,
        Pathed::Regex(at) => EXPRESSIONS[*at].1(&ask.path),
        Pathed::Prefix(prefix) => is_below(&ask.path, prefix.trim_end_matches('/')),
        Pathed::Calls {
            service: None,
            method: None,
            ..
        } => true,
        Pathed::Calls {
            service: Some(at),
            method: None,
            regex: false,
        } => is_below(&ask.path, &format!("/{}", WORDS[*at].0)),
        Pathed::Calls {
            service, method, ..
        } => is_call(&ask.path, *service, *method),
    };
    let header = |name: &str| {
        let all = ask.headers.iter().filter(|(other, _)| *other == name);
        let all: Vec<_> = all.map(|(_, value)| *value).collect();
        (!all.is_empty()).then(|| all.join(","))
    };
    let parameter = |name: &str| {
        let all = ask.parameters.iter().find(|(other, _)| *other == name);
        all.map(|(_, value)| (*value).to_owned())
    };
    path && matched.method.is_none_or(|method| method == ask.method)
        && first_of_each(&matched.headers)
            .iter()
            .all(|(name, value)| is_value(*value, header(name)))
        && first_of_each(&matched.query)
            .iter()
            .all(|(name, value)| is_value(*value, parameter(name)))
}

fn first_of_each(entries: &[(&'static str, Valued)]) -> Vec<(&'static str, Valued)> {
    let mut kept: Vec<(&'static str, Valued)> = Vec::new();
    for entry in entries {
        if !kept.iter().any(|other| other.0 == entry.0) {
            kept.push(*entry);
        }
    }
    kept
}

fn is_value(asked: Valued, found: Option<String>) -> bool {
    found.is_some_and(|found| match asked {
        Valued::Exact(value) => value == found,
        Valued::Regex => !found.is_empty() && found.chars().all(|c| c == 'a' || c == 'b'),
    })
}
