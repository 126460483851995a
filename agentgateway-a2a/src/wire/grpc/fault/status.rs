use agentgateway_core::jsonrpc::code as rpc;
use http::StatusCode;

use crate::wire::code;

const UNKNOWN: u32 = 2;

/// The status of a code. Those of the gateway, -31000 minus the HTTP status, have that of HTTP's.
pub(super) const fn of_code(number: i64) -> u32 {
    match number {
        code::TASK_NOT_FOUND => 5,
        code::TASK_NOT_CANCELABLE
        | code::PUSH_NOTIFICATION_NOT_SUPPORTED
        | code::UNSUPPORTED_OPERATION
        | code::EXTENDED_AGENT_CARD_NOT_CONFIGURED
        | code::EXTENSION_SUPPORT_REQUIRED
        | code::VERSION_NOT_SUPPORTED => 9,
        code::CONTENT_TYPE_NOT_SUPPORTED
        | rpc::PARSE_ERROR
        | rpc::INVALID_REQUEST
        | rpc::INVALID_PARAMS => 3,
        rpc::METHOD_NOT_FOUND => 12,
        code::INVALID_AGENT_RESPONSE | rpc::INTERNAL_ERROR => 13,
        -31_599..=-31_400 => of_http(-31_000 - number),
        _ => UNKNOWN,
    }
}

/// # Source
/// google/rpc/code.proto, "HTTP Mapping".
const fn of_http(status: i64) -> u32 {
    match status {
        401 => 16,
        403 => 7,
        404 => 5,
        405 | 501 => 12,
        408 | 504 => 4,
        409 => 10,
        413 | 429 => 8,
        499 => 1,
        502 | 503 => 14,
        400..=498 => 3,
        _ => 13,
    }
}

/// The code of a status that nothing else explains.
///
/// Of the statuses that stand for several errors the commonest is chosen; what is no error of A2A
/// has the code of a gateway.
pub(super) const fn to_code(status: u32) -> i64 {
    match status {
        1 => -31_499,
        3 | 11 => rpc::INVALID_PARAMS,
        4 => rpc::gateway(StatusCode::GATEWAY_TIMEOUT),
        5 => code::TASK_NOT_FOUND,
        6 | 10 => rpc::gateway(StatusCode::CONFLICT),
        7 => rpc::gateway(StatusCode::FORBIDDEN),
        8 => rpc::gateway(StatusCode::TOO_MANY_REQUESTS),
        9 => code::UNSUPPORTED_OPERATION,
        12 => rpc::METHOD_NOT_FOUND,
        14 => rpc::gateway(StatusCode::SERVICE_UNAVAILABLE),
        16 => rpc::gateway(StatusCode::UNAUTHORIZED),
        _ => rpc::INTERNAL_ERROR,
    }
}

/// The code of a decision of a gateway, where the status stands for one of the protocol otherwise.
pub(super) const fn to_gateway_code(status: u32) -> i64 {
    match status {
        3 | 9 | 11 => rpc::gateway(StatusCode::BAD_REQUEST),
        5 => rpc::gateway(StatusCode::NOT_FOUND),
        12 => rpc::gateway(StatusCode::METHOD_NOT_ALLOWED),
        _ => to_code(status),
    }
}

/// Every code that has a reason in v1.0.
const CODES: [i64; 14] = [
    code::TASK_NOT_FOUND,
    code::TASK_NOT_CANCELABLE,
    code::PUSH_NOTIFICATION_NOT_SUPPORTED,
    code::UNSUPPORTED_OPERATION,
    code::CONTENT_TYPE_NOT_SUPPORTED,
    code::INVALID_AGENT_RESPONSE,
    code::EXTENDED_AGENT_CARD_NOT_CONFIGURED,
    code::EXTENSION_SUPPORT_REQUIRED,
    code::VERSION_NOT_SUPPORTED,
    rpc::PARSE_ERROR,
    rpc::INVALID_REQUEST,
    rpc::METHOD_NOT_FOUND,
    rpc::INVALID_PARAMS,
    rpc::INTERNAL_ERROR,
];

/// The code that v1.0 gives this reason, whatever the status is: agents differ in that.
pub(super) fn code_of_reason(reason: &str) -> Option<i64> {
    let mut codes = CODES.into_iter();
    codes.find(|number| code::reason(*number) == Some(reason))
}

/// How agents of v0.3 name an error, before its message: gRPC had no details then.
const NAMES: [(&str, i64); 15] = [
    ("TaskNotFoundError", code::TASK_NOT_FOUND),
    ("TaskNotCancelableError", code::TASK_NOT_CANCELABLE),
    (
        "PushNotificationNotSupportedError",
        code::PUSH_NOTIFICATION_NOT_SUPPORTED,
    ),
    ("UnsupportedOperationError", code::UNSUPPORTED_OPERATION),
    (
        "ContentTypeNotSupportedError",
        code::CONTENT_TYPE_NOT_SUPPORTED,
    ),
    ("InvalidAgentResponseError", code::INVALID_AGENT_RESPONSE),
    (
        "AuthenticatedExtendedCardNotConfiguredError",
        code::EXTENDED_AGENT_CARD_NOT_CONFIGURED,
    ),
    (
        "ExtendedAgentCardNotConfiguredError",
        code::EXTENDED_AGENT_CARD_NOT_CONFIGURED,
    ),
    (
        "ExtensionSupportRequiredError",
        code::EXTENSION_SUPPORT_REQUIRED,
    ),
    ("VersionNotSupportedError", code::VERSION_NOT_SUPPORTED),
    ("JSONParseError", rpc::PARSE_ERROR),
    ("InvalidRequestError", rpc::INVALID_REQUEST),
    ("MethodNotFoundError", rpc::METHOD_NOT_FOUND),
    ("InvalidParamsError", rpc::INVALID_PARAMS),
    ("InternalError", rpc::INTERNAL_ERROR),
];

/// The name that v0.3 has for the error of this code.
pub(super) fn name(code: i64) -> Option<&'static str> {
    let (name, _) = NAMES.iter().find(|(_, known)| *known == code)?;
    Some(name)
}

/// The code and the message of what starts with the name of an error.
pub(super) fn named(message: &str) -> Option<(i64, &str)> {
    let (name, message) = message.split_once(':')?;
    let (_, code) = NAMES.iter().find(|(known, _)| *known == name)?;
    Some((*code, message.trim_start()))
}
