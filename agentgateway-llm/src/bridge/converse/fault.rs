//! Errors, as answers and as frames.

use agentgateway_core::{
    ErrorKind,
    error::retry_after,
    json::{self as scan, members},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::{super::Fault, json};
use crate::wire::{
    event_stream::{ERROR_CODE, ERROR_MESSAGE, EXCEPTION_TYPE, Frame, MESSAGE_TYPE},
    write_exception_of,
};

const X_AMZN_ERRORTYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// What the types of errors say, and the status that each has. Of several for a kind the first is written.
///
/// # Source
/// Amazon Bedrock API reference, Converse, Errors; Common Errors.
const TYPES: [(&str, ErrorKind, u16); 16] = [
    ("ValidationException", ErrorKind::InvalidRequest, 400),
    ("AccessDeniedException", ErrorKind::Forbidden, 403),
    (
        "UnrecognizedClientException",
        ErrorKind::Unauthenticated,
        403,
    ),
    ("ResourceNotFoundException", ErrorKind::NotFound, 404),
    ("ModelTimeoutException", ErrorKind::Timeout, 408),
    ("ModelErrorException", ErrorKind::BadAnswer, 424),
    ("ThrottlingException", ErrorKind::RateLimited, 429),
    ("ServiceUnavailableException", ErrorKind::Overloaded, 503),
    ("InternalServerException", ErrorKind::Internal, 500),
    ("ModelNotReadyException", ErrorKind::Overloaded, 429),
    ("ModelStreamErrorException", ErrorKind::BadAnswer, 424),
    ("ServiceQuotaExceededException", ErrorKind::RateLimited, 400),
    ("ExpiredTokenException", ErrorKind::Unauthenticated, 403),
    ("InvalidSignatureException", ErrorKind::Unauthenticated, 403),
    (
        "MissingAuthenticationTokenException",
        ErrorKind::Unauthenticated,
        403,
    ),
    ("IncompleteSignature", ErrorKind::Unauthenticated, 403),
];

/// Reads an error answer. What is no error of the known form is told by its status alone.
pub(super) fn decode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let keys = ["message", "Message", "__type"];
    let [small, large, inner] = members(body, keys).unwrap_or_default();
    let text = |raw: Option<scan::Raw<'_>>| raw.and_then(scan::string).map(String::from);
    let message = text(small).or_else(|| text(large));
    let message = message
        .filter(|message| !message.is_empty())
        .unwrap_or_else(|| format!("the provider answered with status {}", status.as_u16()));
    let named = headers
        .get(X_AMZN_ERRORTYPE)
        .and_then(|value| value.to_str().ok());
    let named = named.map(String::from).or_else(|| text(inner));
    let name = named.as_deref().map(plain);
    let known = name.and_then(|name| TYPES.iter().find(|(known, ..)| *known == name));
    let kind = known.map_or_else(|| Fault::kind_of(status), |(_, kind, _)| *kind);
    let mut fault = Fault::new(kind, message);
    fault.status = Some(status);
    fault.type_name = name.map(Into::into);
    fault.retry_after = retry_after(headers, None);
    fault
}

/// The name without its namespace before, and what of its origin stands behind.
fn plain(name: &str) -> &str {
    let name = name.split(':').next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().trim()
}

/// Reads a frame that tells an error; `None` for any other.
pub(super) fn of_frame(frame: &Frame<'_>) -> Option<Fault> {
    let message = || {
        let told = members(frame.payload(), ["message", "Message"]).unwrap_or_default();
        let told = told.into_iter().flatten().find_map(scan::string);
        told.map(String::from)
    };
    let (name, message) = match frame.text(MESSAGE_TYPE) {
        Some("exception") => (frame.text(EXCEPTION_TYPE), message()),
        // What the service did not model.
        Some("error") => (
            frame.text(ERROR_CODE),
            frame.text(ERROR_MESSAGE).map(Into::into),
        ),
        _ => return None,
    };
    let name = name.unwrap_or_default();
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    let known = TYPES.iter().find(|(known, ..)| is_it(known));
    let kind = known.map_or(ErrorKind::BadAnswer, |(_, kind, _)| *kind);
    let message = message.unwrap_or_else(|| "the provider reported an error".to_owned());
    let mut fault = Fault::new(kind, message);
    fault.type_name = Some(name.to_owned()).filter(|name| !name.is_empty());
    Some(fault)
}

/// Writes an error answer.
pub(super) fn encode(fault: &Fault) -> Response<Bytes> {
    let mut body = BytesMut::new();
    json::object(&mut body, |out| out.string("message", &fault.message));
    let mut response = Response::new(body.freeze());
    let (name, status) = type_of(fault);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(X_AMZN_ERRORTYPE, HeaderValue::from_static(name));
    if let Some(delay) = fault.retry_after {
        // Not before the time has come.
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The type, where it is one of the dialect's own, and else what says the kind; each has its status.
fn type_of(fault: &Fault) -> (&'static str, StatusCode) {
    let own = fault.type_name.as_deref().unwrap_or_default();
    let kind = match fault.kind {
        ErrorKind::Unavailable => ErrorKind::Overloaded,
        ErrorKind::RequestTimeout => ErrorKind::Timeout,
        kind => kind,
    };
    let by_name = TYPES
        .iter()
        .find(|(name, ..)| own.eq_ignore_ascii_case(name));
    let known = by_name.or_else(|| TYPES.iter().find(|(_, of, _)| *of == kind));
    let (name, status) = known.map_or(("ValidationException", 400), |(name, _, status)| {
        (*name, *status)
    });
    // A kind that the dialect has no name for has its own status all the same.
    let status = match known {
        Some(_) => StatusCode::from_u16(status).ok(),
        None => fault
            .status
            .filter(StatusCode::is_client_error)
            .or(Some(kind.status())),
    };
    (name, status.unwrap_or(StatusCode::BAD_REQUEST))
}

/// Writes the frame that tells an error in a stream.
pub(super) fn write_frame(out: &mut BytesMut, fault: &Fault) {
    let own = fault.type_name.as_deref().unwrap_or_default();
    write_exception_of(out, fault.kind, own, &fault.message);
}
