use std::sync::Arc;

/// The name of the route that a request matched: the path pattern of its rule, of low cardinality.
///
/// Written by whoever routes, into the request's extensions and into the answer's: the server span
/// outside reads it there as `http.route`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RouteName(Arc<str>);

impl RouteName {
    /// A route of this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
