use super::LlmDialect;

/// What may stand between two events of a stream and says nothing, where the dialect's official clients read over it.
///
/// # Source
/// Anthropic API reference, Streaming messages, Ping events; HTML, server-sent events, section 9.2.6 (comments), which
/// OpenAI's SDKs follow. Google's SDK for Python (google-genai 3.4) takes a comment for JSON.
pub(crate) const fn keep_alive(dialect: LlmDialect) -> Option<&'static [u8]> {
    match dialect {
        LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses | LlmDialect::Other(_) => {
            Some(b": keep-alive\n\n")
        }
        LlmDialect::AnthropicMessages => Some(b"event: ping\ndata: {\"type\": \"ping\"}\n\n"),
        LlmDialect::Gemini | LlmDialect::BedrockConverse | LlmDialect::CohereRerank => None,
    }
}
