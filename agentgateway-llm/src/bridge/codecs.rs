use std::sync::Arc;

use super::{AnthropicMessages, BedrockConverse, Codec, Gemini, OpenAiChat, OpenAiResponses};
use crate::LlmDialect;

/// The codec of a dialect.
#[must_use]
pub fn codec_of(dialect: LlmDialect) -> Arc<dyn Codec> {
    match dialect {
        LlmDialect::OpenAiChat => Arc::new(OpenAiChat),
        LlmDialect::OpenAiResponses => Arc::new(OpenAiResponses),
        LlmDialect::AnthropicMessages => Arc::new(AnthropicMessages),
        LlmDialect::Gemini => Arc::new(Gemini),
        LlmDialect::BedrockConverse => Arc::new(BedrockConverse),
    }
}
