use std::time::Duration;

use agentgateway_core::{
    Error, ErrorKind, context::RequestId, protocol::Rejection, sse::SseMessage,
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use super::{LlmDialect, event_stream, request::Refusal};

/// Read by the official OpenAI and Anthropic clients before they decide to try again.
const X_SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
/// The type of an error of Bedrock's: its clients choose the exception by it.
const X_AMZN_ERRORTYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// The id of a request, where Bedrock's clients look for it.
const X_AMZN_REQUESTID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// Read by the same clients before `retry-after`.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The whole answer that says this error.
pub(crate) fn response(dialect: LlmDialect, error: &Error) -> Response<Bytes> {
    answer(dialect, error, None)
}

/// A request that is refused for its body.
pub(crate) fn refuse(dialect: LlmDialect, refusal: Refusal) -> Rejection {
    let error = Error::new(ErrorKind::InvalidRequest, refusal.message);
    let param = refusal.param;
    Rejection::new(error, move |error| answer(dialect, error, param.as_deref()))
}

/// The event that tells this error inside a stream. `sequence` is what Responses counts. Bedrock's streams
/// have no such events: they are binary.
pub(crate) fn event(dialect: LlmDialect, error: &Error, sequence: u64) -> Option<SseMessage> {
    Some(match dialect {
        LlmDialect::OpenAiChat
        | LlmDialect::Gemini
        | LlmDialect::CohereRerank
        | LlmDialect::Other(_) => SseMessage::new(body(dialect, error, None)),
        LlmDialect::AnthropicMessages => {
            SseMessage::new(body(dialect, error, None)).with_event("error")
        }
        // Nested as it is recorded, with the flat members of the published specification beside it.
        LlmDialect::OpenAiResponses => SseMessage::new(to_json(&ResponsesEvent {
            kind: "error",
            sequence_number: sequence,
            code: error.kind().as_str(),
            message: error.message(),
            param: None,
            error: openai(error, None),
        }))
        .with_event("error"),
        LlmDialect::BedrockConverse => return None,
    })
}

fn answer(dialect: LlmDialect, error: &Error, param: Option<&str>) -> Response<Bytes> {
    let mut response = Response::new(body(dialect, error, param));
    *response.status_mut() = status(dialect, error);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    error.write_headers(headers);
    if let Some(delay) = error.retry_after() {
        tell_millis(headers, delay);
    }
    match dialect {
        LlmDialect::BedrockConverse => name_exception(headers, error),
        LlmDialect::Gemini => {}
        _ if is_final(error.kind()) => {
            headers.insert(X_SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        _ => {}
    }
    response
}

fn name_exception(headers: &mut HeaderMap, error: &Error) {
    let kind = HeaderValue::from_static(exception_type(error.kind()));
    headers.insert(X_AMZN_ERRORTYPE, kind);
    let id = error.request_id().map(RequestId::as_str);
    if let Some(Ok(id)) = id.map(HeaderValue::from_str) {
        headers.insert(X_AMZN_REQUESTID, id);
    }
}

fn tell_millis(headers: &mut HeaderMap, delay: Duration) {
    if let Ok(millis) = u64::try_from(delay.as_millis()) {
        headers.insert(RETRY_AFTER_MS, HeaderValue::from(millis));
    }
}

/// The same request cannot succeed however often it is sent.
const fn is_final(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidRequest
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::MethodNotAllowed
            | ErrorKind::NotAcceptable
            | ErrorKind::TooLarge
            | ErrorKind::UnsupportedMediaType
    )
}

fn status(dialect: LlmDialect, error: &Error) -> StatusCode {
    match (dialect, error.kind()) {
        // Anthropic's own status for overload.
        (LlmDialect::AnthropicMessages, ErrorKind::Overloaded) => {
            StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
        }
        _ => error.status(),
    }
}

fn body(dialect: LlmDialect, error: &Error, param: Option<&str>) -> Bytes {
    match dialect {
        LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses | LlmDialect::Other(_) => {
            to_json(&OpenAiBody {
                error: openai(error, param),
            })
        }
        LlmDialect::AnthropicMessages => to_json(&AnthropicBody {
            kind: "error",
            error: AnthropicError {
                kind: anthropic_type(error.kind()),
                message: error.message(),
            },
            request_id: error.request_id().map(RequestId::as_str),
        }),
        LlmDialect::Gemini => to_json(&GeminiBody {
            error: GeminiError {
                code: status(dialect, error).as_u16(),
                message: error.message(),
                status: canonical_code(error.kind()),
                details: details(error),
            },
        }),
        LlmDialect::CohereRerank => to_json(&CohereBody {
            id: error.request_id().map(RequestId::as_str),
            message: error.message(),
        }),
        LlmDialect::BedrockConverse => to_json(&ConverseBody {
            message: error.message(),
        }),
    }
}

#[derive(Serialize)]
struct OpenAiBody<'a> {
    error: OpenAiError<'a>,
}

/// All four members are required.
#[derive(Serialize)]
struct OpenAiError<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct ResponsesEvent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sequence_number: u64,
    code: &'static str,
    message: &'a str,
    param: Option<&'a str>,
    error: OpenAiError<'a>,
}

#[derive(Serialize)]
struct AnthropicBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: AnthropicError<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct AnthropicError<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct ConverseBody<'a> {
    message: &'a str,
}

#[derive(Serialize)]
struct CohereBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    message: &'a str,
}

#[derive(Serialize)]
struct GeminiBody<'a> {
    error: GeminiError<'a>,
}

#[derive(Serialize)]
struct GeminiError<'a> {
    code: u16,
    message: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "@type")]
enum Detail<'a> {
    /// Their form of `retry-after`.
    #[serde(rename = "type.googleapis.com/google.rpc.RetryInfo")]
    Retry {
        #[serde(rename = "retryDelay")]
        retry_delay: String,
    },
    #[serde(rename = "type.googleapis.com/google.rpc.RequestInfo")]
    Request {
        #[serde(rename = "requestId")]
        request_id: &'a str,
    },
}

fn details(error: &Error) -> Vec<Detail<'_>> {
    let retry = error.retry_after().map(|delay| Detail::Retry {
        retry_delay: format!("{}s", delay.as_secs_f64()),
    });
    let request = error.request_id().map(|id| Detail::Request {
        request_id: id.as_str(),
    });
    retry.into_iter().chain(request).collect()
}

fn openai<'a>(error: &'a Error, param: Option<&'a str>) -> OpenAiError<'a> {
    let (kind, code) = openai_type(error.kind());
    OpenAiError {
        message: error.message(),
        r#type: kind,
        param,
        code,
    }
}

/// The type and the code that say this kind in OpenAI's dialects.
///
/// # Source
/// OpenAI API reference, Error codes.
pub(crate) const fn openai_type(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::InvalidRequest => ("invalid_request_error", None),
        ErrorKind::Unauthenticated => ("authentication_error", Some("invalid_api_key")),
        ErrorKind::Forbidden => ("permission_error", Some("forbidden")),
        ErrorKind::RateLimited => ("rate_limit_error", Some("rate_limit_exceeded")),
        ErrorKind::Overloaded
        | ErrorKind::Timeout
        | ErrorKind::Unavailable
        | ErrorKind::BadAnswer
        | ErrorKind::Internal => ("server_error", Some(kind.as_str())),
        _ => ("invalid_request_error", Some(kind.as_str())),
    }
}

/// # Source
/// Anthropic API reference, Errors.
const fn anthropic_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "authentication_error",
        ErrorKind::Forbidden => "permission_error",
        ErrorKind::NotFound => "not_found_error",
        ErrorKind::TooLarge => "request_too_large",
        ErrorKind::RateLimited => "rate_limit_error",
        ErrorKind::Overloaded => "overloaded_error",
        ErrorKind::Timeout => "timeout_error",
        ErrorKind::Unavailable | ErrorKind::BadAnswer | ErrorKind::Internal => "api_error",
        _ => "invalid_request_error",
    }
}

/// # Source
/// Gemini API reference, Troubleshooting; google.rpc.Code.
const fn canonical_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "UNAUTHENTICATED",
        ErrorKind::Forbidden => "PERMISSION_DENIED",
        ErrorKind::NotFound => "NOT_FOUND",
        ErrorKind::RateLimited => "RESOURCE_EXHAUSTED",
        ErrorKind::Overloaded | ErrorKind::Unavailable => "UNAVAILABLE",
        ErrorKind::Timeout | ErrorKind::RequestTimeout => "DEADLINE_EXCEEDED",
        ErrorKind::BadAnswer | ErrorKind::Internal => "INTERNAL",
        ErrorKind::Canceled => "CANCELLED",
        _ => "INVALID_ARGUMENT",
    }
}

/// # Source
/// Amazon Bedrock API reference, Converse, Errors; for what Converse has no name for, Common Errors.
pub(crate) const fn exception_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "UnrecognizedClientException",
        ErrorKind::Forbidden => "AccessDeniedException",
        ErrorKind::NotFound => "ResourceNotFoundException",
        ErrorKind::RateLimited => "ThrottlingException",
        ErrorKind::Overloaded | ErrorKind::Unavailable => "ServiceUnavailableException",
        ErrorKind::Timeout | ErrorKind::RequestTimeout => "ModelTimeoutException",
        ErrorKind::BadAnswer => "ModelErrorException",
        ErrorKind::Internal => "InternalServerException",
        _ => "ValidationException",
    }
}

/// The exceptions that a stream may bring, and what they say.
///
/// # Source
/// Amazon Bedrock API reference, ConverseStream, ConverseStreamOutput.
const STREAM_EXCEPTIONS: [(&str, ErrorKind); 5] = [
    ("validationException", ErrorKind::InvalidRequest),
    ("throttlingException", ErrorKind::RateLimited),
    ("serviceUnavailableException", ErrorKind::Overloaded),
    ("modelStreamErrorException", ErrorKind::BadAnswer),
    ("internalServerException", ErrorKind::Internal),
];

/// Writes the frame that tells an error inside of a stream of Bedrock's: under `name`, where that is an exception of
/// streams, and else by its kind.
pub(crate) fn write_exception_of(out: &mut BytesMut, kind: ErrorKind, name: &str, message: &str) {
    let kind = match kind {
        ErrorKind::Unavailable => ErrorKind::Overloaded,
        ErrorKind::Timeout => ErrorKind::BadAnswer,
        ErrorKind::RateLimited => kind,
        kind if kind.status().is_client_error() => ErrorKind::InvalidRequest,
        kind => kind,
    };
    let known = |is_it: &dyn Fn(&(&str, ErrorKind)) -> bool| {
        STREAM_EXCEPTIONS.iter().find(|known| is_it(known))
    };
    let by_name = known(&|(known, _)| known.eq_ignore_ascii_case(name));
    let found = by_name.or_else(|| known(&|(_, of)| *of == kind));
    let name = found.map_or("internalServerException", |(name, _)| *name);
    let say = |message| {
        move |out: &mut BytesMut| out.extend_from_slice(&to_json(&ConverseBody { message }))
    };
    if event_stream::write_exception(out, name, say(message)).is_err() {
        // Words over the limit of a frame: it is said without them.
        let again =
            event_stream::write_exception(out, name, say("the error is too long to be told"));
        debug_assert!(again.is_ok(), "a short frame fits");
    }
}

/// The frame that tells this error inside of a stream of Bedrock's.
pub(crate) fn frame(error: &Error) -> Bytes {
    let mut out = BytesMut::new();
    write_exception_of(&mut out, error.kind(), "", error.message());
    out.freeze()
}

#[expect(clippy::expect_used, reason = "see the invariant")]
fn to_json(value: &impl Serialize) -> Bytes {
    // INVARIANT: serde_json fails on maps without string keys and on failing writers; these are
    // structs of strings and numbers, written to memory.
    serde_json::to_vec(value)
        .expect("an error body is always JSON")
        .into()
}
