//! Errors: of providers, in all shapes that they have, and for clients.

use std::time::Duration;

use agentgateway_core::{
    ErrorKind,
    json::{self, JsonType, Raw, members, members_of},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use memchr::memmem;

use super::{super::Fault, json::object};
use crate::wire::{openai_type, wait};

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The most characters of a body that is no JSON.
const MAX_TEXT_CHARS: usize = 1000;

/// The error that an answer of status 200 is, or an event: a member `error` that says something, in the answer or
/// in one of its choices (OpenRouter), or vLLM's older form, which is the error itself.
pub(in crate::bridge) fn fault_in(body: &[u8]) -> Option<Fault> {
    // Most answers are none, and are not read twice. No provider spells names with escapes.
    memmem::find(body, b"\"error\"")?;
    let [error, choices, object] = members(body, ["error", "choices", "object"]).ok()?;
    if let Some(error) = error.filter(|error| is_told(*error)) {
        return Some(fault_of(error));
    }
    if object.and_then(json::string).as_deref() == Some("error") {
        return Some(fault_of(Raw::parse(body).ok()?));
    }
    let mut found = None;
    // What is no array has no error in it.
    let _ = json::elements(choices?, |choice| {
        let error = members_of(choice, ["error"]).ok().and_then(|[error]| error);
        let error = error.filter(|error| is_told(*error));
        found = found.take().or(error.map(fault_of));
    });
    found
}

/// As SDKs look at it: `null`, `false`, zero and what is empty say nothing.
pub(super) fn is_told(raw: Raw<'_>) -> bool {
    match json::type_of(raw) {
        JsonType::Null => false,
        JsonType::Boolean => raw.get() == "true",
        JsonType::Number => raw.get().parse() != Ok(0.0),
        JsonType::String => raw.get() != "\"\"",
        JsonType::Object | JsonType::Array => {
            let text = raw.get();
            text.get(1..text.len() - 1)
                .is_some_and(|inner| !inner.trim().is_empty())
        }
    }
}

/// Reads an error answer.
pub(super) fn decode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let mut fault = of_body(body).unwrap_or_else(|| Fault::new(ErrorKind::BadAnswer, ""));
    fault.kind = Fault::kind_of(status);
    fault.status = Some(status);
    if fault.message.is_empty() {
        let reason = status.canonical_reason().unwrap_or("an error");
        fault.message = format!("the provider answered {} {reason}", status.as_u16());
    }
    fault.retry_after = wait(status, headers).or(fault.retry_after);
    fault
}

fn of_body(body: &[u8]) -> Option<Fault> {
    let Ok(raw) = Raw::parse(body) else {
        let text = String::from_utf8_lossy(body.get(..8192).unwrap_or(body)).into_owned();
        let text = text.trim();
        // A page of some proxy tells a client nothing.
        let is_page = text.starts_with('<');
        let text: String = text.chars().take(MAX_TEXT_CHARS).collect();
        return (!is_page).then(|| Fault::new(ErrorKind::BadAnswer, text));
    };
    match json::type_of(raw) {
        JsonType::Object => {
            let [error] = members_of(raw, ["error"]).ok()?;
            Some(fault_of(
                error.filter(|error| is_told(*error)).unwrap_or(raw),
            ))
        }
        // Gemini, in its form that follows OpenAI.
        JsonType::Array => {
            let mut first = None;
            json::elements(raw, |element| first = first.or(Some(element))).ok()?;
            let [error] = members_of(first?, ["error"]).ok()?;
            error.map(fault_of)
        }
        JsonType::String => Some(fault_of(raw)),
        JsonType::Number | JsonType::Boolean | JsonType::Null => None,
    }
}

/// The error that a value is: an object, or its words alone.
pub(super) fn fault_of(error: Raw<'_>) -> Fault {
    if let Some(words) = json::string(error) {
        return Fault::new(ErrorKind::BadAnswer, words);
    }
    let names = [
        "message",
        "type",
        "code",
        "param",
        "status_code",
        "metadata",
        "detail",
        "details",
        "status",
    ];
    let [
        message,
        kind,
        code,
        param,
        status,
        metadata,
        detail,
        details,
        word,
    ] = members_of(error, names).unwrap_or_default();
    let status = status
        .and_then(status_of)
        .or_else(|| code.and_then(status_of));
    // Gemini's `status` is its word for the type.
    let type_name = text(kind).or_else(|| text(word));
    let code = code.filter(|code| !json::is_null(*code)).map(|code| {
        json::string(code).map_or_else(|| code.get().to_owned(), |code| code.into_owned())
    });
    let mut words = text(message)
        .or_else(|| detail.and_then(words_of))
        .unwrap_or_default()
        .into_owned();
    // OpenRouter's own words say nothing; those of the provider behind it are in `raw`.
    let raw = metadata.and_then(|metadata| members_of(metadata, ["raw"]).ok());
    if let Some(raw) = raw.and_then(|[raw]| text(raw)) {
        words = format!("{words}: {raw}");
    }
    let mut fault = Fault::new(ErrorKind::BadAnswer, words);
    fault.kind = status.map_or_else(
        || kind_of(type_name.as_deref(), code.as_deref()),
        Fault::kind_of,
    );
    fault.status = status;
    fault.type_name = type_name.map(Into::into);
    fault.code = code;
    fault.param = text(param).map(Into::into);
    fault.retry_after = details.and_then(retry_delay);
    fault
}

fn text(raw: Option<Raw<'_>>) -> Option<std::borrow::Cow<'_, str>> {
    raw.and_then(json::string).filter(|text| !text.is_empty())
}

/// `detail` of FastAPI: words, or a list of what is wrong.
fn words_of(raw: Raw<'_>) -> Option<std::borrow::Cow<'_, str>> {
    json::string(raw).or_else(|| (raw.get().len() <= MAX_TEXT_CHARS).then(|| raw.get().into()))
}

/// A status, as a number or as its digits.
fn status_of(raw: Raw<'_>) -> Option<StatusCode> {
    let number = json::unsigned(raw).or_else(|| json::string(raw)?.parse().ok())?;
    let status = StatusCode::from_u16(u16::try_from(number).ok()?).ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// `google.rpc.RetryInfo`: `"34.4s"`.
fn retry_delay(details: Raw<'_>) -> Option<Duration> {
    let mut found = None;
    json::elements(details, |detail| {
        let delay = members_of(detail, ["retryDelay"]).ok();
        let text = delay.and_then(|[delay]| delay).and_then(json::string);
        let seconds = text.and_then(|text| text.strip_suffix('s')?.parse().ok());
        found = found.or(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()));
    })
    .ok()?;
    found
}

/// What a type or a code says where no status does.
fn kind_of(type_name: Option<&str>, code: Option<&str>) -> ErrorKind {
    for word in [code, type_name].into_iter().flatten() {
        let word = word.to_ascii_lowercase();
        let has = |part: &str| word.contains(part);
        if has("rate_limit") || has("quota") || has("throttl") || has("resource_exhausted") {
            return ErrorKind::RateLimited;
        }
        if has("overloaded") || has("unavailable") {
            return ErrorKind::Overloaded;
        }
        if has("authentication") || has("invalid_api_key") || has("unauthenticated") {
            return ErrorKind::Unauthenticated;
        }
        if has("permission") || has("forbidden") {
            return ErrorKind::Forbidden;
        }
        if has("not_found") || has("notfound") {
            return ErrorKind::NotFound;
        }
        if has("timeout") {
            return ErrorKind::Timeout;
        }
        if has("invalid") || has("badrequest") || has("bad_request") || has("context_length") {
            return ErrorKind::InvalidRequest;
        }
    }
    ErrorKind::BadAnswer
}

/// Writes an error answer.
pub(super) fn encode(fault: &Fault) -> Response<Bytes> {
    let mut response = Response::new(body(fault).freeze());
    *response.status_mut() = status(fault);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    fault.to_error().write_headers(headers);
    let millis = fault.retry_after.map(|delay| delay.as_millis());
    if let Some(Ok(millis)) = millis.map(u64::try_from) {
        headers.insert(RETRY_AFTER_MS, HeaderValue::from(millis));
    }
    response
}

/// The provider's status, in a number that OpenAI has too.
fn status(fault: &Fault) -> StatusCode {
    match fault.status.map(|status| status.as_u16()) {
        Some(529) => StatusCode::SERVICE_UNAVAILABLE,
        Some(424) => StatusCode::BAD_GATEWAY,
        Some(code @ 400..=599) => StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY),
        _ => fault.kind.status(),
    }
}

/// The error as a body, and as the data of an event. All four members are required.
pub(super) fn body(fault: &Fault) -> BytesMut {
    let (kind, code) = openai_type(fault.kind);
    let own = fault.type_name.as_deref().filter(|name| is_known(name));
    let mut out = BytesMut::with_capacity(256);
    object(&mut out, |out| {
        out.object("error", |error| {
            error.string("message", &fault.message);
            error.string("type", own.unwrap_or(kind));
            error.string_or_null("param", fault.param.as_deref());
            // A foreign type says more than no code at all.
            let foreign = fault.type_name.as_deref().filter(|_| own.is_none());
            let code = fault.code.as_deref().or(foreign).or(code);
            error.string_or_null("code", code);
        });
    });
    out
}

/// Types that OpenAI itself tells.
fn is_known(type_name: &str) -> bool {
    matches!(
        type_name,
        "invalid_request_error"
            | "authentication_error"
            | "permission_error"
            | "not_found_error"
            | "rate_limit_error"
            | "rate_limit_exceeded"
            | "server_error"
            | "insufficient_quota"
            | "requests"
            | "tokens"
    )
}
