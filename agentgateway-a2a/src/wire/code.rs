//! The JSON-RPC error codes of A2A, and the reasons that v1.0 names them by.
//!
//! # Source
//! A2A v1.0, section 5.4 (error code mappings).

use agentgateway_core::jsonrpc::code;

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
