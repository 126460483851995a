//! An answer without a backend.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Expr;
use super::conditional::conditional;
use crate::config::resource::rule::{given, not, rule, rule_at};
use crate::config::resource::text;

const FIELDS: &[&str] = &["body", "bodyExpression", "headers", "status"];

fn rules() -> Vec<Value> {
    vec![
        rule_at(
            "bodyExpression",
            "body and bodyExpression may not both be set",
            not(given(&["body", "bodyExpression"])),
        ),
        rule("status is required", given(&["status"])),
    ]
}

conditional! {
    /// An answer without a backend.
    DirectResponse,
    /// An answer without a backend, under a condition.
    DirectResponsePolicy,
    fields: FIELDS, rules: rules(),
    {
        /// Its status.
        #[schemars(range(min = 200, max = 599))]
        status: Option<u16>,
        /// Its body.
        #[schemars(with = "Option<text::Answer>")]
        body: Option<String>,
        /// Its body, as an expression.
        #[schemars(with = "Option<text::Expression>")]
        body_expression: Option<Expr>,
        /// Its headers.
        #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
        headers: Option<Vec<ResponseHeader>>,
    }
}

/// A header and the expression that gives its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ResponseHeader {
    /// Its name.
    #[schemars(with = "text::HeaderName")]
    pub name: String,
    /// Its value.
    #[schemars(with = "text::SecretExpression")]
    pub value: Expr,
}
