//! What clients ask.

use std::ops::RangeInclusive;

use bytes::Bytes;

use super::{Dialect, Form, Pair};
use crate::payload::{ANSWER_BYTES, REQUEST_BYTES, Stream, filled};

impl Pair {
    /// Path and query, of which the gateway finds the provider by the first segment.
    pub(crate) fn path(self, form: Form) -> String {
        let (to, model) = (self.provider().name(), model(self, form));
        let streams = form.is_stream();
        match self.client() {
            Dialect::Chat => format!("/{to}/v1/chat/completions"),
            Dialect::Responses => format!("/{to}/v1/responses"),
            Dialect::Messages => format!("/{to}/v1/messages"),
            Dialect::Gemini if streams => {
                format!("/{to}/v1beta/models/{model}:streamGenerateContent?alt=sse")
            }
            Dialect::Gemini => format!("/{to}/v1beta/models/{model}:generateContent"),
            Dialect::Converse if streams => format!("/{to}/model/{model}/converse-stream"),
            Dialect::Converse => format!("/{to}/model/{model}/converse"),
        }
    }

    /// How many bytes of body a whole answer has. A dialect says in few words what another has many for: the texts
    /// are the least that there is, and OpenAI Responses repeats all of them four times behind their pieces.
    pub(crate) fn answer_bytes(self, form: Form, stream: Option<Stream>) -> RangeInclusive<usize> {
        let Some(Stream { events, .. }) = stream.filter(|_| form.is_stream()) else {
            return ANSWER_BYTES / 2..=2 * ANSWER_BYTES;
        };
        let (own, provider) = (self.client().script(), self.provider().script());
        let least = events * own.text_bytes.min(provider.text_bytes);
        least..=5 * own.bytes(events).max(provider.bytes(events))
    }

    pub(crate) fn request(self, form: Form) -> Bytes {
        let streams = form.is_stream();
        let template = match (self.client(), streams) {
            (Dialect::Chat, false) => {
                r#"{"model":"MODEL","messages":[{"role":"system","content":"Answer in short."},{"role":"user","content":"@"}],"temperature":0.2,"max_tokens":256}"#
            }
            (Dialect::Chat, true) => {
                r#"{"model":"MODEL","messages":[{"role":"system","content":"Answer in short."},{"role":"user","content":"@"}],"temperature":0.2,"max_tokens":256,"stream":true,"stream_options":{"include_usage":true}}"#
            }
            (Dialect::Responses, false) => {
                r#"{"model":"MODEL","instructions":"Answer in short.","input":[{"role":"user","content":[{"type":"input_text","text":"@"}]}],"temperature":0.2,"max_output_tokens":256,"store":false}"#
            }
            (Dialect::Responses, true) => {
                r#"{"model":"MODEL","instructions":"Answer in short.","input":[{"role":"user","content":[{"type":"input_text","text":"@"}]}],"temperature":0.2,"max_output_tokens":256,"store":false,"stream":true}"#
            }
            (Dialect::Messages, false) => {
                r#"{"model":"MODEL","max_tokens":256,"temperature":0.2,"system":"Answer in short.","messages":[{"role":"user","content":[{"type":"text","text":"@"}]}]}"#
            }
            (Dialect::Messages, true) => {
                r#"{"model":"MODEL","max_tokens":256,"temperature":0.2,"system":"Answer in short.","messages":[{"role":"user","content":[{"type":"text","text":"@"}]}],"stream":true}"#
            }
            (Dialect::Gemini, _) => {
                r#"{"systemInstruction":{"parts":[{"text":"Answer in short."}]},"contents":[{"role":"user","parts":[{"text":"@"}]}],"generationConfig":{"temperature":0.2,"maxOutputTokens":256}}"#
            }
            (Dialect::Converse, _) => {
                r#"{"system":[{"text":"Answer in short."}],"messages":[{"role":"user","content":[{"text":"@"}]}],"inferenceConfig":{"temperature":0.2,"maxTokens":256}}"#
            }
        };
        filled(
            &template.replace("MODEL", &model(self, form)),
            REQUEST_BYTES,
        )
    }
}

impl Dialect {
    /// A provider's whole answer.
    pub(crate) fn answer(self) -> Bytes {
        let template = match self {
            Self::Chat => {
                r#"{"id":"chatcmpl-1","object":"chat.completion","created":1750000000,"model":"relay","choices":[{"index":0,"message":{"role":"assistant","content":"@","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":120,"completion_tokens":180,"total_tokens":300}}"#
            }
            Self::Responses => {
                r#"{"id":"resp_1","object":"response","created_at":1750000000,"status":"completed","error":null,"incomplete_details":null,"model":"relay","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"@"}]}],"usage":{"input_tokens":120,"input_tokens_details":{"cached_tokens":0},"output_tokens":180,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":300}}"#
            }
            Self::Messages => {
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"relay","content":[{"type":"text","text":"@"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":120,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":180,"service_tier":"standard"}}"#
            }
            Self::Gemini => {
                r#"{"candidates":[{"content":{"parts":[{"text":"@"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":120,"candidatesTokenCount":180,"totalTokenCount":300,"promptTokensDetails":[{"modality":"TEXT","tokenCount":120}]},"modelVersion":"relay","responseId":"answer-1"}"#
            }
            Self::Converse => {
                r#"{"output":{"message":{"role":"assistant","content":[{"text":"@"}]}},"stopReason":"end_turn","usage":{"inputTokens":120,"outputTokens":180,"totalTokens":300},"metrics":{"latencyMs":700}}"#
            }
        };
        filled(template, ANSWER_BYTES)
    }
}

/// By it the mock knows the case, wherever a dialect says it.
fn model(pair: Pair, form: Form) -> String {
    format!("relay-{}", pair.name(form))
}
