use http::{HeaderMap, HeaderName, HeaderValue};

use super::Pair;

/// What a client or a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAI Chat Completions.
    Chat,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    Messages,
    /// Gemini `generateContent`.
    Gemini,
    /// Bedrock Converse.
    Converse,
}

impl Dialect {
    pub(crate) const ALL: [Self; 5] = [
        Self::Chat,
        Self::Responses,
        Self::Messages,
        Self::Gemini,
        Self::Converse,
    ];

    /// The name of its provider, and what its paths begin with before a relay.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::Gemini => "gemini",
            Self::Converse => "converse",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Chat => "Chat",
            Self::Responses => "Responses",
            Self::Messages => "Messages",
            Self::Gemini => "Gemini",
            Self::Converse => "Converse",
        }
    }

    /// What a path is asked in, whatever stands before its end.
    pub(crate) fn asked(path: &str) -> Option<Self> {
        let known = [
            ("/chat/completions", Self::Chat),
            ("/responses", Self::Responses),
            ("/messages", Self::Messages),
            (":generateContent", Self::Gemini),
            (":streamGenerateContent", Self::Gemini),
            ("/converse", Self::Converse),
            ("/converse-stream", Self::Converse),
        ];
        let found = known.into_iter().find(|(end, _)| path.ends_with(end));
        found.map(|(_, dialect)| dialect)
    }

    pub(crate) const fn stream_type(self) -> &'static str {
        match self {
            Self::Converse => "application/vnd.amazon.eventstream",
            _ => "text/event-stream",
        }
    }

    /// What stands in the last bytes of a stream that is whole.
    pub(crate) const fn end_mark(self) -> &'static [u8] {
        match self {
            Self::Chat => b"[DONE]",
            // Its name stands far before: the event repeats the answer, and then tells the usage.
            Self::Responses => b"\"output_tokens\"",
            Self::Messages => b"message_stop",
            Self::Gemini => b"\"finishReason\"",
            Self::Converse => b"\"latencyMs\"",
        }
    }

    pub(super) fn headers(self, streams: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let accept = match self {
            _ if !streams => "application/json",
            Self::Converse => "application/vnd.amazon.eventstream",
            _ => "text/event-stream",
        };
        for (name, value) in [
            ("host", "localhost"),
            ("content-type", "application/json"),
            ("user-agent", "relay-bench/1"),
            ("authorization", "Bearer of-the-client"),
            ("accept", accept),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        if self == Self::Messages {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        headers
    }
}

impl Pair {
    /// Those of its client's requests.
    pub(crate) fn headers(self, streams: bool) -> HeaderMap {
        self.client().headers(streams)
    }
}
