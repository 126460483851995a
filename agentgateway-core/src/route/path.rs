//! Matching of paths and the replacement of a matched prefix.

use std::borrow::Cow;

use super::{PathEdit, PathMatch};

impl PathMatch {
    /// Whether this takes the path, which is as it was sent, without the query.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(value) => path == value,
            Self::Prefix(prefix) => below(prefix, path).is_some(),
            Self::Regex(pattern) => pattern.matches(path),
        }
    }

    /// The value as it was given: the path, the prefix or the expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(value) | Self::Prefix(value) => value,
            Self::Regex(pattern) => pattern.as_str(),
        }
    }
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
            (Self::Full(full), _) => return Cow::Borrowed(full),
            (Self::Prefix(replacement), PathMatch::Prefix(prefix)) => (replacement, prefix),
            (Self::Prefix(_), PathMatch::Exact(_) | PathMatch::Regex(_)) => {
                return Cow::Borrowed(path);
            }
        };
        match below(prefix, path) {
            None => Cow::Borrowed(path),
            Some("") if replacement.is_empty() => Cow::Borrowed("/"),
            Some("") => Cow::Borrowed(replacement),
            Some(rest) => Cow::Owned(format!("{}{rest}", trimmed(replacement))),
        }
    }
}

/// What follows the prefix in a path that matches: empty, or from a `/` on.
fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(trimmed(prefix))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The prefix without the `/` at its end, which says nothing.
pub(super) fn trimmed(prefix: &str) -> &str {
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
            ("/", "/", "/xyz", "/xyz/"),
            ("/other", "/foo", "/xyz", "/other"),
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
        assert_eq!(PathEdit::Full("/b".into()).apply("/a", &exact), "/b");
        assert_eq!(PathEdit::Prefix("/b".into()).apply("/a", &exact), "/a");
    }
}
