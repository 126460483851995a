use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Encoded, EncodedResponse, Fault, LossReport, Refused,
        Target, Unreadable,
        form::{Request, Response},
        stream::{StreamDecoder, StreamEncoder},
    },
    compatible::MAX_COMPLETION_TOKENS,
    fault, request, response,
    stream::{Decoder, Encoder},
};
use crate::LlmDialect;

/// OpenAI Chat Completions, as OpenAI's own hosts take it: see the [module](super) for what stands for what, and
/// [`OpenAiCompatible`](super::OpenAiCompatible) for servers that follow it.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a dialect has no state")]
pub struct OpenAiChat;

impl Codec for OpenAiChat {
    fn dialect(&self) -> LlmDialect {
        LlmDialect::OpenAiChat
    }

    fn decode_request(&self, target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
        request::decode(target, body)
    }

    fn encode_request(
        &self,
        request: &Request,
        losses: &mut LossReport,
    ) -> Result<Encoded, Refused> {
        Ok(request::encode(request, MAX_COMPLETION_TOKENS, losses))
    }

    fn decode_response(
        &self,
        context: &DecodeContext,
        body: &[u8],
    ) -> Result<Response, Unreadable> {
        response::decode(context, body)
    }

    fn takes_custom_tools(&self) -> bool {
        true
    }

    fn encode_response(
        &self,
        context: &AnswerContext,
        response: &Response,
        losses: &mut LossReport,
    ) -> EncodedResponse {
        response::encode(context, response, losses)
    }

    fn decode_fault(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
        fault::decode(status, headers, body)
    }

    fn encode_fault(&self, fault: &Fault) -> http::Response<Bytes> {
        fault::encode(fault)
    }

    fn fault_in(&self, body: &[u8]) -> Option<Fault> {
        fault::fault_in(body)
    }

    fn stream_decoder(&self, context: &DecodeContext) -> Box<dyn StreamDecoder> {
        Box::new(Decoder::new(context))
    }

    fn stream_encoder(&self, context: &AnswerContext) -> Box<dyn StreamEncoder> {
        Box::new(Encoder::new(context))
    }
}
