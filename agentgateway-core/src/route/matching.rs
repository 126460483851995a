//! What a rule asks of a request.

use http::{HeaderName, Method};

use super::Pattern;

/// Which paths a rule takes.
///
/// # Source
/// Gateway API v1, `HTTPPathMatch`: case-sensitive; a prefix matches whole segments, and a `/` at
/// its end says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three types")]
pub enum PathMatch {
    /// This path alone.
    Exact(String),
    /// This path and all below it.
    Prefix(String),
    /// The whole path matches this expression.
    Regex(Pattern),
}

impl Default for PathMatch {
    /// Every path.
    fn default() -> Self {
        Self::Prefix("/".to_owned())
    }
}

/// Which values of a header or parameter a rule takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two types")]
pub enum ValueMatch {
    /// This value alone, in this case.
    Exact(String),
    /// The whole value matches this expression.
    Regex(Pattern),
}

/// One header that must be there with such a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name and a value")]
pub struct HeaderMatch {
    /// Its name.
    pub name: HeaderName,
    /// Its value; several fields of the name count as one, joined by commas.
    pub value: ValueMatch,
}

/// One query parameter that must be there with such a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name and a value")]
pub struct QueryMatch {
    /// Its name, decoded.
    pub name: String,
    /// Its first value, decoded.
    pub value: ValueMatch,
}

/// All that one match asks: everything in it must be met.
///
/// # Source
/// Gateway API v1, `HTTPRouteMatch`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestMatch {
    /// The path. Default: every path.
    pub path: PathMatch,
    /// The method. Default: every method.
    pub method: Option<Method>,
    /// Headers, of each name one: the first entry of a name counts.
    pub headers: Vec<HeaderMatch>,
    /// Query parameters, of each name one: the first entry of a name counts.
    pub query: Vec<QueryMatch>,
}
