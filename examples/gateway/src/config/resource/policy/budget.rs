//! How much may be spent.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expr;
use crate::config::resource::rule::{exactly_one, given, not, rule_at, when};
use crate::config::resource::{FailureMode, text};

/// So much in a window: reserved before a call goes on, settled when its answer has ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "x-choices" = [exactly_one(&["requests", "tokens"])],
    "x-rules" = [rule_at(
        "reserve",
        "reserve is for tokens: a request reserves itself",
        when(given(&["requests"]), not(given(&["reserve"]))),
    )],
))]
#[non_exhaustive]
pub struct Budget {
    /// So many requests; one whose answer is an error is given back
    #[schemars(range(min = 1))]
    pub requests: Option<u32>,
    /// or tokens of models
    #[schemars(range(min = 1))]
    pub tokens: Option<u64>,
    /// in this time, which begins with the first.
    #[schemars(with = "text::Duration")]
    pub window: String,
    /// Each value of this expression has a budget of its own; all requests have one when it is absent.
    #[schemars(with = "Option<text::Expression>")]
    pub key: Option<Expr>,
    /// So many tokens are reserved for a call, as an expression. Else a quarter of the bytes of its body, and the
    /// tokens that its answer may have, 1,024 where it does not say.
    #[schemars(with = "Option<text::Expression>")]
    pub reserve: Option<Expr>,
    /// What becomes of requests while nobody can say what is spent.
    pub failure_mode: Option<FailureMode>,
}
