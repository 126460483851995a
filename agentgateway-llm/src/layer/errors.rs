use agentgateway_core::{Error, rescue::Dialect, sse::SseMessage};
use bytes::Bytes;
use http::Response;

use crate::{LlmDialect, wire};

/// How each dialect says an error.
///
/// Tells `retry-after` (Gemini: `RetryInfo`) when the time is known. Where the same request cannot
/// succeed however often it is sent, OpenAI's and Anthropic's clients are told so by
/// `x-should-retry: false`. The id of the request stands where the dialect has a place for it:
/// Anthropic's `request_id`, Gemini's `RequestInfo`, Bedrock's header `x-amzn-requestid`. An event stream
/// that answers a call of Bedrock's dialect has no event for an error, and is aborted.
///
/// # Source
/// OpenAI API reference, Error codes; Anthropic API reference, Errors; Gemini API, Troubleshooting;
/// Amazon Bedrock API reference, Converse, Errors.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LlmErrors;

impl Dialect for LlmErrors {
    type Subject = LlmDialect;

    fn response(&self, error: &Error, dialect: &LlmDialect) -> Response<Bytes> {
        wire::error_response(*dialect, error)
    }

    fn event(&self, error: &Error, dialect: &LlmDialect) -> Option<SseMessage> {
        wire::error_event(*dialect, error, 0)
    }
}
