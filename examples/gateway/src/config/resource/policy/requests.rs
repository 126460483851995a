//! What becomes of a request on its way: retry, buffer, delay, origin.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expr;
use crate::config::resource::rule::at_least_one;
use crate::config::resource::{FailureMode, Quantity, text};

/// When a traffic policy is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two phases")]
pub enum TrafficPhase {
    /// Before a route is chosen.
    PreRouting,
    /// When it is.
    PostRouting,
}

/// When a request is sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Retry {
    /// How often.
    #[schemars(range(min = 1))]
    pub attempts: Option<u32>,
    /// How long it waits before.
    #[schemars(with = "Option<text::LongDuration>")]
    pub backoff: Option<String>,
    /// After answers of which status.
    #[serde(default)]
    #[schemars(inner(range(min = 400, max = 599)), extend("x-kubernetes-list-type" = "set"))]
    pub codes: Vec<u16>,
    /// Whether this request may be sent again.
    #[schemars(with = "Option<text::Expression>")]
    pub precondition: Option<Expr>,
    /// After which answers.
    #[schemars(with = "Option<text::Expression>")]
    pub condition: Option<Expr>,
}

/// Bodies that are read whole before they go on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["request", "response"])]))]
#[non_exhaustive]
pub struct Buffer {
    /// Of requests.
    pub request: Option<BodyBuffer>,
    /// Of answers.
    pub response: Option<BodyBuffer>,
}

/// A body that is read whole.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BodyBuffer {
    /// How large it may be, in bytes; without it, `maxBufferSize` of the listener, else 2 MiB.
    pub max_bytes: Option<Quantity>,
    /// What becomes of a larger one: 413 for a request and 502 for an answer, or with `FailOpen` it goes on
    /// as it comes.
    pub failure_mode: Option<FailureMode>,
}

/// Slower requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Delay {
    /// How long each waits: a duration, or an expression.
    #[schemars(with = "text::Expression")]
    pub duration: Expr,
}

/// Forgery across sites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Csrf {
    /// Origins that may call beside the host itself.
    #[schemars(length(min = 1, max = 16), with = "Option<Vec<text::Word>>")]
    pub additional_origins: Option<Vec<String>>,
}
