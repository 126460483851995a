//! What providers stream.

use std::sync::LazyLock;

use bytes::Bytes;

use super::{Dialect, frame::frame};
use crate::payload::{EVENT_BYTES, filled};

/// A stream: what it begins with, an event that comes again and again, and what it ends with.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) head: Vec<Bytes>,
    pub(crate) piece: Bytes,
    pub(crate) tail: Vec<Bytes>,
    /// The text of a piece.
    pub(crate) text_bytes: usize,
}

impl Script {
    /// How many bytes it has with so many pieces.
    pub(crate) fn bytes(&self, pieces: usize) -> usize {
        let ends: usize = self.head.iter().chain(&self.tail).map(Bytes::len).sum();
        ends + pieces * self.piece.len()
    }

    /// The event of this number.
    pub(crate) fn event(&self, nth: usize, pieces: usize) -> Option<&Bytes> {
        match nth.checked_sub(self.head.len()) {
            None => self.head.get(nth),
            Some(piece) if piece < pieces => Some(&self.piece),
            Some(piece) => self.tail.get(piece - pieces),
        }
    }
}

impl Dialect {
    pub(crate) fn script(self) -> &'static Script {
        match self {
            Self::Chat => &CHAT,
            Self::Responses => &RESPONSES,
            Self::Messages => &MESSAGES,
            Self::Gemini => &GEMINI,
            Self::Converse => &CONVERSE,
        }
    }
}

/// Of data alone.
fn data(text: &str) -> String {
    format!("data: {text}\n\n")
}

/// With the type of the data as its name.
fn named(text: &str) -> String {
    let (_, rest) = text.split_once("\"type\":\"").unwrap_or_default();
    let (name, _) = rest.split_once('"').unwrap_or_default();
    format!("event: {name}\ndata: {text}\n\n")
}

fn script(event: fn(&str) -> String, head: &[&str], piece: &str, tail: &[&str]) -> Script {
    let all = |texts: &[&str]| texts.iter().map(|text| event(text).into()).collect();
    let template = event(piece);
    Script {
        head: all(head),
        piece: filled(&template, EVENT_BYTES),
        tail: all(tail),
        text_bytes: EVENT_BYTES + 1 - template.len(),
    }
}

static CHAT: LazyLock<Script> = LazyLock::new(|| {
    let mut chat = script(
        data,
        &[
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null}"#,
        ],
        r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[{"index":0,"delta":{"content":"@"},"finish_reason":null}],"usage":null}"#,
        &[
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[],"usage":{"prompt_tokens":120,"completion_tokens":200,"total_tokens":320}}"#,
        ],
    );
    chat.tail.push(Bytes::from_static(b"data: [DONE]\n\n"));
    chat
});

static RESPONSES: LazyLock<Script> = LazyLock::new(|| {
    script(
        named,
        &[
            r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1750000000,"status":"in_progress","model":"relay","output":[]}}"#,
            r#"{"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1","object":"response","created_at":1750000000,"status":"in_progress","model":"relay","output":[]}}"#,
            r#"{"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"#,
            r#"{"type":"response.content_part.added","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}"#,
        ],
        r#"{"type":"response.output_text.delta","sequence_number":9,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"@","logprobs":[]}"#,
        &[
            r#"{"type":"response.output_text.done","sequence_number":300,"item_id":"msg_1","output_index":0,"content_index":0,"text":"","logprobs":[]}"#,
            r#"{"type":"response.content_part.done","sequence_number":301,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}"#,
            r#"{"type":"response.output_item.done","sequence_number":302,"output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[]}}"#,
            r#"{"type":"response.completed","sequence_number":303,"response":{"id":"resp_1","object":"response","created_at":1750000000,"status":"completed","model":"relay","output":[],"usage":{"input_tokens":120,"input_tokens_details":{"cached_tokens":0},"output_tokens":200,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":320}}}"#,
        ],
    )
});

static MESSAGES: LazyLock<Script> = LazyLock::new(|| {
    script(
        named,
        &[
            // The first type names the event.
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"relay","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":120,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"ping"}"#,
        ],
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"@"}}"#,
        &[
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":200}}"#,
            r#"{"type":"message_stop"}"#,
        ],
    )
});

static GEMINI: LazyLock<Script> = LazyLock::new(|| {
    script(
        data,
        &[],
        r#"{"candidates":[{"content":{"parts":[{"text":"@"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":9,"totalTokenCount":129},"modelVersion":"relay","responseId":"answer-1"}"#,
        &[
            r#"{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":200,"totalTokenCount":320},"modelVersion":"relay","responseId":"answer-1"}"#,
        ],
    )
});

static CONVERSE: LazyLock<Script> = LazyLock::new(|| {
    let template = r#"{"contentBlockIndex":0,"delta":{"text":"@"}}"#;
    let around = frame("contentBlockDelta", template).len() - template.len();
    let piece = filled(template, EVENT_BYTES - around);
    Script {
        head: vec![frame("messageStart", r#"{"role":"assistant"}"#)],
        text_bytes: piece.len() + 1 - template.len(),
        piece: frame("contentBlockDelta", &String::from_utf8_lossy(&piece)),
        tail: vec![
            frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            frame("messageStop", r#"{"stopReason":"end_turn"}"#),
            frame(
                "metadata",
                r#"{"usage":{"inputTokens":120,"outputTokens":200,"totalTokens":320},"metrics":{"latencyMs":700}}"#,
            ),
        ],
    }
});
