//! Changes of requests and answers by expressions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Expr;
use super::conditional::conditional;
use crate::config::resource::rule::{at_least_one, at_least_one_of};
use crate::config::resource::text;

const FIELDS: &[&str] = &["request", "response"];

fn rules() -> Vec<Value> {
    vec![at_least_one_of(FIELDS)]
}

conditional! {
    /// Changes by expressions.
    Transformation,
    /// Changes by expressions, without a condition.
    TransformationPolicy,
    fields: FIELDS, rules: rules(),
    {
        /// Of requests.
        request: Option<Changes>,
        /// Of answers.
        response: Option<Changes>,
    }
}

/// Changes of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_least_one(&["add", "body", "metadata", "remove", "set"])]))]
#[non_exhaustive]
pub struct Changes {
    /// Headers that replace all of their name.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub set: Option<Vec<HeaderExpression>>,
    /// Headers that are appended.
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub add: Option<Vec<HeaderExpression>>,
    /// Headers that are taken away.
    #[schemars(length(min = 1, max = 16), with = "Option<Vec<text::AnyHeaderName>>", extend("x-kubernetes-list-type" = "set"))]
    pub remove: Option<Vec<String>>,
    /// The body.
    #[schemars(with = "Option<text::Expression>")]
    pub body: Option<Expr>,
    /// What later expressions may ask.
    #[schemars(with = "Option<BTreeMap<String, text::Expression>>", extend("minProperties" = 1, "maxProperties" = 16))]
    pub metadata: Option<BTreeMap<String, Expr>>,
}

/// A header and the expression that gives its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HeaderExpression {
    /// Its name.
    #[schemars(with = "text::AnyHeaderName")]
    pub name: String,
    /// Its value.
    #[schemars(with = "text::SecretExpression")]
    pub value: Expr,
}
