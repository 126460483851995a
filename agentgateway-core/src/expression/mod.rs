//! Expressions in CEL, as policies write them: compiled once, checked whole, evaluated in bounds.
//!
//! [`Expression::compile`] refuses what could not be evaluated: a fault of syntax, a variable that
//! its [`Vocabulary`] has not, a function that is not known, and what could cost too much. An
//! evaluation never panics; what goes wrong in it is an [`EvaluationError`], which its caller counts
//! and takes for "no".
//!
//! # Variables
//! | name | what | vocabulary |
//! |---|---|---|
//! | `request.method` | the method | [`request`](Vocabulary::request) |
//! | `request.path` | the path, without the query | |
//! | `request.uri` | the target as it was sent; its query is left out, for it may hold a credential | |
//! | `request.host` | the authority without its port | |
//! | `request.scheme` | `http` or `https` | |
//! | `request.version` | `HTTP/1.1` or `HTTP/2.0` | |
//! | `request.headers["name"]` | the first value of a header; credentials read as `[redacted]` | |
//! | `source.address`, `source.port` | the client's | [`connection`](Vocabulary::connection) |
//! | `source.identity` | whom the client's certificate names, if it is vouched for | [`with_principal`](Vocabulary::with_principal) |
//! | `principal.name`, `.issuer`, `.method` | who calls, who vouches for the name, how that was found out | |
//! | `principal.claims` | what is known of the caller | |
//! | `jwt` | the claims of the caller's token: `jwt.sub`, `"admin" in jwt.groups` | |
//! | `apiKey` | the metadata of the caller's key, and its `name` | |
//! | `basicAuth.username` | the user's name | |
//! | `extauthz` | what an authorization service has told | |
//! | `metadata` | what transformations have noted: `metadata.team` | [`with_metadata`](Vocabulary::with_metadata) |
//! | `mcp.tool`, `a2a.operation`, `llm.model`, ... | each fact of the typed call | [`with_call`](Vocabulary::with_call) |
//! | `response.code` | the status of the answer, where there is one | [`with_response`](Vocabulary::with_response) |
//! | `response.headers["name"]` | as those of the request | [`with_response_headers`](Vocabulary::with_response_headers) |
//! | `request.body` | the whole body as text | [`with_request_body`](Vocabulary::with_request_body) |
//! | `response.body` | the whole body as text | [`with_response_body`](Vocabulary::with_response_body) |
//!
//! What a request does not have (a header, a claim, a tool) is missing: `has(jwt.sub)` asks for it,
//! and naming it is an error that [`EvaluationError::is_missing`] tells apart. Of a list or a map in
//! a claim at most 512 items can be asked for.
//!
//! # Functions
//! The operators and macros of CEL (`has`, `all`, `exists`, `exists_one`, `map`, `filter`), `size`,
//! `contains`, `startsWith`, `endsWith`, and the conversions `bool`, `bytes`, `double`, `dyn`,
//! `int`, `string`, `type`, `uint`; `cidr('10.0.0.0/8').containsIP(source.address)`; and
//! `json(request.body).model`, what a text says in JSON: at most 16,384 values, 512 of them in one
//! list or map, 16 deep; what is more, a name that is there twice, or no JSON, is an error.
//!
//! # Errors
//! [`ExpressionError`] when it is compiled, with line and column; [`EvaluationError`] when it is
//! evaluated. No message holds the value of a variable.
//!
//! # Cost
//! A constant costs nothing. An evaluation makes a context and copies the texts that it names; its
//! steps and the size of its values are bounded by the tree, before it is ever evaluated.
//!
//! # Source
//! Common Expression Language, language definition; the names of variables are those of
//! agentgateway.dev/v1alpha1.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     context::{AuthMethod, Principal},
//!     expression::{Expression, Facts, Vocabulary},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let vocabulary = Vocabulary::request().with_principal();
//! let rule = Expression::compile_bool("request.method == 'GET' || 'admin' in jwt.groups", &vocabulary)?;
//!
//! let mut request = http::Request::delete("/tasks/1").body(())?;
//! let claims = serde_json::json!({ "groups": ["admin"] });
//! let alice = Principal::new(AuthMethod::Jwt, "alice").with_claims(claims.as_object().unwrap().clone());
//! alice.insert(request.extensions_mut());
//! let (head, ()) = request.into_parts();
//! assert!(rule.evaluate_bool(&Facts::request(&head))?);
//!
//! let wrong = Expression::compile_bool("jwt.sub = 'alice'", &vocabulary).unwrap_err();
//! assert_eq!((wrong.line, wrong.column), (1, 9));
//! # Ok(())
//! # }
//! ```

mod bounds;
mod check;
mod claim;
mod compile;
mod error;
mod facts;
mod headers;
mod json;
mod network;
mod place;
mod room;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod vocabulary;

pub use self::{
    compile::{Expression, MAX_CHARS, parses},
    error::{EvaluationError, ExpressionError},
    facts::{Facts, MAX_BODY_BYTES, host},
    value::Scalar,
    vocabulary::Vocabulary,
};
