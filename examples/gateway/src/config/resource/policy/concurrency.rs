//! How many at once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expr;
use crate::config::resource::text;

/// So many requests at once, each from when its call is known, which is after the body of one to an agent,
/// a tool or a model, to the end of its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Concurrency {
    /// So many requests.
    #[schemars(range(min = 1))]
    pub requests: u32,
    /// Each value of this expression counts by itself; all requests together when it is absent.
    #[schemars(with = "Option<text::Expression>")]
    pub key: Option<Expr>,
}
