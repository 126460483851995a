use http::{HeaderMap, StatusCode};

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Encoded, Fault, LossReport, OpenAiChat, Refused,
        Unreadable,
        form::{Request, Response},
        stream::StreamDecoder,
    },
    DIALECT, answer, request,
    stream::Decoder,
};
use crate::LlmDialect;

/// Ollama's `/api/chat`, as a provider: see the [module](super) for what stands for what.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a dialect has no parts")]
pub struct Ollama;

impl Codec for Ollama {
    fn dialect(&self) -> LlmDialect {
        DIALECT
    }

    fn encode_request(
        &self,
        request: &Request,
        losses: &mut LossReport,
    ) -> Result<Encoded, Refused> {
        request::encode(request, losses)
    }

    fn decode_response(&self, _: &DecodeContext, body: &[u8]) -> Result<Response, Unreadable> {
        answer::decode(body)
    }

    fn fault_in(&self, body: &[u8]) -> Option<Fault> {
        // `{"error": "words"}`, which those who follow OpenAI write too.
        OpenAiChat.fault_in(body)
    }

    fn decode_fault(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
        OpenAiChat.decode_fault(status, headers, body)
    }

    fn stream_decoder(&self, _: &DecodeContext) -> Box<dyn StreamDecoder> {
        Box::new(Decoder::default())
    }

    fn stream_media_type(&self, _: &AnswerContext) -> &'static str {
        "application/x-ndjson"
    }
}
