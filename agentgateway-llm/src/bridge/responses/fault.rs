use agentgateway_core::{
    ErrorKind,
    json::{self, JsonType, Raw, members_of},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

use super::{
    super::Fault,
    json::{Members, object},
};
use crate::wire::wait;
use crate::{
    LlmDialect,
    wire::{error_response, openai_type},
};

/// The most of a body that is no JSON that is shown to the client, in bytes.
const MAX_WORDS_BYTES: usize = 1024;

/// Reads a provider's error answer.
pub(super) fn decode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let mut fault = Fault::new(Fault::kind_of(status), words(status, body));
    if let Ok(raw) = Raw::parse(body) {
        read(raw, &mut fault);
    }
    fault.kind = Fault::kind_of(status);
    fault.status = Some(status);
    fault.retry_after = wait(status, headers);
    fault
}

/// What the client is told when the body has no message.
fn words(status: StatusCode, body: &[u8]) -> String {
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let is_page = text.starts_with(['{', '[', '<']);
    if text.is_empty() || is_page || text.len() > MAX_WORDS_BYTES {
        return format!("the provider answered with the status {status}");
    }
    text.to_owned()
}

/// An error event, in either of its shapes: recorded with an `error` inside, published without.
pub(super) fn of_event(event: Raw<'_>) -> Fault {
    let mut fault = Fault::new(
        ErrorKind::BadAnswer,
        "the provider reported an error without a message",
    );
    read(event, &mut fault);
    fault
}

/// The error of a response that failed.
pub(super) fn of_failure(error: Option<Raw<'_>>) -> Fault {
    let mut fault = Fault::new(
        ErrorKind::BadAnswer,
        "the provider's answer failed without a message",
    );
    if let Some(error) = error {
        take(error, &mut fault);
    }
    fault
}

fn read(raw: Raw<'_>, fault: &mut Fault) {
    let keys = ["error", "message", "detail"];
    let [error, message, detail] = members_of(raw, keys).unwrap_or_default();
    match error.filter(|error| !json::is_null(*error)) {
        Some(error) => match json::string(error) {
            Some(text) => fault.message = text.into_owned(),
            None => take(error, fault),
        },
        None if message.is_some() => take(raw, fault),
        None => {
            if let Some(text) = detail.and_then(json::string) {
                fault.message = text.into_owned();
            }
        }
    }
}

/// Takes the members of an error object.
fn take(error: Raw<'_>, fault: &mut Fault) {
    let keys = ["message", "type", "code", "param"];
    let [message, kind, code, param] = members_of(error, keys).unwrap_or_default();
    if let Some(text) = message.and_then(json::string) {
        fault.message = text.into_owned();
    }
    // The flat event's type is that of the event.
    let kind = kind.and_then(word).filter(|kind| kind != "error");
    fault.type_name = kind;
    fault.code = code.and_then(word);
    fault.param = param.and_then(word);
    let status = fault.code.as_deref().and_then(|code| code.parse().ok());
    let status = status.filter(|status: &StatusCode| status.as_u16() >= 400);
    fault.status = fault.status.or(status);
    let names = [fault.code.as_deref(), fault.type_name.as_deref()];
    let told = names.into_iter().flatten().find_map(kind_of);
    if let Some(kind) = told.or(status.map(Fault::kind_of)) {
        fault.kind = kind;
    }
}

/// A word, or a number as a word.
fn word(raw: Raw<'_>) -> Option<String> {
    match json::type_of(raw) {
        JsonType::String => json::string(raw).map(Into::into),
        JsonType::Number => Some(raw.get().to_owned()),
        _ => None,
    }
}

/// What a code or a type means.
///
/// # Source
/// OpenAI API: Error codes, `ResponseErrorCode`.
fn kind_of(name: &str) -> Option<ErrorKind> {
    Some(match name {
        "rate_limit_exceeded" | "rate_limit_error" | "insufficient_quota" | "too_many_requests" => {
            ErrorKind::RateLimited
        }
        "server_error" | "internal_error" | "api_error" => ErrorKind::BadAnswer,
        "overloaded" | "overloaded_error" | "server_is_overloaded" | "slow_down" => {
            ErrorKind::Overloaded
        }
        "timeout" | "timeout_error" | "vector_store_timeout" => ErrorKind::Timeout,
        "authentication_error" | "invalid_api_key" => ErrorKind::Unauthenticated,
        "permission_error" | "permission_denied" => ErrorKind::Forbidden,
        "model_not_found" | "not_found_error" => ErrorKind::NotFound,
        "bio_policy"
        | "data_residency_mismatch"
        | "context_length_exceeded"
        | "unsupported_file"
        | "failed_to_download_image"
        | "empty_image_file" => ErrorKind::InvalidRequest,
        name if name.starts_with("invalid_")
            || name.starts_with("image_")
            || name.starts_with("unsupported_") =>
        {
            ErrorKind::InvalidRequest
        }
        _ => return None,
    })
}

/// Writes an error answer for a client.
pub(super) fn encode(fault: &Fault) -> http::Response<Bytes> {
    let mut response = error_response(LlmDialect::OpenAiResponses, &fault.to_error());
    if let Some(status) = fault.status.and_then(spoken) {
        *response.status_mut() = status;
    }
    let mut body = BytesMut::new();
    object(&mut body, |out| {
        out.object("error", |error| members(fault, error));
    });
    response.map(|_| body.freeze())
}

/// The status in this dialect; `None` for one that says less here than the kind of the fault does.
fn spoken(status: StatusCode) -> Option<StatusCode> {
    match status.as_u16() {
        400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503 | 504 => {
            Some(status)
        }
        _ => None,
    }
}

/// Writes the four members of an error, all of which must be there.
pub(super) fn members(fault: &Fault, out: &mut Members<'_>) {
    let (kind, code) = openai_type(fault.kind);
    let own = fault.type_name.as_deref().filter(|name| is_own_type(name));
    out.string("message", &fault.message);
    out.string("type", own.unwrap_or(kind));
    out.string_or_null("param", fault.param.as_deref());
    out.string_or_null("code", fault.code.as_deref().or(code));
}

/// The code that an error event has beside its message.
pub(super) fn code(fault: &Fault) -> &str {
    let (_, code) = openai_type(fault.kind);
    let code = fault.code.as_deref().or(code);
    code.unwrap_or_else(|| fault.kind.as_str())
}

/// Whether the type is one of this dialect's: a client acts on none else.
fn is_own_type(name: &str) -> bool {
    matches!(
        name,
        "invalid_request_error"
            | "authentication_error"
            | "permission_error"
            | "rate_limit_error"
            | "insufficient_quota"
            | "tokens"
            | "requests"
            | "server_error"
            | "image_generation_user_error"
    )
}
