//! Whether a request meets what one match asks, and what it fails by.

use agentgateway_core::route::{
    Head, HeaderMatch, Hostname, PathMatch, QueryMatch, RequestMatch, ValueMatch,
};
use http::{HeaderValue, header::HOST};

/// What is said of a value that does not fit; it is never shown, since it may be a credential.
const OTHER: &str = "has another value than the one asked for";

/// The most specific of these hostnames that takes the host; `Some(None)` where there is none to
/// ask for.
///
/// # Source
/// Gateway API v1, `HTTPRouteSpec.hostnames`: the most characters in a matching hostname without
/// wildcard, then in any.
pub(super) fn hostname<'a>(
    hostnames: &'a [Hostname],
    host: &str,
) -> Result<Option<&'a Hostname>, String> {
    if hostnames.is_empty() {
        return Ok(None);
    }
    let fitting = hostnames.iter().filter(|name| takes_host(name, host));
    match fitting.max_by_key(|name| specificity(Some(name))) {
        Some(name) => Ok(Some(name)),
        None => {
            let names: Vec<_> = hostnames.iter().map(ToString::to_string).collect();
            Err(format!("host {host:?} is not {}", names.join(" or ")))
        }
    }
}

/// Whether a hostname takes a host: the same name, or one with labels before a wildcard's.
pub(super) fn takes_host(name: &Hostname, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    match name {
        Hostname::Exact(name) => *name == host,
        Hostname::Wildcard(suffix) => host.ends_with(suffix.as_str()) && host.len() > suffix.len(),
    }
}

/// What decides between hostnames: the greater comes first.
pub(super) fn specificity(name: Option<&Hostname>) -> (u8, usize) {
    match name {
        Some(Hostname::Exact(name)) => (2, name.len()),
        Some(Hostname::Wildcard(suffix)) => (1, suffix.len()),
        None => (0, 0),
    }
}

/// The method that a preflight asks leave for; `None` for what is no preflight.
pub(super) fn preflight<'a>(head: &Head<'a>) -> Option<&'a str> {
    let field = |name: &str| head.headers.get(name);
    let asked = field("access-control-request-method")?;
    let is_one = head.method.as_str() == "OPTIONS" && field("origin").is_some();
    is_one.then(|| asked.to_str().unwrap_or("something"))
}

/// Everything that a request does not meet.
pub(super) fn unmet(asked: &RequestMatch, head: &Head<'_>) -> Vec<String> {
    let mut reasons = Vec::new();
    reasons.extend(path(&asked.path, head.path));
    if let Some(method) = &asked.method
        && method != head.method
    {
        reasons.push(format!("method {} is not {method}", head.method));
    }
    reasons.extend(headers(asked).filter_map(|asked| header(asked, head)));
    reasons.extend(parameters(asked).filter_map(|asked| parameter(asked, head)));
    reasons
}

/// The headers that count: of each name the first.
pub(super) fn headers(asked: &RequestMatch) -> impl Iterator<Item = &HeaderMatch> {
    let all = asked.headers.iter().enumerate();
    all.filter(|(at, this)| {
        let before = asked.headers.iter().take(*at);
        before.into_iter().all(|other| other.name != this.name)
    })
    .map(|(_, this)| this)
}

/// The parameters that count: of each name the first.
pub(super) fn parameters(asked: &RequestMatch) -> impl Iterator<Item = &QueryMatch> {
    let all = asked.query.iter().enumerate();
    all.filter(|(at, this)| {
        let before = asked.query.iter().take(*at);
        before.into_iter().all(|other| other.name != this.name)
    })
    .map(|(_, this)| this)
}

fn path(asked: &PathMatch, path: &str) -> Option<String> {
    match asked {
        PathMatch::Exact(value) if value == path => None,
        PathMatch::Exact(value) if value.eq_ignore_ascii_case(path) => Some(format!(
            "path {path:?} is not {value:?}: paths are case-sensitive"
        )),
        PathMatch::Exact(value) => Some(format!("path {path:?} is not {value:?}")),
        PathMatch::Regex(pattern) if pattern.matches(path) => None,
        PathMatch::Regex(pattern) => Some(format!(
            "path {path:?} as a whole does not match the expression {:?}",
            pattern.as_str()
        )),
        PathMatch::Prefix(prefix) => below(prefix, path),
    }
}

fn below(prefix: &str, path: &str) -> Option<String> {
    let whole = prefix.strip_suffix('/').unwrap_or(prefix);
    let same = |a: &[&str], b: &[&str]| a.len() >= b.len() && a.iter().zip(b).all(|(a, b)| a == b);
    // A prefix is compared segment by segment, and a `/` at its end says nothing.
    let (asked, segments): (Vec<_>, Vec<_>) =
        (whole.split('/').collect(), path.split('/').collect());
    if same(&segments, &asked) {
        return None;
    }
    Some(if path.starts_with(whole) {
        format!("path {path:?} begins with {whole:?}, but not as whole segments")
    } else if path
        .to_ascii_lowercase()
        .starts_with(&whole.to_ascii_lowercase())
    {
        format!("path {path:?} is not below {whole:?}: paths are case-sensitive")
    } else {
        format!("path {path:?} is not below {whole:?}")
    })
}

fn header(asked: &HeaderMatch, head: &Head<'_>) -> Option<String> {
    let mut fields = Vec::new();
    match head.authority {
        // HTTP/2 has no other way to say it.
        Some(authority) if asked.name == HOST => fields.push(authority.as_bytes()),
        _ => fields.extend(
            head.headers
                .get_all(&asked.name)
                .iter()
                .map(HeaderValue::as_bytes),
        ),
    }
    if fields.is_empty() {
        return Some(format!("header {} is missing", asked.name));
    }
    let found = fields.join(&b","[..]);
    if meets(&asked.value, &found) {
        return None;
    }
    Some(format!("header {} {OTHER}", asked.name))
}

fn parameter(asked: &QueryMatch, head: &Head<'_>) -> Option<String> {
    let parts = head.query.unwrap_or_default().split('&');
    let pairs = parts.filter(|part| !part.is_empty()).map(|part| {
        let mut sides = part.splitn(2, '=');
        let mut side = || decode(sides.next().unwrap_or_default());
        (side(), side())
    });
    let mut named = pairs.filter(|(name, _)| name == asked.name.as_bytes());
    let Some((_, found)) = named.next() else {
        return Some(format!("query parameter {:?} is missing", asked.name));
    };
    if meets(&asked.value, &found) {
        return None;
    }
    Some(format!("query parameter {:?} {OTHER}", asked.name))
}

fn meets(asked: &ValueMatch, found: &[u8]) -> bool {
    match asked {
        ValueMatch::Exact(value) => value.as_bytes() == found,
        ValueMatch::Regex(pattern) => {
            std::str::from_utf8(found).is_ok_and(|found| pattern.matches(found))
        }
    }
}

/// `+` and `%` of a form, decoded.
fn decode(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).collect()
}

/// What a match asks for, in words.
pub(super) fn words(hostname: Option<&Hostname>, asked: &RequestMatch) -> String {
    let mut words = Vec::new();
    words.extend(hostname.map(|name| format!("host {name}")));
    words.push(match &asked.path {
        PathMatch::Exact(path) => format!("path {path}"),
        PathMatch::Prefix(path) => format!("path below {path}"),
        PathMatch::Regex(pattern) => format!("path like {}", pattern.as_str()),
    });
    words.extend(
        asked
            .method
            .as_ref()
            .map(|method| format!("method {method}")),
    );
    words.extend(headers(asked).map(|header| format!("header {}", header.name)));
    words.extend(parameters(asked).map(|query| format!("parameter {}", query.name)));
    words.join(", ")
}
