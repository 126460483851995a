use std::sync::Arc;

use super::{
    AnthropicMessages, BedrockConverse, Codec, Gemini, Ollama, OpenAiChat, OpenAiResponses,
};
use crate::LlmDialect;

/// The dialects that clients speak and providers too: any of them is translated to any other.
pub const DIALECTS: [LlmDialect; 5] = [
    LlmDialect::OpenAiChat,
    LlmDialect::OpenAiResponses,
    LlmDialect::AnthropicMessages,
    LlmDialect::Gemini,
    LlmDialect::BedrockConverse,
];

/// The codec of a dialect that is known here. `None` for one without turns, and for one of an application's own: its codec is its provider's
/// ([`Provider::codec`](crate::upstream::Provider::codec)).
#[must_use]
pub fn codec_of(dialect: LlmDialect) -> Option<Arc<dyn Codec>> {
    Some(match dialect {
        LlmDialect::OpenAiChat => Arc::new(OpenAiChat),
        LlmDialect::OpenAiResponses => Arc::new(OpenAiResponses),
        LlmDialect::AnthropicMessages => Arc::new(AnthropicMessages),
        LlmDialect::Gemini => Arc::new(Gemini),
        LlmDialect::BedrockConverse => Arc::new(BedrockConverse),
        LlmDialect::OLLAMA => Arc::new(Ollama),
        LlmDialect::CohereRerank | LlmDialect::Other(_) => return None,
    })
}
