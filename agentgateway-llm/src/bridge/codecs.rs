use std::sync::Arc;

use super::{AnthropicMessages, BedrockConverse, Codec, Gemini, OpenAiChat};
use crate::LlmDialect;

/// The codec of a dialect.
#[must_use]
pub fn codec_of(dialect: LlmDialect) -> Option<Arc<dyn Codec>> {
    Some(match dialect {
        LlmDialect::OpenAiChat => Arc::new(OpenAiChat),
        LlmDialect::AnthropicMessages => Arc::new(AnthropicMessages),
        LlmDialect::Gemini => Arc::new(Gemini),
        LlmDialect::BedrockConverse => Arc::new(BedrockConverse),
        _ => return None,
    })
}
