use super::Dialect;

/// Who speaks what: a client, and its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    ChatToMessages,
    ChatToResponses,
    ChatToGemini,
    ChatToConverse,
    MessagesToChat,
    ResponsesToChat,
    GeminiToChat,
    ConverseToChat,
}

/// How it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In one piece.
    Whole,
    /// With a stream whose events are sent at once.
    Stream,
    /// With a stream whose events come one by one.
    Paced,
    /// With a stream of one event, one request at a time.
    First,
    /// With streams that stay open.
    Held,
}

impl Pair {
    pub(crate) const ALL: [Self; 8] = [
        Self::ChatToMessages,
        Self::ChatToResponses,
        Self::ChatToGemini,
        Self::ChatToConverse,
        Self::MessagesToChat,
        Self::ResponsesToChat,
        Self::GeminiToChat,
        Self::ConverseToChat,
    ];

    pub(crate) const fn client(self) -> Dialect {
        match self {
            Self::MessagesToChat => Dialect::Messages,
            Self::ResponsesToChat => Dialect::Responses,
            Self::GeminiToChat => Dialect::Gemini,
            Self::ConverseToChat => Dialect::Converse,
            _ => Dialect::Chat,
        }
    }

    pub(crate) const fn provider(self) -> Dialect {
        match self {
            Self::ChatToMessages => Dialect::Messages,
            Self::ChatToResponses => Dialect::Responses,
            Self::ChatToGemini => Dialect::Gemini,
            Self::ChatToConverse => Dialect::Converse,
            _ => Dialect::Chat,
        }
    }

    /// How it is measured. What has a clock of its own is measured of one pair: the others differ in CPU alone.
    pub(crate) const fn forms(self) -> &'static [Form] {
        match self {
            Self::ChatToMessages => &[
                Form::Whole,
                Form::Stream,
                Form::Paced,
                Form::First,
                Form::Held,
            ],
            _ => &[Form::Whole, Form::Stream],
        }
    }

    /// The name of the case; empty when there is none.
    pub(crate) const fn name(self, form: Form) -> &'static str {
        match (self, form) {
            (Self::ChatToMessages, Form::Whole) => "llm-chat-to-messages",
            (Self::ChatToMessages, Form::Stream) => "llm-chat-to-messages-stream",
            (Self::ChatToMessages, Form::Paced) => "llm-chat-to-messages-paced",
            (Self::ChatToMessages, Form::First) => "llm-chat-to-messages-first",
            (Self::ChatToMessages, Form::Held) => "llm-chat-to-messages-hold",
            (Self::ChatToResponses, Form::Whole) => "llm-chat-to-responses",
            (Self::ChatToResponses, Form::Stream) => "llm-chat-to-responses-stream",
            (Self::ChatToGemini, Form::Whole) => "llm-chat-to-gemini",
            (Self::ChatToGemini, Form::Stream) => "llm-chat-to-gemini-stream",
            (Self::ChatToConverse, Form::Whole) => "llm-chat-to-converse",
            (Self::ChatToConverse, Form::Stream) => "llm-chat-to-converse-stream",
            (Self::MessagesToChat, Form::Whole) => "llm-messages-to-chat",
            (Self::MessagesToChat, Form::Stream) => "llm-messages-to-chat-stream",
            (Self::ResponsesToChat, Form::Whole) => "llm-responses-to-chat",
            (Self::ResponsesToChat, Form::Stream) => "llm-responses-to-chat-stream",
            (Self::GeminiToChat, Form::Whole) => "llm-gemini-to-chat",
            (Self::GeminiToChat, Form::Stream) => "llm-gemini-to-chat-stream",
            (Self::ConverseToChat, Form::Whole) => "llm-converse-to-chat",
            (Self::ConverseToChat, Form::Stream) => "llm-converse-to-chat-stream",
            (_, Form::Paced | Form::First | Form::Held) => "",
        }
    }

    /// What is measured, in which unit.
    pub(crate) fn title(self, form: Form) -> String {
        let unit = match form {
            Form::Whole => "µs of CPU per request",
            Form::Stream => "burst, µs of CPU per event",
            Form::Paced => "paced, µs of CPU per event",
            Form::First => "first byte, µs from the request, median",
            Form::Held => "KiB per open stream",
        };
        let (client, provider) = (self.client().title(), self.provider().title());
        format!("LLM, {client} to {provider}, {unit}")
    }
}

impl Form {
    pub(crate) const fn is_stream(self) -> bool {
        !matches!(self, Self::Whole)
    }
}
