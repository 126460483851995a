use schemars::JsonSchema;
use serde::Deserialize;

use super::NamedBackend;
use crate::config::resource::text;

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
    /// Spans have what is said: prompts, answers, instructions and tools. Without it, none has.
    pub span_content: Option<SpanContent>,
    /// What becomes of streams, of all backends of models.
    pub streams: Option<ModelStreams>,
    /// What becomes of requests that a provider's dialect cannot say whole, of all backends of models.
    pub losses: Option<ModelLosses>,
}

/// What becomes of requests that are translated, and lose something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelLosses {
    /// The losses for which a request is refused with 400. Without it, those of the meaning; an empty list refuses
    /// none.
    #[schemars(length(max = 2))]
    pub refuse: Option<Vec<LossKind>>,
    /// Whether answers name what was lost in the header `x-agw-loss`; true when it is absent. Spans name it always.
    pub header: Option<bool>,
}

/// What is lost of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum LossKind {
    /// What would change the meaning, such as a tool that its own provider runs.
    Meaning,
    /// What tunes the answer, such as a seed.
    Tuning,
}

/// What is said, on spans: it holds what people wrote, and goes where spans go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SpanContent {
    /// Which backends of models; all of them when it is empty.
    #[serde(default)]
    #[schemars(length(max = 128))]
    pub backends: Vec<NamedBackend>,
    /// The longest of the four attributes, in bytes; 64 KiB when it is absent. What does not fit is left out, which a
    /// part of the attribute says.
    #[schemars(range(min = 512, max = 1_048_576))]
    pub max_attribute_bytes: Option<u32>,
}

/// What becomes of streams of models that say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelStreams {
    /// How long a model may say nothing behind the head of its answer: then another provider is asked, or the stream
    /// ends with an error. Without it, as long as it wants.
    #[schemars(with = "Option<text::Duration>")]
    pub first_token: Option<String>,
    /// How long a model may pause between two tokens, whatever else its stream sends: then the stream ends with an
    /// error. Without it, as long as it wants.
    #[schemars(with = "Option<text::Duration>")]
    pub token_gap: Option<String>,
    /// How long a stream may be silent until the client is sent a comment, or a ping in Anthropic's dialect. Without
    /// it nothing is sent.
    #[schemars(with = "Option<text::Duration>")]
    pub keep_alive: Option<String>,
}
