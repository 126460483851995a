//! Matching of paths.

use super::PathMatch;

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

/// What follows the prefix in a path that matches: empty, or from a `/` on.
pub(super) fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
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
}
