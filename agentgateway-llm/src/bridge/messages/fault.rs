//! Errors, as answers and as events.

use agentgateway_core::{
    ErrorKind,
    json::{self as scan, Raw, members_of},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use memchr::memmem;

use super::{
    super::Fault,
    json::{self, Members},
};
use crate::wire::wait;

/// Read by the official clients before `retry-after`.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
/// Anthropic's own status for overload.
const OVERLOADED: u16 = 529;

/// The dialect's types of errors, and what they say.
///
/// # Source
/// Anthropic API, Errors.
const TYPES: [(&str, ErrorKind); 11] = [
    ("invalid_request_error", ErrorKind::InvalidRequest),
    ("authentication_error", ErrorKind::Unauthenticated),
    ("permission_error", ErrorKind::Forbidden),
    ("not_found_error", ErrorKind::NotFound),
    ("request_too_large", ErrorKind::TooLarge),
    ("rate_limit_error", ErrorKind::RateLimited),
    ("overloaded_error", ErrorKind::Overloaded),
    ("timeout_error", ErrorKind::Timeout),
    ("api_error", ErrorKind::BadAnswer),
    ("billing_error", ErrorKind::Forbidden),
    ("gateway_timeout_error", ErrorKind::Timeout),
];

/// Reads an error answer. What is no error of any known form is told by its status alone.
pub(super) fn decode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let told = Raw::parse(body).ok().and_then(read);
    let mut fault = told.unwrap_or_else(|| Fault::new(ErrorKind::BadAnswer, ""));
    fault.kind = Fault::kind_of(status);
    fault.status = Some(status);
    if fault.message.is_empty() {
        fault.message = format!("the provider answered with status {}", status.as_u16());
    }
    fault.retry_after = wait(status, headers);
    fault
}

/// Reads an error event, whose kind is in its type.
pub(super) fn of_event(data: Raw<'_>) -> Option<Fault> {
    let mut fault = read(data)?;
    let mut known = TYPES.iter();
    let known = known.find(|(name, _)| fault.type_name.as_deref() == Some(name));
    fault.kind = known.map_or(ErrorKind::BadAnswer, |(_, kind)| *kind);
    if fault.message.is_empty() {
        "the provider reported an error".clone_into(&mut fault.message);
    }
    Some(fault)
}

/// The error that an answer of success is.
pub(super) fn fault_in(body: &[u8]) -> Option<Fault> {
    // Most answers are none, and are not read twice. No provider spells names with escapes.
    memmem::find(body, b"\"error\"")?;
    let raw = Raw::parse(body).ok()?;
    let [kind, error] = members_of(raw, ["type", "error"]).ok()?;
    let is_named = kind.and_then(scan::string).as_deref() == Some("error");
    let is_told = error.is_some_and(|error| !scan::is_null(error));
    (is_named || is_told).then(|| of_event(raw))?
}

/// The forms of Anthropic and of OpenAI, `{"error":"…"}`, and `{"message":"…"}` of clouds.
fn read(body: Raw<'_>) -> Option<Fault> {
    let text = |raw: Option<Raw<'_>>| raw.and_then(scan::string).map(String::from);
    let [error, message] = members_of(body, ["error", "message"]).ok()?;
    let Some(error) = error.filter(|raw| !scan::is_null(*raw)) else {
        return text(message).map(|message| Fault::new(ErrorKind::BadAnswer, message));
    };
    if let Some(message) = text(Some(error)) {
        return Some(Fault::new(ErrorKind::BadAnswer, message));
    }
    let keys = ["message", "type", "code", "param", "details"];
    let [message, kind, code, param, details] = members_of(error, keys).ok()?;
    let mut fault = Fault::new(ErrorKind::BadAnswer, text(message).unwrap_or_default());
    fault.type_name = text(kind);
    let inner = details.and_then(|details| members_of(details, ["error_code"]).ok());
    fault.code = text(code).or_else(|| inner.and_then(|[code]| text(code)));
    fault.param = text(param);
    Some(fault)
}

/// Writes an error answer.
pub(super) fn encode(fault: &Fault) -> Response<Bytes> {
    let mut body = BytesMut::new();
    json::object(&mut body, |out| write(out, fault));
    let mut response = Response::new(body.freeze());
    *response.status_mut() = status(fault);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Some(delay) = fault.retry_after {
        // Not before the time has come.
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        if let Ok(millis) = u64::try_from(delay.as_millis()) {
            headers.insert(RETRY_AFTER_MS, HeaderValue::from(millis));
        }
    }
    response
}

/// Writes the members of an error, for an answer and for an event.
pub(super) fn write(out: &mut Members<'_>, fault: &Fault) {
    out.string("type", "error");
    out.object("error", |out| {
        out.string("type", type_of(fault));
        out.string("message", &fault.message);
        // Where the official clients look for it.
        if let Some(code) = &fault.code {
            out.object("details", |out| out.string("error_code", code));
        }
    });
}

/// The type, where it is one of the dialect's own, and else what says the kind.
fn type_of(fault: &Fault) -> &'static str {
    let own = fault.type_name.as_deref();
    let mut known = TYPES.iter();
    if let Some((name, _)) = known.find(|(name, _)| own == Some(name)) {
        return name;
    }
    match fault.kind {
        _ if fault.status == Some(StatusCode::PAYMENT_REQUIRED) => "billing_error",
        ErrorKind::Unavailable | ErrorKind::Internal => "api_error",
        kind => TYPES
            .iter()
            .find(|(_, known)| *known == kind)
            .map_or("invalid_request_error", |(name, _)| name),
    }
}

/// The provider's status where it says the same here, and else the dialect's own.
fn status(fault: &Fault) -> StatusCode {
    let told = fault
        .status
        .filter(|status| Fault::kind_of(*status) == fault.kind);
    match (fault.kind, told) {
        (ErrorKind::Overloaded, _) => {
            StatusCode::from_u16(OVERLOADED).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
        }
        // A model that was too slow is no client that was.
        (ErrorKind::Timeout, _) => StatusCode::GATEWAY_TIMEOUT,
        (ErrorKind::BadAnswer, Some(status)) if !status.is_server_error() => {
            StatusCode::BAD_GATEWAY
        }
        (_, Some(status)) if status.is_client_error() || status.is_server_error() => status,
        (kind, _) => kind.status(),
    }
}
