//! Who may do what.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expr;
use crate::config::resource::text;

/// Who may do what, by expressions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Authorization {
    /// What becomes of what matches.
    #[serde(default)]
    pub action: AuthorizationAction,
    /// What matches.
    pub policy: AuthorizationRule,
}

/// What becomes of what matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's three actions")]
pub enum AuthorizationAction {
    /// It may, and what no rule allows may not.
    #[default]
    Allow,
    /// It may not.
    Deny,
    /// What does not match may not.
    Require,
}

/// What matches: all expressions are true.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuthorizationRule {
    /// The expressions.
    #[schemars(length(min = 1, max = 256), with = "Vec<text::Expression>")]
    pub match_expressions: Vec<Expr>,
}
