use schemars::JsonSchema;
use serde::Deserialize;

use super::NamedBackend;

/// How providers of models are spoken to.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = { "x-not-implemented": true, "x-secret": true }))]
#[non_exhaustive]
pub struct OwnLlm {
    /// Backends to which requests go on that are no calls for a model: files, batches, images, whatever their first
    /// provider offers, with its credential. Without it, calls and lists of models alone.
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub other_paths: Vec<NamedBackend>,
}
