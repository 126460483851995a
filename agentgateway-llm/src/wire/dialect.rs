use std::fmt;

/// A format of requests and answers.
///
/// Clients speak one of those that are named here: [`LlmLayer`](crate::LlmLayer) knows them by their paths.
/// Providers may speak any, through a [`Codec`](crate::bridge::Codec).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LlmDialect {
    /// OpenAI Chat Completions; also its older `/completions`, and `/embeddings`, which share the
    /// request's members, the usage object and the error form.
    OpenAiChat,
    /// OpenAI Responses.
    OpenAiResponses,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Gemini `generateContent` and its siblings.
    Gemini,
    /// Amazon Bedrock Converse.
    BedrockConverse,
    /// Cohere's `/rerank`, which Jina, Voyage, vLLM and others follow. It knows no turns, so that nothing is
    /// translated to it or from it.
    CohereRerank,
    /// A provider's own, by its name, such as `ollama`: that of a [`Codec`](crate::bridge::Codec), here or in an
    /// application. No call has it. Where a client's form is asked for it stands for OpenAI Chat's, as a path does
    /// that nobody knows.
    Other(&'static str),
}

impl LlmDialect {
    /// [Ollama's](crate::bridge::ollama) own `/api/chat`.
    pub const OLLAMA: Self = Self::Other("ollama");

    /// A short stable name, for spans, metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::AnthropicMessages => "anthropic-messages",
            Self::Gemini => "gemini",
            Self::BedrockConverse => "bedrock-converse",
            Self::CohereRerank => "cohere-rerank",
            Self::Other(name) => name,
        }
    }

    /// The name that people use, for error messages.
    pub(crate) const fn spoken(self) -> &'static str {
        match self {
            Self::OpenAiChat => "OpenAI Chat Completions",
            Self::OpenAiResponses => "OpenAI Responses",
            Self::AnthropicMessages => "Anthropic Messages",
            Self::Gemini => "Gemini",
            Self::BedrockConverse => "Bedrock Converse",
            Self::CohereRerank => "Cohere Rerank",
            Self::Other(name) => name,
        }
    }

    /// The model stands in the path, and so does whether the answer shall be a stream.
    pub(crate) const fn names_model_in_path(self) -> bool {
        matches!(self, Self::Gemini | Self::BedrockConverse)
    }
}

impl fmt::Display for LlmDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is asked of the model.
///
/// # Source
/// OpenTelemetry semantic conventions for generative AI, `gen_ai.operation.name`; counting tokens
/// and reranking have no name there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LlmOperation {
    /// A turn of a conversation: OpenAI Chat Completions and Responses, Anthropic Messages, Bedrock
    /// Converse.
    Chat,
    /// Gemini `generateContent` and `streamGenerateContent`.
    GenerateContent,
    /// OpenAI `/completions`.
    TextCompletion,
    /// Vectors for texts.
    Embeddings,
    /// Texts by how well they answer a question.
    Rerank,
    /// How many tokens a request would have: OpenAI's `input_tokens`, Anthropic's `count_tokens`, Gemini's
    /// `countTokens`, Bedrock's `CountTokens`. Nothing is generated, and no usage is reported.
    CountTokens,
}

impl LlmOperation {
    /// The name in spans and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::GenerateContent => "generate_content",
            Self::TextCompletion => "text_completion",
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::CountTokens => "count_tokens",
        }
    }

    /// A model writes something that is paid for by its tokens.
    pub(crate) const fn generates(self) -> bool {
        matches!(
            self,
            Self::Chat | Self::GenerateContent | Self::TextCompletion
        )
    }
}

impl fmt::Display for LlmOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
