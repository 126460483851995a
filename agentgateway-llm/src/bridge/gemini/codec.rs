use bytes::Bytes;
use http::{HeaderMap, Response as HttpResponse, StatusCode};

use super::{
    super::{
        EncodedResponse,
        codec::{AnswerContext, Codec, DecodeContext, Encoded, Refused, Target, Unreadable},
        fault::Fault,
        form::{Request, Response},
        loss::LossReport,
        stream::{StreamDecoder, StreamEncoder},
    },
    fault, request, response,
    stream::{Decoder, Encoder},
};
use crate::LlmDialect;

/// The codec of Gemini `generateContent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is made by its name, and never holds anything"
)]
pub struct Gemini;

impl Codec for Gemini {
    fn dialect(&self) -> LlmDialect {
        LlmDialect::Gemini
    }

    fn decode_request(&self, target: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
        request::decode(target, body)
    }

    fn encode_request(
        &self,
        request: &Request,
        losses: &mut LossReport,
    ) -> Result<Encoded, Refused> {
        request::encode(request, losses)
    }

    fn decode_response(
        &self,
        context: &DecodeContext,
        body: &[u8],
    ) -> Result<Response, Unreadable> {
        response::decode(context, body)
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

    fn encode_fault(&self, fault: &Fault) -> HttpResponse<Bytes> {
        fault::encode(fault)
    }

    fn stream_decoder(&self, context: &DecodeContext) -> Box<dyn StreamDecoder> {
        Box::new(Decoder::new(context))
    }

    fn stream_encoder(&self, context: &AnswerContext) -> Box<dyn StreamEncoder> {
        Box::new(Encoder::new(context))
    }

    fn stream_media_type(&self, context: &AnswerContext) -> &'static str {
        if context.as_array {
            "application/json"
        } else {
            "text/event-stream"
        }
    }
}
