//! Authorization by another service.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Expr;
use super::conditional::conditional;
use crate::config::resource::rule::{exactly_one_of, given, not, rule_at, when};
use crate::config::resource::{BackendRef, FailureMode, Quantity, text};

const FIELDS: &[&str] = &[
    "backendRef",
    "cache",
    "failureMode",
    "forwardBody",
    "grpc",
    "http",
    "url",
];

fn rules() -> Vec<Value> {
    let with_path = || {
        json!({
            "required": ["url"],
            "properties": { "url": { "pattern": "^https?://[^/?#]+/" } },
        })
    };
    let http =
        |fields: &[&str]| json!({ "required": ["http"], "properties": { "http": given(fields) } });
    vec![
        exactly_one_of("backendRef", "url"),
        exactly_one_of("grpc", "http"),
        rule_at(
            "forwardBody",
            "forwardBody cannot be used with http.body",
            when(given(&["forwardBody"]), not(http(&["body"]))),
        ),
        rule_at(
            "url",
            "url path is only valid with http",
            when(with_path(), given(&["http"])),
        ),
        rule_at(
            "http.path",
            "http.path may not be set when url includes a path",
            when(with_path(), not(http(&["path"]))),
        ),
    ]
}

conditional! {
    /// Authorization by another service.
    ExtAuth,
    /// Authorization by another service, under a condition.
    ExtAuthPolicy,
    fields: FIELDS, rules: rules(),
    {
        /// The service, as an object.
        backend_ref: Option<BackendRef>,
        /// The service, as a URL.
        #[schemars(with = "Option<text::Url>")]
        url: Option<String>,
        /// It speaks Envoy's protocol, over gRPC.
        grpc: Option<ExtAuthGrpc>,
        /// It speaks HTTP.
        http: Option<ExtAuthHttp>,
        /// What becomes of requests while it does not answer.
        failure_mode: Option<FailureMode>,
        /// The body goes with the question.
        forward_body: Option<ForwardBody>,
        /// Answers are kept.
        cache: Option<ExtAuthCache>,
    }
}

/// What goes with a question over gRPC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExtAuthGrpc {
    /// Names with values, as they are.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::SecretText>")]
    pub context_extensions: BTreeMap<String, String>,
    /// Names with expressions.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::SecretExpression>")]
    pub request_metadata: BTreeMap<String, Expr>,
}

/// A question over HTTP, and what of its answer is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExtAuthHttp {
    /// The path, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub path: Option<Expr>,
    /// Where the client is sent when it may not, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub redirect: Option<Expr>,
    /// The body, as an expression.
    #[schemars(with = "Option<text::Expression>")]
    pub body: Option<Expr>,
    /// Headers of the request that go along.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::Word>")]
    pub allowed_request_headers: Vec<String>,
    /// Headers that are added, as expressions.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::SecretExpression>")]
    pub add_request_headers: BTreeMap<String, Expr>,
    /// Headers of the answer that go to the backend.
    #[serde(default)]
    #[schemars(length(max = 64), with = "Vec<text::Word>")]
    pub allowed_response_headers: Vec<String>,
    /// What later expressions may ask for as `extauthz`, each made of the request and of the answer's head and body.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::Expression>")]
    pub response_metadata: BTreeMap<String, Expr>,
}

/// The body goes with the question.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ForwardBody {
    /// How much of it, in bytes.
    pub max_size: Quantity,
}

/// Answers are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExtAuthCache {
    /// What tells one question from another, as expressions.
    #[schemars(length(min = 1, max = 16), with = "Vec<text::Expression>")]
    pub key: Vec<Expr>,
    /// For how long: a duration, or an expression.
    #[schemars(with = "text::Expression")]
    pub ttl: Expr,
    /// How many.
    #[schemars(range(min = 1))]
    pub max_entries: Option<u32>,
}
