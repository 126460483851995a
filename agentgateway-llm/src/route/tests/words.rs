//! What clients ask and providers say, in each dialect.

use bytes::{BufMut, Bytes, BytesMut};

pub(super) use crate::bridge::DIALECTS;
use crate::{
    LlmDialect,
    bridge::{
        DecodeContext, Fault, codec_of,
        stream::{Delta, Event},
    },
    upstream::ProviderKind,
    wire::event_stream::{write_event, write_exception},
};

/// Who speaks a dialect.
pub(super) const fn kind_of(dialect: LlmDialect) -> ProviderKind {
    match dialect {
        LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses => ProviderKind::OpenAi,
        LlmDialect::AnthropicMessages => ProviderKind::Anthropic,
        LlmDialect::Gemini => ProviderKind::Gemini,
        LlmDialect::BedrockConverse => ProviderKind::Bedrock,
        LlmDialect::CohereRerank | LlmDialect::Other(_) => ProviderKind::Custom,
    }
}

/// A provider that must be translated to, for a client of this dialect; and what it speaks then.
pub(super) const fn other_of(dialect: LlmDialect) -> LlmDialect {
    match dialect {
        LlmDialect::OpenAiChat => LlmDialect::AnthropicMessages,
        LlmDialect::OpenAiResponses => LlmDialect::Gemini,
        LlmDialect::AnthropicMessages => LlmDialect::OpenAiChat,
        LlmDialect::Gemini => LlmDialect::BedrockConverse,
        LlmDialect::BedrockConverse | LlmDialect::CohereRerank | LlmDialect::Other(_) => {
            LlmDialect::AnthropicMessages
        }
    }
}

/// Path and body of a client that wants a stream of the model `m`.
pub(super) const fn asks(dialect: LlmDialect) -> (&'static str, &'static str) {
    match dialect {
        LlmDialect::OpenAiChat => (
            "/v1/chat/completions",
            r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#,
        ),
        LlmDialect::OpenAiResponses => (
            "/v1/responses",
            r#"{"model":"m","max_output_tokens":9,"stream":true,"input":"hi"}"#,
        ),
        LlmDialect::AnthropicMessages => (
            "/v1/messages",
            r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#,
        ),
        LlmDialect::Gemini => (
            "/v1beta/models/m:streamGenerateContent?alt=sse",
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#,
        ),
        LlmDialect::BedrockConverse => (
            "/model/m/converse-stream",
            r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#,
        ),
        LlmDialect::CohereRerank | LlmDialect::Other(_) => ("/", ""),
    }
}

/// A stream that says "hello", in its parts.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// Lifecycle alone.
    pub(super) begin: Bytes,
    pub(super) content: Bytes,
    pub(super) end: Bytes,
    /// "too busy".
    pub(super) error: Bytes,
}

pub(super) fn words(dialect: LlmDialect) -> Words {
    match dialect {
        LlmDialect::OpenAiChat => chat(),
        LlmDialect::OpenAiResponses => responses(),
        LlmDialect::AnthropicMessages => messages(),
        LlmDialect::Gemini => gemini(),
        LlmDialect::BedrockConverse => converse(),
        LlmDialect::CohereRerank | LlmDialect::Other(_) => unreachable!("it has no streams"),
    }
}

fn data(events: &[&str]) -> Bytes {
    let events = events.iter().map(|event| format!("data: {event}\n\n"));
    events.collect::<String>().into()
}

/// Events whose names are the types in them.
pub(super) fn named(events: &[&str]) -> Bytes {
    let name = |event: &str| {
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        event["type"].as_str().unwrap().to_owned()
    };
    let events = events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", name(event)));
    events.collect::<String>().into()
}

pub(super) fn frames(events: &[(&str, &str)]) -> Bytes {
    let mut out = BytesMut::new();
    for (name, payload) in events {
        write_event(&mut out, name, |out| out.put_slice(payload.as_bytes())).unwrap();
    }
    out.freeze()
}

fn chat() -> Words {
    Words {
        begin: data(&[
            r#"{"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        ]),
        content: data(&[
            r#"{"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"hello"},"finish_reason":null}]}"#,
        ]),
        end: data(&[
            r#"{"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
        error: data(&[
            r#"{"error":{"message":"too busy","type":"server_error","param":null,"code":"overloaded"}}"#,
        ]),
    }
}

fn responses() -> Words {
    Words {
        begin: named(&[
            r#"{"type":"response.created","sequence_number":0,"response":{"id":"r","object":"response","created_at":1,"model":"m","status":"in_progress","output":[]}}"#,
            r#"{"type":"response.in_progress","sequence_number":1,"response":{"id":"r","object":"response","created_at":1,"model":"m","status":"in_progress","output":[]}}"#,
            r#"{"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"type":"message","id":"i","status":"in_progress","role":"assistant","content":[]}}"#,
            r#"{"type":"response.content_part.added","sequence_number":3,"item_id":"i","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#,
        ]),
        content: named(&[
            r#"{"type":"response.output_text.delta","sequence_number":4,"item_id":"i","output_index":0,"content_index":0,"delta":"hello","logprobs":[]}"#,
        ]),
        end: named(&[
            r#"{"type":"response.output_text.done","sequence_number":5,"item_id":"i","output_index":0,"content_index":0,"text":"hello","logprobs":[]}"#,
            r#"{"type":"response.completed","sequence_number":6,"response":{"id":"r","object":"response","created_at":1,"model":"m","status":"completed","output":[{"type":"message","id":"i","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hello","annotations":[]}]}]}}"#,
        ]),
        error: named(&[
            r#"{"type":"error","sequence_number":7,"code":"server_is_overloaded","message":"too busy","param":null}"#,
        ]),
    }
}

fn messages() -> Words {
    Words {
        begin: named(&[
            r#"{"type":"message_start","message":{"id":"r","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        ]),
        content: named(&[
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}}"#,
        ]),
        end: named(&[
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}"#,
            r#"{"type":"message_stop"}"#,
        ]),
        error: named(&[
            r#"{"type":"error","error":{"type":"overloaded_error","message":"too busy"}}"#,
        ]),
    }
}

fn gemini() -> Words {
    Words {
        begin: data(&[
            r#"{"usageMetadata":{"promptTokenCount":1,"totalTokenCount":1},"modelVersion":"m","responseId":"r"}"#,
        ]),
        content: data(&[
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"hello"}]},"index":0}],"modelVersion":"m","responseId":"r"}"#,
        ]),
        end: data(&[
            r#"{"candidates":[{"content":{"role":"model","parts":[]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},"modelVersion":"m","responseId":"r"}"#,
        ]),
        error: data(&[r#"{"error":{"code":503,"message":"too busy","status":"UNAVAILABLE"}}"#]),
    }
}

fn converse() -> Words {
    let mut error = BytesMut::new();
    let says = r#"{"message":"too busy"}"#;
    write_exception(&mut error, "serviceUnavailableException", |out| {
        out.put_slice(says.as_bytes());
    })
    .unwrap();
    Words {
        begin: frames(&[("messageStart", r#"{"role":"assistant"}"#)]),
        content: frames(&[(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"hello"}}"#,
        )]),
        end: frames(&[
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("messageStop", r#"{"stopReason":"end_turn"}"#),
            (
                "metadata",
                r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":1}}"#,
            ),
        ]),
        error: error.freeze(),
    }
}

/// What a client of a dialect makes of its stream.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) text: String,
    pub(super) fault: Option<Fault>,
    /// The end marker was there.
    pub(super) ended: bool,
    pub(super) starts: usize,
}

pub(super) fn heard(dialect: LlmDialect, stream: &[u8]) -> Heard {
    let mut heard = Heard::default();
    let mut decoder = codec_of(dialect)
        .unwrap()
        .stream_decoder(&DecodeContext::default());
    let mut sink = |event: Event<'_>| {
        match event {
            Event::Start(_) => heard.starts += 1,
            Event::Delta {
                delta: Delta::Text(text),
                ..
            } => heard.text.push_str(&text),
            Event::Fault(fault) => heard.fault = Some(fault),
            Event::End => heard.ended = true,
            _ => {}
        }
        Ok(())
    };
    decoder.feed(stream, &mut sink).unwrap();
    // What is missing shows in what was heard.
    let _ = decoder.finish(&mut sink);
    heard
}
