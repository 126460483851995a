use std::borrow::Cow;

use http::{HeaderValue, Request, Uri, header::HOST, uri};

use crate::route::{PathMatch, path};

/// What becomes of a path.
///
/// Characters of the replacement that cannot stand in a path are percent-encoded, `?` and `#` among
/// them; what is encoded already stays. A replacement that does not begin with `/` is given one.
///
/// # Source
/// Gateway API v1, `HTTPPathModifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two types")]
pub enum PathEdit {
    /// This path instead.
    Full(String),
    /// This in the place of the matched prefix.
    Prefix(String),
}

/// Another host or path upstream.
///
/// # Source
/// Gateway API v1, `HTTPURLRewriteFilter`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewrite {
    /// The `Host` upstream; `None` keeps the request's.
    pub hostname: Option<String>,
    /// The path upstream; `None` keeps the request's.
    pub path: Option<PathEdit>,
}

impl PathEdit {
    /// The path after the edit, for a request that `matched` took.
    ///
    /// A prefix is replaced only where a prefix matched; else the path stays.
    ///
    /// # Source
    /// Gateway API v1, `HTTPPathModifier.replacePrefixMatch`.
    #[must_use]
    pub fn apply<'a>(&'a self, path: &'a str, matched: &PathMatch) -> Cow<'a, str> {
        let (replacement, prefix) = match (self, matched) {
            (Self::Full(full), _) => return absolute(full),
            (Self::Prefix(replacement), PathMatch::Prefix(prefix)) => (replacement, prefix),
            (Self::Prefix(_), PathMatch::Exact(_) | PathMatch::Regex(_)) => {
                return Cow::Borrowed(path);
            }
        };
        match path::below(prefix, path) {
            None => Cow::Borrowed(path),
            Some("") => absolute(replacement),
            Some(rest) => match path::trimmed(replacement) {
                "" => Cow::Borrowed(rest),
                replacement => absolute(replacement) + rest,
            },
        }
    }
}

impl Rewrite {
    /// Rewrites a request that `matched` took. The query stays.
    ///
    /// The host is set in `Host`, and in the request's target where it names one. A hostname that is
    /// none, which no manifest can hold, changes nothing.
    pub fn apply<B>(&self, request: &mut Request<B>, matched: &PathMatch) {
        if let Some(edit) = &self.path {
            let before = request.uri();
            let path = edit.apply(before.path(), matched);
            if path != before.path() {
                let target = match before.query() {
                    Some(query) => format!("{path}?{query}"),
                    None => path.into_owned(),
                };
                if let Ok(target) = target.parse() {
                    set(request, |parts| parts.path_and_query = Some(target));
                }
            }
        }
        if let Some(hostname) = &self.hostname {
            let value = HeaderValue::try_from(hostname);
            if let (Ok(authority), Ok(value)) = (hostname.parse(), value) {
                if request.uri().authority().is_some() {
                    set(request, |parts| parts.authority = Some(authority));
                }
                request.headers_mut().insert(HOST, value);
            }
        }
    }
}

/// Changes the parts of a request's target; what would be none stays as it was.
fn set<B>(request: &mut Request<B>, change: impl FnOnce(&mut uri::Parts)) {
    let mut parts = request.uri().clone().into_parts();
    change(&mut parts);
    // The target of CONNECT is an authority alone: with a path it is refused here, and stays.
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// The replacement as a path that a request can have.
fn absolute(path: &str) -> Cow<'_, str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(byte);
    if path.starts_with('/') && path.bytes().all(|byte| plain(&byte)) {
        return Cow::Borrowed(path);
    }
    let mut absolute = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        absolute.push('/');
    }
    for byte in path.bytes() {
        if plain(&byte) {
            absolute.push(byte.into());
        } else {
            let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
            let digits = [digit(byte >> 4), digit(byte & 15)];
            absolute.push('%');
            absolute.extend(digits.map(|digit| digit.to_ascii_uppercase()));
        }
    }
    Cow::Owned(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_prefix_as_the_specification_lists() {
        let cases = [
            ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
            ("/foo", "/foo", "/xyz", "/xyz"),
            ("/foo/", "/foo", "/xyz", "/xyz/"),
            ("/foo/bar", "/foo", "", "/bar"),
            ("/foo/", "/foo", "", "/"),
            ("/foo", "/foo", "", "/"),
            ("/foo/", "/foo", "/", "/"),
            ("/foo", "/foo", "/", "/"),
            ("/foo", "/", "/xyz", "/xyz/foo"),
            ("/", "/", "/xyz", "/xyz/"),
            ("/other", "/foo", "/xyz", "/other"),
            ("/foo/bar", "/foo", "xyz", "/xyz/bar"),
            ("/foo/bar", "/foo", "/a b?c", "/a%20b%3Fc/bar"),
        ];
        for (path, prefix, replacement, expected) in cases {
            let edit = PathEdit::Prefix(replacement.into());
            let prefix = PathMatch::Prefix(prefix.into());
            assert_eq!(edit.apply(path, &prefix), expected, "{path} {replacement}");
        }
    }

    #[test]
    fn a_full_path_replaces_any_and_a_prefix_only_a_prefix() {
        let exact = PathMatch::Exact("/a".into());
        for (full, expected) in [
            ("/b", "/b"),
            ("", "/"),
            ("b%20c", "/b%20c"),
            ("/\u{e9}#", "/%C3%A9%23"),
        ] {
            assert_eq!(PathEdit::Full(full.into()).apply("/a", &exact), expected);
        }
        assert_eq!(PathEdit::Prefix("/b".into()).apply("/a", &exact), "/a");
    }

    #[test]
    fn rewrites_host_and_path_and_keeps_the_query() {
        let cases = [
            (Some("b.com"), None, "/a/x?q", "/a/x?q", Some("b.com")),
            (None, Some("/n"), "/a/x?q=%20", "/n/x?q=%20", Some("h")),
            (
                Some("b.com"),
                Some("/n"),
                "http://h:81/a?",
                "http://b.com/n?",
                Some("b.com"),
            ),
            (
                Some("b c"),
                Some("/n"),
                "http://h:81/a",
                "http://h:81/n",
                Some("h"),
            ),
            (Some("b.com"), Some("/n"), "h:81", "b.com", Some("b.com")),
            (None, Some("/n"), "/a", "/n", Some("h")),
        ];
        for (hostname, path, target, expected, host) in cases {
            let rewrite = Rewrite {
                hostname: hostname.map(str::to_owned),
                path: path.map(|path| PathEdit::Prefix(path.to_owned())),
            };
            let mut request = Request::get(target).header("host", "h").body(()).unwrap();
            rewrite.apply(&mut request, &PathMatch::Prefix("/a".into()));
            assert_eq!(request.uri(), expected, "{target}");
            let seen = request
                .headers()
                .get(HOST)
                .map(|host| host.to_str().unwrap());
            assert_eq!(seen, host);
        }
    }
}
