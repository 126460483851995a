//! Path matches and the rewriting of a matched prefix.

use std::borrow::Cow;
use std::cmp::Reverse;

/// Which paths a route takes.
///
/// # Source
/// Gateway API v1, `HTTPPathMatch`: case-sensitive; a prefix matches whole segments, and a `/` at
/// its end says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathMatch {
    /// This path alone.
    Exact(String),
    /// This path and all below it.
    Prefix(String),
}

impl PathMatch {
    /// Whether this takes the path, which is as it was sent, without the query.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(value) => path == value,
            Self::Prefix(_) => self.below(path).is_some(),
        }
    }

    /// What follows the prefix in a path that matches: empty, or from a `/` on.
    fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        let Self::Prefix(prefix) = self else {
            return None;
        };
        let rest = path.strip_prefix(trimmed(prefix))?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// The path with its matched prefix replaced; unchanged when this is no prefix of it.
    #[must_use]
    pub fn replace<'a>(&self, path: &'a str, replacement: &str) -> Cow<'a, str> {
        match self.below(path) {
            None => Cow::Borrowed(path),
            Some("") if replacement.is_empty() => Cow::Borrowed("/"),
            Some("") => Cow::Owned(replacement.to_owned()),
            Some(rest) => Cow::Owned(format!("{}{rest}", trimmed(replacement))),
        }
    }

    /// The order of precedence: exact before prefix, then the longer.
    pub(in crate::config::old) fn precedence(&self) -> (bool, Reverse<usize>) {
        match self {
            Self::Exact(value) => (false, Reverse(value.chars().count())),
            Self::Prefix(value) => (true, Reverse(value.chars().count())),
        }
    }
}

fn trimmed(prefix: &str) -> &str {
    prefix.strip_suffix('/').unwrap_or(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_matches_whole_segments() {
        for prefix in ["/abc", "/abc/"] {
            let prefix = PathMatch::Prefix(prefix.into());
            for path in ["/abc", "/abc/", "/abc/def"] {
                assert!(prefix.matches(path), "{path}");
            }
            for path in ["/abcd", "/ab", "/", "", "/ABC"] {
                assert!(!prefix.matches(path), "{path}");
            }
        }
        assert!(PathMatch::Prefix("/".into()).matches("/anything"));
        assert!(PathMatch::Exact("/a".into()).matches("/a"));
        assert!(!PathMatch::Exact("/a".into()).matches("/a/"));
    }

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
            ("/other", "/foo", "/xyz", "/other"),
        ];
        for (path, prefix, replacement, expected) in cases {
            let prefix = PathMatch::Prefix(prefix.into());
            assert_eq!(
                prefix.replace(path, replacement),
                expected,
                "{path} {replacement}"
            );
        }
    }
}
