//! Another process that looks at requests and answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Expr;
use super::conditional::conditional;
use crate::config::resource::rule::{exactly_one_of, url_without_path};
use crate::config::resource::{BackendRef, FailureMode, text};

const FIELDS: &[&str] = &[
    "backendRef",
    "failureMode",
    "metadataContext",
    "processingOptions",
    "requestAttributes",
    "responseAttributes",
    "url",
];

fn rules() -> Vec<Value> {
    vec![exactly_one_of("backendRef", "url"), url_without_path()]
}

conditional! {
    /// Another process that looks at requests and answers.
    ExtProc,
    /// The same, under a condition.
    ExtProcPolicy,
    fields: FIELDS, rules: rules(),
    {
        /// The process, as an object.
        backend_ref: Option<BackendRef>,
        /// The process, as a URL.
        #[schemars(with = "Option<text::Url>")]
        url: Option<String>,
        /// What becomes of requests while it does not answer.
        failure_mode: Option<FailureMode>,
        /// What it is sent.
        processing_options: Option<ProcessingOptions>,
        /// Metadata for it: by namespace, names with expressions.
        #[serde(default)]
        #[schemars(
            extend("maxProperties" = 64),
            with = "BTreeMap<String, BTreeMap<String, text::SecretExpression>>"
        )]
        metadata_context: BTreeMap<String, BTreeMap<String, Expr>>,
        /// Attributes of requests for it.
        #[serde(default)]
        #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::Expression>")]
        request_attributes: BTreeMap<String, Expr>,
        /// Attributes of answers for it.
        #[serde(default)]
        #[schemars(extend("maxProperties" = 64), with = "BTreeMap<String, text::Expression>")]
        response_attributes: BTreeMap<String, Expr>,
    }
}

/// What the process is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ProcessingOptions {
    /// Whether it may change what it is sent.
    #[serde(default)]
    pub allow_mode_override: bool,
    /// The head of requests.
    #[serde(default)]
    pub request_header_mode: SendMode,
    /// Their bodies.
    #[serde(default)]
    pub request_body_mode: BodyMode,
    /// Their trailers.
    #[serde(default)]
    pub request_trailer_mode: SendMode,
    /// The head of answers.
    #[serde(default)]
    pub response_header_mode: SendMode,
    /// Their bodies.
    #[serde(default)]
    pub response_body_mode: BodyMode,
    /// Their trailers.
    #[serde(default)]
    pub response_trailer_mode: SendMode,
}

/// Whether a part is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's two modes")]
#[expect(missing_docs, reason = "a word says itself")]
pub enum SendMode {
    #[default]
    Send,
    Skip,
}

/// How bodies are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the specification's four modes")]
pub enum BodyMode {
    /// Not at all.
    None,
    /// Whole.
    Buffered,
    /// As much as fits.
    BufferedPartial,
    /// As they come.
    #[default]
    FullDuplexStreamed,
}
