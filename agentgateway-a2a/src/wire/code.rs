//! The JSON-RPC error codes of A2A, and the reasons that v1.0 names them by.
//!
//! # Source
//! A2A v1.0, section 5.4 (error code mappings).

use agentgateway_core::jsonrpc::code;

use super::A2aVersion;

/// No such task, or not one of the caller's.
pub const TASK_NOT_FOUND: i64 = -32001;
/// The task cannot be canceled any more.
pub const TASK_NOT_CANCELABLE: i64 = -32002;
/// The agent pushes nothing.
pub const PUSH_NOTIFICATION_NOT_SUPPORTED: i64 = -32003;
/// The agent does not do this.
pub const UNSUPPORTED_OPERATION: i64 = -32004;
/// A media type that the agent does not take.
pub const CONTENT_TYPE_NOT_SUPPORTED: i64 = -32005;
/// The agent answered with something that is no answer.
pub const INVALID_AGENT_RESPONSE: i64 = -32006;
/// The agent has no extended card.
pub const EXTENDED_AGENT_CARD_NOT_CONFIGURED: i64 = -32007;
/// The client must activate an extension; new in v1.0.
pub const EXTENSION_SUPPORT_REQUIRED: i64 = -32008;
/// The agent does not speak this version; new in v1.0.
pub const VERSION_NOT_SUPPORTED: i64 = -32009;

/// The reason that v1.0 gives for a code; `None` for codes that are not the protocol's.
#[must_use]
pub const fn reason(code: i64) -> Option<&'static str> {
    Some(match code {
        TASK_NOT_FOUND => "TASK_NOT_FOUND",
        TASK_NOT_CANCELABLE => "TASK_NOT_CANCELABLE",
        PUSH_NOTIFICATION_NOT_SUPPORTED => "PUSH_NOTIFICATION_NOT_SUPPORTED",
        UNSUPPORTED_OPERATION => "UNSUPPORTED_OPERATION",
        CONTENT_TYPE_NOT_SUPPORTED => "CONTENT_TYPE_NOT_SUPPORTED",
        INVALID_AGENT_RESPONSE => "INVALID_AGENT_RESPONSE",
        EXTENDED_AGENT_CARD_NOT_CONFIGURED => "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
        EXTENSION_SUPPORT_REQUIRED => "EXTENSION_SUPPORT_REQUIRED",
        VERSION_NOT_SUPPORTED => "VERSION_NOT_SUPPORTED",
        code::PARSE_ERROR => "PARSE_ERROR",
        code::INVALID_REQUEST => "INVALID_REQUEST",
        code::METHOD_NOT_FOUND => "METHOD_NOT_FOUND",
        code::INVALID_PARAMS => "INVALID_PARAMS",
        code::INTERNAL_ERROR => "INTERNAL_ERROR",
        _ => return None,
    })
}

/// Every code that has a reason.
const CODES: [i64; 14] = [
    TASK_NOT_FOUND,
    TASK_NOT_CANCELABLE,
    PUSH_NOTIFICATION_NOT_SUPPORTED,
    UNSUPPORTED_OPERATION,
    CONTENT_TYPE_NOT_SUPPORTED,
    INVALID_AGENT_RESPONSE,
    EXTENDED_AGENT_CARD_NOT_CONFIGURED,
    EXTENSION_SUPPORT_REQUIRED,
    VERSION_NOT_SUPPORTED,
    code::PARSE_ERROR,
    code::INVALID_REQUEST,
    code::METHOD_NOT_FOUND,
    code::INVALID_PARAMS,
    code::INTERNAL_ERROR,
];

/// The code that v1.0 names by this reason.
pub(crate) fn of_reason(name: &str) -> Option<i64> {
    CODES
        .into_iter()
        .find(|number| reason(*number) == Some(name))
}

/// The HTTP status of a code in a version; of the gateway's own codes the one that they are made of.
///
/// # Source
/// A2A v1.0, section 5.4. v0.3 names none: these are those of the official SDK (0.3, `error_handlers`).
pub(crate) fn http_status(number: i64, version: A2aVersion) -> u16 {
    let of_v0_3 = version == A2aVersion::V0_3;
    let found = |(of_code, _): &&(i64, u16)| *of_code == number;
    if let Some((_, status)) = STATUSES_V0_3.iter().find(found).filter(|_| of_v0_3) {
        return *status;
    }
    match number {
        TASK_NOT_FOUND | code::METHOD_NOT_FOUND => 404,
        INVALID_AGENT_RESPONSE | code::INTERNAL_ERROR => 500,
        -31_599..=-31_400 => u16::try_from(-31_000 - number).unwrap_or(500),
        _ if reason(number).is_some() => 400,
        _ => 500,
    }
}

/// The code of an answer that names none, by its HTTP status; what is no error of the protocol's has a code of
/// the gateway.
pub(crate) fn of_http_status(status: u16, version: A2aVersion) -> i64 {
    let found = |(_, of_status): &&(i64, u16)| *of_status == status;
    match status {
        404 => TASK_NOT_FOUND,
        500 => code::INTERNAL_ERROR,
        400 if version == A2aVersion::V0_3 => code::INVALID_REQUEST,
        400 => code::INVALID_PARAMS,
        501 => UNSUPPORTED_OPERATION,
        _ if version == A2aVersion::V0_3 => STATUSES_V0_3
            .iter()
            .find(found)
            .map_or(-31_000 - i64::from(status), |(number, _)| *number),
        other => -31_000 - i64::from(other),
    }
}

/// Codes of v0.3 whose status is another than that of v1.0.
const STATUSES_V0_3: [(i64, u16); 7] = [
    (TASK_NOT_CANCELABLE, 409),
    (code::INVALID_PARAMS, 422),
    (PUSH_NOTIFICATION_NOT_SUPPORTED, 501),
    (UNSUPPORTED_OPERATION, 501),
    (CONTENT_TYPE_NOT_SUPPORTED, 415),
    (INVALID_AGENT_RESPONSE, 502),
    (EXTENDED_AGENT_CARD_NOT_CONFIGURED, 404),
];

/// The canonical status of a code, where its HTTP status is known.
pub(crate) const fn status_name(number: i64, http: u16) -> &'static str {
    match number {
        TASK_NOT_FOUND => "NOT_FOUND",
        code::METHOD_NOT_FOUND => "UNIMPLEMENTED",
        TASK_NOT_CANCELABLE
        | PUSH_NOTIFICATION_NOT_SUPPORTED
        | UNSUPPORTED_OPERATION
        | EXTENDED_AGENT_CARD_NOT_CONFIGURED
        | EXTENSION_SUPPORT_REQUIRED
        | VERSION_NOT_SUPPORTED => "FAILED_PRECONDITION",
        _ => match http {
            400 | 405 | 406 | 415 | 422 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            408 | 504 => "DEADLINE_EXCEEDED",
            409 => "ABORTED",
            413 | 429 => "RESOURCE_EXHAUSTED",
            501 => "UNIMPLEMENTED",
            502 | 503 => "UNAVAILABLE",
            _ => "INTERNAL",
        },
    }
}
