//! Expressions in CEL, as policies write them: compiled once, checked whole, evaluated in bounds.
//!
//! [`Expression::compile`] refuses what could not be evaluated: a fault of syntax, a variable or a
//! function that nothing here gives, and what could cost too much. An evaluation never panics; what
//! goes wrong in it is an [`EvaluationError`], which its caller counts and takes for "no".
//!
//! # Variables
//! | name | what |
//! |---|---|
//! | `request.method` | the method |
//! | `request.path` | the path, without the query |
//! | `request.uri` | the target as it was sent; its query is left out, for it may hold a credential |
//! | `request.host` | the authority without its port |
//! | `request.scheme` | `http` or `https` |
//! | `request.version` | `HTTP/1.1` or `HTTP/2.0` |
//! | `request.headers["name"]` | the first value of a header; credentials read as `[redacted]` |
//! | `source.address`, `source.port` | the client's |
//! | `response.code` | the status of the answer, where there is one |
//!
//! # Functions
//! The operators and macros of CEL (`has`, `all`, `exists`, `exists_one`, `map`, `filter`), `size`,
//! `contains`, `startsWith`, `endsWith`, and the conversions `bool`, `bytes`, `double`, `dyn`,
//! `int`, `string`, `type`, `uint`.
//!
//! # Source
//! Common Expression Language, language definition; the names of variables are those of
//! agentgateway.dev/v1alpha1.

mod bounds;
mod check;
mod compile;
mod error;
mod facts;
mod headers;
mod place;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub(crate) use self::{compile::parses, facts::host};
pub use self::{
    compile::{Expression, MAX_CHARS},
    error::{EvaluationError, ExpressionError},
    facts::Facts,
    value::Scalar,
};
