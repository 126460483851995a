use std::sync::Arc;

/// The path prefix that a router took off before the request came here, such as `/planner`.
///
/// Begins with a slash and has none at its end; empty when nothing was taken off. Whoever builds URLs that the client
/// is to call (an agent card) puts it back in front.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MountPath(Arc<str>);

impl MountPath {
    /// A prefix; slashes at its end are left out, and one at its beginning is put in where there is
    /// none, so that it cannot lengthen the host that it is put behind.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        let prefix = prefix.trim_end_matches('/');
        if prefix.is_empty() || prefix.starts_with('/') {
            Self(prefix.into())
        } else {
            Self(format!("/{prefix}").into())
        }
    }

    /// The prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_with_a_slash_and_ends_without() {
        for (given, kept) in [("", ""), ("/", ""), ("/a/b//", "/a/b"), ("a/", "/a")] {
            assert_eq!(MountPath::new(given).as_str(), kept, "{given:?}");
        }
    }
}
