//! Providers of models.

use std::time::Duration;

use super::{BackendSettings, Endpoints, Part};
use crate::config::resource::FormatType;

/// Providers of models, in groups of falling priority; no group is empty.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AiBackend {
    /// The groups, the first tried first.
    pub groups: Vec<Vec<Provider>>,
    /// Prompts and answers stand on spans, in attributes of at most so many bytes; absent, as many as is usual.
    pub span_content: Option<Part<Option<usize>>>,
    /// What becomes of streams.
    pub streams: ModelStreams,
    /// What becomes of requests that are translated, and lose something.
    pub losses: ModelLosses,
}

/// What becomes of requests that are translated, and lose something. What is not said is as usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelLosses {
    /// Whether they are refused for what changes their meaning, and for what tunes their answers.
    pub refused: Option<(bool, bool)>,
    /// Whether a header of the answer tells it.
    pub header: Option<bool>,
}

impl ModelLosses {
    /// These, and `other` where they say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            refused: self.refused.or(other.refused),
            header: self.header.or(other.header),
        }
    }
}

/// What becomes of streams of models that say nothing. What is not said is not bounded, and not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelStreams {
    /// How long a model may say nothing behind the head of its answer.
    pub first_token: Option<Duration>,
    /// How long it may pause between two tokens.
    pub token_gap: Option<Duration>,
    /// How long a stream may be silent until the client is sent something that says nothing.
    pub keep_alive: Option<Duration>,
}

impl ModelStreams {
    /// These, and `other` where they say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            first_token: self.first_token.or(other.first_token),
            token_gap: self.token_gap.or(other.token_gap),
            keep_alive: self.keep_alive.or(other.keep_alive),
        }
    }
}

impl AiBackend {
    /// These groups, whose calls are on spans without what they say.
    #[must_use]
    pub fn new(groups: Vec<Vec<Provider>>) -> Self {
        Self {
            groups,
            span_content: None,
            streams: ModelStreams::default(),
            losses: ModelLosses::default(),
        }
    }

    /// The first provider of the first group: the one that is served.
    #[must_use]
    pub fn first(&self) -> Option<&Provider> {
        self.groups.iter().flatten().next()
    }
}

/// One provider of models.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Provider {
    /// The name in its group, or the backend's name where it stands alone.
    pub name: String,
    /// Whose API it speaks.
    pub kind: ProviderKind,
    /// Where it is: the configured host and port, or the provider's public host on 443.
    pub endpoints: Endpoints,
    /// The model in the place of the request's.
    pub model: Option<String>,
    /// Another path than the API's own.
    pub path: Option<String>,
    /// Another prefix than the API's own.
    pub path_prefix: Option<String>,
    /// Other paths than the formats' own.
    pub format_paths: Vec<(FormatType, String)>,
    /// Requests that are no calls go on to it too.
    pub other_paths: bool,
    /// How it is spoken to: its own policies over the backend's.
    pub settings: BackendSettings,
}

impl Provider {
    /// This provider.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ProviderKind, endpoints: Endpoints) -> Self {
        Self {
            name: name.into(),
            kind,
            endpoints,
            model: None,
            path: None,
            path_prefix: None,
            format_paths: Vec::new(),
            other_paths: false,
            settings: BackendSettings::default(),
        }
    }
}

/// Whose API a provider speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderKind {
    /// OpenAI: `api.openai.com`.
    OpenAi,
    /// Anthropic: `api.anthropic.com`.
    Anthropic,
    /// Gemini: `generativelanguage.googleapis.com`.
    Gemini,
    /// OpenAI's models at Azure.
    Azure {
        /// The version of the API: a date, or `v1`.
        api_version: String,
        /// The deployment; `None` is the model's name.
        deployment: Option<String>,
    },
    /// Gemini's models at Vertex.
    Vertex {
        /// The project.
        project: String,
        /// Where it is.
        region: String,
    },
    /// Bedrock.
    Bedrock {
        /// Where it is.
        region: String,
    },
    /// Another one, by the formats that it speaks, in the order of the manifest.
    Custom(Vec<FormatType>),
}
