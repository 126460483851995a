//! Limits of rates.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Expr;
use super::conditional::conditional;
use crate::config::resource::rule::{at_least_one_of, exactly_one, url_without_path};
use crate::config::resource::{BackendRef, FailureMode, text};

const FIELDS: &[&str] = &["global", "local"];

fn rules() -> Vec<Value> {
    vec![at_least_one_of(FIELDS)]
}

conditional! {
    /// Limits of rates.
    RateLimit,
    /// Limits of rates, under a condition.
    RateLimitPolicy,
    fields: FIELDS, rules: rules(),
    {
        /// By counters of this process, or of a Redis that gateways share.
        #[schemars(length(min = 1, max = 16))]
        local: Option<Vec<LocalLimit>>,
        /// By counters of another service.
        global: Option<GlobalLimit>,
    }
}

/// A limit by a counter of this process, or of a Redis that gateways share.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [exactly_one(&["requests", "tokens"])]))]
#[non_exhaustive]
pub struct LocalLimit {
    /// So many requests
    #[schemars(range(min = 1))]
    pub requests: Option<u32>,
    /// or tokens of models
    #[schemars(range(min = 1))]
    pub tokens: Option<u32>,
    /// in a unit of time,
    pub unit: TimeUnit,
    /// and so many more at once.
    pub burst: Option<u32>,
    /// Each value of this expression counts by itself; all requests together when it is absent.
    #[schemars(with = "Option<text::Expression>", extend("x-extension" = true))]
    pub key: Option<Expr>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three units")]
#[expect(missing_docs, reason = "a word says itself")]
pub enum TimeUnit {
    Seconds,
    Minutes,
    Hours,
}

/// Limits by counters of a service that speaks Envoy's protocol.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["backendRef", "url"])],
    "x-rules" = [url_without_path()],
))]
#[non_exhaustive]
pub struct GlobalLimit {
    /// The service, as an object.
    pub backend_ref: Option<BackendRef>,
    /// The service, as a URL.
    #[schemars(with = "Option<text::Url>")]
    pub url: Option<String>,
    /// The domain of its limits.
    #[schemars(with = "text::Word")]
    pub domain: String,
    /// What is counted.
    #[schemars(length(min = 1, max = 16))]
    pub descriptors: Vec<LimitDescriptor>,
    /// What becomes of requests while it does not answer.
    pub failure_mode: Option<FailureMode>,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LimitDescriptor {
    /// Its parts.
    #[schemars(length(min = 1, max = 16))]
    pub entries: Vec<LimitEntry>,
    /// Requests or tokens of models.
    pub unit: Option<LimitUnit>,
    /// What one request counts, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub cost: Option<Expr>,
    /// Another limit than the service's, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub limit_override: Option<Expr>,
}

/// A part of what is counted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LimitEntry {
    /// Its name.
    #[schemars(with = "text::ShortWord")]
    pub name: String,
    /// Its value.
    #[schemars(with = "text::Expression")]
    pub expression: Expr,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two units")]
#[expect(missing_docs, reason = "a word says itself")]
pub enum LimitUnit {
    Requests,
    Tokens,
}
