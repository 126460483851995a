use crate::{LlmDialect, wire::scan::Name};

/// The names that are searched for in the events of streams.
///
/// The searchers are large, and making them is work: one of each serves all streams of a layer.
#[derive(Debug)]
pub(crate) struct Names {
    /// What a chunk of a chat must tell to be worth parsing.
    pub(super) of_chat: [Name; 3],
    /// The number of an event (Responses).
    pub(super) sequence: Name,
    /// The members that hold what a model wrote.
    text: Name,
    delta: Name,
    of_openai_text: [Name; 4],
    of_anthropic_text: [Name; 2],
    of_converse_text: [Name; 1],
    /// The members that hold what else it says.
    of_openai: [Name; 4],
    of_anthropic: [Name; 2],
    of_gemini: [Name; 4],
    of_converse: [Name; 2],
}

impl Default for Names {
    fn default() -> Self {
        Self {
            of_chat: ["\"usage\"", "\"finish_reason\"", "\"error\""].map(Name::new),
            sequence: Name::new("\"sequence_number\""),
            text: Name::new("\"text\""),
            delta: Name::new("\"delta\""),
            of_openai_text: [
                "\"content\"",
                "\"arguments\"",
                "\"reasoning_content\"",
                "\"refusal\"",
            ]
            .map(Name::new),
            of_anthropic_text: ["\"partial_json\"", "\"thinking\""].map(Name::new),
            of_converse_text: ["\"input\""].map(Name::new),
            of_openai: [
                "\"reasoning\"",
                "\"tool_calls\"",
                "\"audio\"",
                "\"partial_image_b64\"",
            ]
            .map(Name::new),
            of_anthropic: ["\"name\"", "\"signature\""].map(Name::new),
            of_gemini: [
                "\"functionCall\"",
                "\"inlineData\"",
                "\"executableCode\"",
                "\"codeExecutionResult\"",
            ]
            .map(Name::new),
            of_converse: ["\"toolUse\"", "\"reasoningContent\""].map(Name::new),
        }
    }
}

impl Names {
    /// How many bytes of an event a model wrote, roughly. Responses tells its text again when a part
    /// of it is whole.
    pub(super) fn event_text_bytes(&self, dialect: LlmDialect, data: &[u8]) -> usize {
        match dialect {
            LlmDialect::OpenAiResponses => self.delta.text_bytes(data),
            _ => self.text_bytes(dialect, data),
        }
    }

    /// How many bytes of an answer a model wrote, roughly.
    pub(super) fn text_bytes(&self, dialect: LlmDialect, data: &[u8]) -> usize {
        let names = std::iter::once(&self.text).chain(self.of_text(dialect));
        names.map(|name| name.text_bytes(data)).sum()
    }

    /// Whether a model says something in an event: text, thoughts, a call or a piece of its arguments, a medium. No
    /// event that tells of the stream alone has such members, or they are empty.
    pub(crate) fn is_content(&self, dialect: LlmDialect, data: &[u8]) -> bool {
        if dialect == LlmDialect::OpenAiResponses {
            // Its other events tell of items and parts, and what stands in them again when they are whole.
            let [.., image] = &self.of_openai;
            return self.delta.is_filled(data) || image.is_filled(data);
        }
        let others = match dialect {
            LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses | LlmDialect::Other(_) => {
                &self.of_openai[..]
            }
            LlmDialect::AnthropicMessages => &self.of_anthropic,
            LlmDialect::Gemini => &self.of_gemini,
            LlmDialect::BedrockConverse => &self.of_converse,
            LlmDialect::CohereRerank => &[],
        };
        let names = std::iter::once(&self.text).chain(self.of_text(dialect));
        names.chain(others).any(|name| name.is_filled(data))
    }

    /// The members that hold text, beside `text`.
    fn of_text(&self, dialect: LlmDialect) -> &[Name] {
        match dialect {
            LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses | LlmDialect::Other(_) => {
                &self.of_openai_text
            }
            LlmDialect::AnthropicMessages => &self.of_anthropic_text,
            LlmDialect::Gemini | LlmDialect::CohereRerank => &[],
            LlmDialect::BedrockConverse => &self.of_converse_text,
        }
    }
}
