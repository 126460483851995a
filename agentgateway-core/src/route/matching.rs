//! What a rule asks of a request.

use http::{HeaderName, Method};

use super::{InvalidPattern, Pattern};

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
    /// The path is that of a gRPC method of any service, which comes behind every service.
    pub(super) any_service: bool,
}

impl RequestMatch {
    /// Calls of a gRPC service or method, or of both; of all when neither is named.
    ///
    /// Both are an exact path, a service is a prefix, a method alone an expression. More characters
    /// of the service come first, then more of the method: a method of any service comes behind
    /// every service.
    ///
    /// # Source
    /// Gateway API v1, `GRPCMethodMatch` of type `Exact`; gRPC over HTTP/2, "Requests".
    #[must_use]
    pub fn grpc(service: Option<&str>, method: Option<&str>) -> Self {
        let mut asked = Self::default();
        match (service, method) {
            (Some(service), Some(method)) => {
                asked.path = PathMatch::Exact(format!("/{service}/{method}"));
            }
            (Some(service), None) => asked.path = PathMatch::Prefix(format!("/{service}/")),
            (None, Some(method)) => {
                let text = format!("/[^/]+/{}", regex::escape(method));
                // An escaped text fails only when it is too large; no request has such a path.
                asked.path =
                    Pattern::new(&text).map_or_else(|_| PathMatch::Exact(text), PathMatch::Regex);
                asked.any_service = true;
            }
            (None, None) => {}
        }
        asked
    }

    /// The same by expressions for the whole service and the whole method.
    ///
    /// # Errors
    /// [`InvalidPattern`] when one of them is no expression.
    ///
    /// # Source
    /// Gateway API v1, `GRPCMethodMatch` of type `RegularExpression`.
    pub fn grpc_regex(service: Option<&str>, method: Option<&str>) -> Result<Self, InvalidPattern> {
        // Each by itself first: `a)(b` would be one within the parentheses.
        for text in [service, method].into_iter().flatten() {
            Pattern::new(text)?;
        }
        let mut asked = Self::default();
        if service.is_some() || method.is_some() {
            let any = "[^/]+";
            let text = format!(
                "/(?:{})/(?:{})",
                service.unwrap_or(any),
                method.unwrap_or(any)
            );
            asked.path = PathMatch::Regex(Pattern::new(&text)?);
            asked.any_service = service.is_none();
        }
        Ok(asked)
    }

    /// Whether it asks for a gRPC method and no service.
    #[must_use]
    pub const fn is_any_service(&self) -> bool {
        self.any_service
    }
}
