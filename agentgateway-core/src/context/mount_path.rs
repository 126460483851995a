use std::sync::Arc;

/// The path prefix that a router took off before the request came here, such as `/planner`.
///
/// Without a slash at its end; empty when nothing was taken off. Whoever builds URLs that the client
/// is to call (an agent card) puts it back in front.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MountPath(Arc<str>);

impl MountPath {
    /// A prefix; slashes at its end are left out.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self(prefix.trim_end_matches('/').into())
    }

    /// The prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
