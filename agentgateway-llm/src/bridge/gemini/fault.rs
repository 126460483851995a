//! Errors.

use std::time::Duration;

use agentgateway_core::{
    ErrorKind,
    error::retry_after,
    json::{self, JsonType, Raw, elements, members_of},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode};

use super::{super::fault::Fault, write};
use crate::{LlmDialect, wire};

/// The longest text of a body that is no JSON that is told on.
const MAX_TEXT_BYTES: usize = 2048;

/// The codes of `google.rpc.Code`, and the statuses that they are told with.
const CODES: [(&str, u16); 16] = [
    ("INVALID_ARGUMENT", 400),
    ("FAILED_PRECONDITION", 400),
    ("OUT_OF_RANGE", 400),
    ("UNAUTHENTICATED", 401),
    ("PERMISSION_DENIED", 403),
    ("NOT_FOUND", 404),
    ("ABORTED", 409),
    ("ALREADY_EXISTS", 409),
    ("RESOURCE_EXHAUSTED", 429),
    ("CANCELLED", 499),
    ("INTERNAL", 500),
    ("UNKNOWN", 500),
    ("DATA_LOSS", 500),
    ("UNIMPLEMENTED", 501),
    ("UNAVAILABLE", 503),
    ("DEADLINE_EXCEEDED", 504),
];

/// Reads an error answer: an object, an array with one, or a text.
pub(super) fn decode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let error = Raw::parse(body).ok().and_then(error_of);
    let mut fault = match error {
        Some(error) => of_error(error, Some(status)),
        None => Fault::new(Fault::kind_of(status), text_of(status, body)),
    };
    fault.status = Some(status);
    fault.retry_after = retry_after(headers, None).or(fault.retry_after);
    fault
}

/// The member `error` of an answer, or of the first element of one that is an array.
fn error_of(raw: Raw<'_>) -> Option<Raw<'_>> {
    let mut answer = Some(raw);
    if json::type_of(raw) == JsonType::Array {
        answer = None;
        elements(raw, |element| answer = answer.or(Some(element))).ok()?;
    }
    let [error] = members_of(answer?, ["error"]).ok()?;
    error.filter(|error| !json::is_null(*error))
}

/// What an error object says. In the middle of a stream it tells the status itself.
pub(super) fn of_error(error: Raw<'_>, status: Option<StatusCode>) -> Fault {
    let [code, message, word, details] =
        members_of(error, ["code", "message", "status", "details"]).unwrap_or_default();
    let word = word.and_then(json::string);
    let of_word = || CODES.iter().find(|(name, _)| word.as_deref() == Some(name));
    let told = code
        .and_then(json::unsigned)
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code))
        .or_else(|| of_word().map(|(_, status)| *status))
        .and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.or(told);
    let kind = status.map_or(ErrorKind::BadAnswer, Fault::kind_of);
    let message = message.and_then(json::string);
    // Some gateways tell a text alone.
    let message = message.or_else(|| json::string(error));
    let mut fault = Fault::new(
        kind,
        message.unwrap_or("the provider reported an error".into()),
    );
    fault.status = status;
    fault.type_name = word.map(Into::into);
    if let Some(details) = details {
        // Details that are no array tell nothing.
        let _ = elements(details, |detail| read_detail(detail, &mut fault));
    }
    // Gemini tells a wrong key as a bad request.
    if fault.code.as_deref() == Some("API_KEY_INVALID") {
        fault.kind = ErrorKind::Unauthenticated;
    }
    fault
}

fn read_detail(detail: Raw<'_>, fault: &mut Fault) {
    let [delay, reason, violations] =
        members_of(detail, ["retryDelay", "reason", "fieldViolations"]).unwrap_or_default();
    if let Some(delay) = delay.and_then(json::string) {
        fault.retry_after = seconds(&delay).or(fault.retry_after);
    }
    if let Some(reason) = reason.and_then(json::string) {
        fault.code.get_or_insert(reason.into());
    }
    if let Some(violations) = violations {
        // As above.
        let _ = elements(violations, |violation| {
            let [field] = members_of(violation, ["field"]).unwrap_or_default();
            if let Some(field) = field.and_then(json::string) {
                fault.param.get_or_insert(field.into());
            }
        });
    }
}

/// A duration of protocol buffers: `34.4s`.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn text_of(status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..MAX_TEXT_BYTES).unwrap_or(body));
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{fffd}');
    if text.is_empty() || text.starts_with('<') {
        return format!("the provider answered with status {}", status.as_u16());
    }
    text.to_owned()
}

/// Writes an error answer.
pub(super) fn encode(fault: &Fault) -> Response<Bytes> {
    // With the headers that say when to come again.
    let mut response = wire::error_response(LlmDialect::Gemini, &fault.to_error());
    *response.status_mut() = status(fault);
    let mut body = BytesMut::new();
    write_body(&mut body, fault);
    *response.body_mut() = body.freeze();
    response
}

/// Writes the object that tells an error. The official client of Python looks for `error` at its beginning.
pub(super) fn write_body(out: &mut BytesMut, fault: &Fault) {
    let status = status(fault);
    let own = fault.type_name.as_deref();
    let own = own.filter(|word| CODES.iter().any(|(name, _)| name == word));
    let delay = fault.retry_after.map(|delay| {
        detail("RetryInfo", |info| {
            info.string("retryDelay", &format!("{}s", delay.as_secs_f64()));
        })
    });
    let reason = fault
        .code
        .as_deref()
        .map(|code| detail("ErrorInfo", |info| info.string("reason", code)));
    let param = fault.param.as_deref().map(|param| {
        detail("BadRequest", |info| {
            let mut violation = BytesMut::new();
            write::object(&mut violation, |violation| violation.string("field", param));
            info.array_of("fieldViolations", &[violation]);
        })
    });
    let details: Vec<BytesMut> = [delay, reason, param].into_iter().flatten().collect();
    write::object(out, |body| {
        body.object("error", |error| {
            error.number("code", status.as_u16());
            error.string("message", &fault.message);
            error.string("status", own.unwrap_or_else(|| word(status)));
            if !details.is_empty() {
                error.array_of("details", &details);
            }
        });
    });
}

fn detail(kind: &str, fill: impl FnOnce(&mut write::Members<'_>)) -> BytesMut {
    let mut out = BytesMut::new();
    write::object(&mut out, |detail| {
        detail.string("@type", &format!("type.googleapis.com/google.rpc.{kind}"));
        fill(detail);
    });
    out
}

/// The status that says a fault: the provider's own, unless Gemini has none such.
fn status(fault: &Fault) -> StatusCode {
    match fault.status.map(|status| status.as_u16()) {
        // Anthropic's for overload, Bedrock's for a model that failed, Anthropic's for a bill.
        Some(529) => StatusCode::SERVICE_UNAVAILABLE,
        Some(424) => StatusCode::BAD_GATEWAY,
        Some(402) => StatusCode::FORBIDDEN,
        Some(422) => StatusCode::BAD_REQUEST,
        Some(400..600) => fault.status.unwrap_or(StatusCode::BAD_GATEWAY),
        _ => fault.kind.status(),
    }
}

/// The code that is told with a status.
fn word(status: StatusCode) -> &'static str {
    let code = status.as_u16();
    let exact = CODES.iter().find(|(_, status)| *status == code);
    match (exact, code) {
        (Some((word, _)), _) => word,
        (None, 408) => "DEADLINE_EXCEEDED",
        (None, 400..500) => "INVALID_ARGUMENT",
        (None, 502) => "UNAVAILABLE",
        (None, _) => "INTERNAL",
    }
}
