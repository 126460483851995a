use std::{borrow::Cow, fmt, sync::Arc};

use cel::Env;

use super::{json::with_json, network::with_networks};
use crate::context::CallFacts;

/// The variables that the expressions of one place may name.
///
/// What a place cannot give is not in its vocabulary: an expression that asks for it is refused when
/// it is compiled, not when a request comes. A clone costs a short list.
///
/// # Example
/// ```
/// use agentgateway_core::expression::{Expression, Vocabulary};
///
/// let early = Vocabulary::request();
/// assert!(Expression::compile("principal.name == 'alice'", &early).is_err());
/// let late = early.with_principal();
/// assert!(Expression::compile("principal.name == 'alice'", &late).is_ok());
/// ```
#[derive(Clone)]
pub struct Vocabulary {
    env: Arc<Env>,
    names: Vec<Name>,
}

/// One variable.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) full: Cow<'static, str>,
    pub(super) shape: Shape,
    pub(super) of: Side,
}

/// What a variable is, as far as it is known before a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Number,
    /// It has fields that only the request tells.
    Fields,
    /// Only the request tells.
    Any,
}

/// Where a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    /// The request, behind an authentication.
    Caller,
    Response,
    /// The request, where its body was read.
    RequestBody,
    /// The answer, where its body was read.
    ResponseBody,
}

impl Vocabulary {
    /// The head of a request, and who sent it: `request.*` and `source.*`.
    #[must_use]
    pub fn request() -> Self {
        let text = [
            "request.method",
            "request.path",
            "request.uri",
            "request.host",
            "request.scheme",
            "request.version",
            "source.address",
        ];
        let names = text.map(|name| (name, Shape::Text)).into_iter().chain([
            ("request.headers", Shape::Fields),
            ("source.port", Shape::Number),
        ]);
        Self::new().and(names, Side::Request)
    }

    /// Who connects, before anything was sent: `source.address` and `source.port`.
    #[must_use]
    pub fn connection() -> Self {
        let names = [
            ("source.address", Shape::Text),
            ("source.port", Shape::Number),
        ];
        Self::new().and(names, Side::Request)
    }

    /// Adds the head of the answer: `response.code`.
    #[must_use]
    pub fn with_response(self) -> Self {
        self.and([("response.code", Shape::Number)], Side::Response)
    }

    /// Adds the fields of the answer's head, for places that show it: `response.headers`.
    #[must_use]
    pub fn with_response_headers(self) -> Self {
        self.and([("response.headers", Shape::Fields)], Side::Response)
    }

    /// Adds the body of the request as text, for places that read it where an expression
    /// [asks for it](super::Expression::needs_request_body): `request.body`.
    #[must_use]
    pub fn with_request_body(self) -> Self {
        self.and([("request.body", Shape::Text)], Side::RequestBody)
    }

    /// Adds the body of the answer as text, for places that read it where an expression
    /// [asks for it](super::Expression::needs_response_body): `response.body`.
    #[must_use]
    pub fn with_response_body(self) -> Self {
        self.and([("response.body", Shape::Text)], Side::ResponseBody)
    }

    /// Adds who calls, for places behind an authentication: `principal.*`, and what its method
    /// knows, `jwt`, `apiKey`, `basicAuth`, `extauthz`, `source.identity`.
    #[must_use]
    pub fn with_principal(self) -> Self {
        let names = [
            ("principal.name", Shape::Text),
            ("principal.issuer", Shape::Text),
            ("principal.method", Shape::Text),
            ("principal.claims", Shape::Fields),
            ("jwt", Shape::Fields),
            ("apiKey", Shape::Fields),
            ("basicAuth.username", Shape::Text),
            ("extauthz", Shape::Fields),
            ("source.identity", Shape::Text),
        ];
        self.and(names, Side::Caller)
    }

    /// Adds what transformations have noted, for places behind one: `metadata.*`.
    #[must_use]
    pub fn with_metadata(self) -> Self {
        self.and([("metadata", Shape::Fields)], Side::Request)
    }

    /// Adds what calls of this type tell, for places within its protocol layer: `mcp.tool` is the
    /// fact `tool` of the protocol `mcp`.
    #[must_use]
    pub fn with_call<C: CallFacts>(mut self) -> Self {
        let names = C::NAMES.iter().map(|name| Name {
            full: Cow::Owned(format!("{}.{name}", C::PROTOCOL)),
            shape: Shape::Any,
            of: Side::Request,
        });
        self.names.extend(names);
        self
    }

    fn new() -> Self {
        Self {
            env: Arc::new(functions()),
            names: Vec::new(),
        }
    }

    fn and(mut self, names: impl IntoIterator<Item = (&'static str, Shape)>, of: Side) -> Self {
        let names = names.into_iter().map(|(full, shape)| Name {
            full: Cow::Borrowed(full),
            shape,
            of,
        });
        self.names.extend(names);
        self
    }

    /// Every variable, by its whole name.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(|name| &*name.full)
    }

    pub(super) const fn env(&self) -> &Arc<Env> {
        &self.env
    }

    /// The variable that these segments name, or a field of which they name.
    pub(super) fn find(&self, segments: &[&str]) -> Option<&Name> {
        self.names.iter().find(|name| {
            let mut given = segments.iter();
            let is_prefix = name.full.split('.').all(|part| given.next() == Some(&part));
            is_prefix && (name.shape == Shape::Fields || given.next().is_none())
        })
    }
}

/// The functions of every expression.
pub(super) fn functions() -> Env {
    with_json(with_networks(Env::stdlib().with_optional_support(false)))
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
