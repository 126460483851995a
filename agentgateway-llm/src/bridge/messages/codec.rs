use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Encoded, EncodedResponse, Fault, LossReport, Refused,
        Target, Unreadable,
        form::{Request, Response},
        stream::{StreamDecoder, StreamEncoder},
    },
    DIALECT, fault, request, response,
    stream::{Decoder, Encoder},
};
use crate::LlmDialect;

/// Anthropic Messages.
///
/// A request for `count_tokens` is read as any other: it lacks `max_tokens`.
///
/// # Source
/// Anthropic API, version 2023-06-01, Messages; the types of the official Python SDK 2.14.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a dialect has no parts")]
pub struct AnthropicMessages;

impl Codec for AnthropicMessages {
    fn dialect(&self) -> LlmDialect {
        DIALECT
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

    fn fault_in(&self, body: &[u8]) -> Option<Fault> {
        fault::fault_in(body)
    }

    fn has_json_mode(&self) -> bool {
        false
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
