use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Encoded, EncodedResponse, Fault, LossReport, Refused,
        Target, Unreadable,
        form::{Request, Response},
        stream::{StreamDecoder, StreamEncoder},
    },
    fault, request, response,
    stream::{Decoder, Encoder},
};
use crate::LlmDialect;

/// OpenAI Responses.
///
/// # Source
/// OpenAI API, `POST /v1/responses`: `CreateResponse`, `Response`, `ResponseStreamEvent`.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is a name, and holds nothing")]
pub struct OpenAiResponses;

impl Codec for OpenAiResponses {
    fn dialect(&self) -> LlmDialect {
        LlmDialect::OpenAiResponses
    }

    fn decode_request(&self, _: &Target<'_>, body: &[u8]) -> Result<Request, Refused> {
        request::decode(body)
    }

    fn encode_request(
        &self,
        request: &Request,
        losses: &mut LossReport,
    ) -> Result<Encoded, Refused> {
        Ok(request::encode(request, losses))
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

    fn stream_decoder(&self, context: &DecodeContext) -> Box<dyn StreamDecoder> {
        Box::new(Decoder::new(context.clone()))
    }

    fn stream_encoder(&self, context: &AnswerContext) -> Box<dyn StreamEncoder> {
        Box::new(Encoder::new(context.clone()))
    }
}
