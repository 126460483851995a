//! Errors of agents, between the bindings.
//!
//! # Source
//! A2A v1.0, sections 5.4 (error mapping), 9.5, 10.6 and 11.6; google.rpc.Status, google.rpc.ErrorInfo.

use agentgateway_core::{
    Error,
    json::{self, Raw, quote},
    jsonrpc::{self, RpcError, RpcId, code as rpc_code},
};
use bytes::Bytes;
use http::StatusCode;

use super::ShapeError;
use crate::wire::{A2aError, A2aOperation, A2aVersion, code};

/// The domain of the protocol's own errors.
const DOMAIN: &str = "a2a-protocol.org";
/// The longest message that is kept of an error which is no JSON, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// What an agent says instead of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// By JSON-RPC's numbers.
    pub(crate) code: i64,
    pub(crate) message: Box<str>,
    /// An array of details in the JSON of v1.0, each with its `@type`.
    pub(crate) details: Option<Bytes>,
    /// The status of an answer that was not the protocol's: of a proxy, of an authentication.
    pub(crate) status: Option<StatusCode>,
    /// Its code was guessed from the status of an answer that names none.
    is_guessed: bool,
}

impl Fault {
    pub(crate) fn new(code: i64, message: impl Into<Box<str>>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            status: None,
            is_guessed: false,
        }
    }

    /// What an answer to a call that is about no task means, of an agent of this version: a bare 404 then is that
    /// of its route, or of a proxy.
    pub(crate) fn without_task(&mut self, operation: &A2aOperation, version: A2aVersion) {
        if !self.is_guessed || self.code != code::TASK_NOT_FOUND {
            return;
        }
        if *operation == A2aOperation::GetExtendedAgentCard && version == A2aVersion::V0_3 {
            self.code = code::EXTENDED_AGENT_CARD_NOT_CONFIGURED;
            return;
        }
        let status = StatusCode::NOT_FOUND;
        self.code = -31_000 - i64::from(status.as_u16());
        self.status = Some(status);
    }

    /// What the gateway itself has to say.
    pub(crate) fn of_error(error: &Error) -> Self {
        let said = A2aError::new(error);
        let mut fault = Self::new(said.code(), error.message());
        fault.status = Some(error.status());
        fault
    }

    /// The error object of a JSON-RPC response.
    pub(crate) fn of_rpc(error: Raw<'_>) -> Self {
        let number = jsonrpc::error_code(error).unwrap_or(rpc_code::INTERNAL_ERROR);
        let [message, data] = json::members_of(error, ["message", "data"]).unwrap_or_default();
        let mut fault = Self::new(number, text(message));
        fault.details = data.and_then(|data| array(data).or_else(|| wrapped(data)));
        fault
    }

    /// The body of an HTTP+JSON answer of this status, by an agent of this version.
    pub(crate) fn of_rest(status: StatusCode, body: &[u8], version: A2aVersion) -> Self {
        let [error, message, detail, number] =
            json::members(body, ["error", "message", "detail", "code"]).unwrap_or_default();
        let parts = |error| json::members_of(error, ["message", "details", "code"]);
        let (said, details, number) = match error.map(parts) {
            Some(Ok([said, details, number])) => (said, details, number),
            _ => (message.or(detail).or(error), None, number),
        };
        let said = said.and_then(json::string);
        let said = said.map_or_else(|| plain(status, body), |said| said.into_owned());
        let named = details
            .and_then(reason)
            .and_then(|reason| code::of_reason(&reason))
            .or_else(|| jsonrpc_number(number));
        let number = named.unwrap_or_else(|| code::of_http_status(status.as_u16(), version));
        let mut fault = Self::new(number, said);
        fault.is_guessed = named.is_none();
        fault.details = details.and_then(array);
        if code::reason(number).is_none() {
            fault.status = Some(status);
        }
        fault
    }

    /// What was to be JSON-RPC, and is an answer of somebody else's with this status.
    pub(crate) fn of_http(status: StatusCode, body: &[u8]) -> Self {
        let number = -31_000 - i64::from(status.as_u16());
        let mut fault = Self::of_rest(status, body, A2aVersion::V1_0);
        (fault.code, fault.status, fault.details) = (number, Some(status), None);
        fault.is_guessed = false;
        fault
    }

    /// A JSON-RPC response that says it.
    pub(crate) fn rpc(&self, id: &RpcId, version: A2aVersion) -> Bytes {
        let number = match version {
            A2aVersion::V0_3 => super::code_for_v0_3(self.code),
            _ => self.code,
        };
        let mut error = RpcError::new(number, self.message.to_string());
        match version {
            A2aVersion::V0_3 => {
                // SDKs of v0.3 take an object, or nothing.
                if let Some(details) = &self.details {
                    let data = [b"{\"details\":", &details[..], b"}"].concat();
                    error = error.with_data(data);
                }
            }
            _ => error = error.with_data(self.all_details()),
        }
        error.encode(id)
    }

    /// The body of an HTTP+JSON answer that says it to a client of this version, and its status.
    pub(crate) fn rest(&self, version: A2aVersion) -> (StatusCode, Bytes) {
        let status = self.http_status(version);
        let (number, message) = (status.as_u16(), quote(&self.message));
        let name = code::status_name(self.code, number);
        let details = self.all_details();
        let details = String::from_utf8_lossy(&details);
        let body = format!(
            r#"{{"error":{{"code":{number},"status":"{name}","message":{message},"details":{details}}}}}"#
        );
        (status, body.into())
    }

    /// The status that goes with it over HTTP+JSON.
    fn http_status(&self, version: A2aVersion) -> StatusCode {
        self.status
            .or_else(|| StatusCode::from_u16(code::http_status(self.code, version)).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The status of a JSON-RPC answer: that of what was not the protocol's own, else 200.
    pub(crate) fn rpc_status(&self) -> StatusCode {
        self.status.unwrap_or(StatusCode::OK)
    }

    /// Its details, and an `ErrorInfo` where a reason is known and none is there.
    pub(crate) fn all_details(&self) -> Bytes {
        let has_reason = self
            .details
            .as_ref()
            .is_some_and(|details| Raw::parse(details).ok().and_then(reason).is_some());
        let named = code::reason(self.code).filter(|_| !has_reason);
        match (named, &self.details) {
            (None, Some(details)) => details.clone(),
            (None, None) => Bytes::from_static(b"[]"),
            (Some(reason), rest) => {
                let rest = rest.as_deref().map(inner_of_array).unwrap_or_default();
                let comma = if rest.is_empty() { "" } else { "," };
                let info = format!(
                    r#"[{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{reason}","domain":"{DOMAIN}","metadata":{{}}}}{comma}"#
                );
                [info.as_bytes(), rest, b"]"].concat().into()
            }
        }
    }
}

/// Parameters that have no place in the other version.
impl From<ShapeError> for Fault {
    fn from(error: ShapeError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

#[cfg(feature = "grpc")]
impl From<crate::wire::grpc::RpcFault> for Fault {
    fn from(fault: crate::wire::grpc::RpcFault) -> Self {
        Self {
            code: fault.code,
            message: fault.message.into(),
            details: fault.details,
            // Of what is no error of the protocol's: of a gateway, or of an authentication.
            status: match fault.code {
                -31_599..=-31_400 => {
                    let status = code::http_status(fault.code, A2aVersion::V1_0);
                    StatusCode::from_u16(status).ok()
                }
                _ => None,
            },
            is_guessed: false,
        }
    }
}

#[cfg(feature = "grpc")]
impl From<&Fault> for crate::wire::grpc::RpcFault {
    fn from(fault: &Fault) -> Self {
        Self::new(fault.code, fault.message.to_string()).with_details(fault.all_details())
    }
}

fn text(message: Option<Raw<'_>>) -> String {
    message
        .and_then(json::string)
        .map_or_else(String::new, |text| text.into_owned())
}

fn array(value: Raw<'_>) -> Option<Bytes> {
    (json::type_of(value) == json::JsonType::Array)
        .then(|| Bytes::copy_from_slice(value.get().as_bytes()))
}

/// What v0.3 lets stand as any value goes on as a detail of its own.
fn wrapped(value: Raw<'_>) -> Option<Bytes> {
    if json::is_null(value) {
        return None;
    }
    let text = format!(
        r#"[{{"@type":"type.googleapis.com/google.protobuf.Value","value":{}}}]"#,
        value.get()
    );
    Some(text.into())
}

fn inner_of_array(array: &[u8]) -> &[u8] {
    let inner = array
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]"));
    inner.unwrap_or_default().trim_ascii()
}

/// The reason of the first detail that has one.
fn reason(details: Raw<'_>) -> Option<String> {
    let mut found = None;
    json::elements(details, |detail| {
        if let (None, Ok([reason])) = (&found, json::members_of(detail, ["reason"])) {
            found = reason.and_then(json::string).map(|text| text.into_owned());
        }
    })
    .ok()?;
    found
}

/// Some agents write JSON-RPC's number where HTTP's belongs.
fn jsonrpc_number(number: Option<Raw<'_>>) -> Option<i64> {
    let number = number?.get().parse::<i64>().ok()?;
    code::reason(number).map(|_| number)
}

fn plain(status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..MAX_TEXT_BYTES).unwrap_or(body));
    let text = text.trim();
    if text.is_empty() || text.starts_with(['<', '{', '[']) {
        return format!("the agent answered {status}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Raw<'_> {
        Raw::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_error_keeps_its_code_in_every_binding() {
        let said = r#"{"code":-32001,"message":"no such task","data":{"taskId":"7"}}"#;
        let fault = Fault::of_rpc(raw(said));
        let (status, body) = fault.rest(A2aVersion::V1_0);
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(
            body,
            r#"{"error":{"code":404,"status":"NOT_FOUND","message":"no such task","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND","domain":"a2a-protocol.org","metadata":{}},{"@type":"type.googleapis.com/google.protobuf.Value","value":{"taskId":"7"}}]}}"#
        );
        let back = Fault::of_rest(status, &body, A2aVersion::V1_0);
        assert_eq!((back.code, &*back.message), (-32001, "no such task"));
        assert_eq!(back.status, None);
    }

    #[test]
    fn what_v0_3_has_no_number_for_is_an_internal_error() {
        let fault = Fault::new(code::VERSION_NOT_SUPPORTED, "no");
        let said = fault.rpc(&RpcId::from(1), A2aVersion::V0_3);
        assert_eq!(
            said,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#
        );
    }

    #[test]
    fn v0_3_tells_its_errors_by_their_status() {
        for (status, number) in [(404, -32001), (409, -32002), (422, -32602), (501, -32004)] {
            let status = StatusCode::from_u16(status).unwrap();
            let body = br#"{"message":"no"}"#;
            let fault = Fault::of_rest(status, body, A2aVersion::V0_3);
            assert_eq!((fault.code, fault.status), (number, None));
            assert_eq!(fault.rest(A2aVersion::V0_3).0, status);
            assert_eq!(fault.rpc_status(), StatusCode::OK);
        }
    }

    #[test]
    fn a_bare_404_is_of_a_task_where_the_call_is() {
        use A2aOperation as Op;

        let named = br#"{"error":{"code":404,"details":[{"reason":"TASK_NOT_FOUND"}]}}"#;
        for (body, version, operation, number) in [
            (&b"nginx"[..], A2aVersion::V1_0, Op::SendMessage, -31404),
            (b"", A2aVersion::V0_3, Op::ListTasks, -31404),
            (b"", A2aVersion::V1_0, Op::GetExtendedAgentCard, -31404),
            (b"", A2aVersion::V0_3, Op::GetExtendedAgentCard, -32007),
            (named, A2aVersion::V1_0, Op::SendMessage, -32001),
        ] {
            let mut fault = Fault::of_rest(StatusCode::NOT_FOUND, body, version);
            assert_eq!(fault.code, -32001, "before the call is known");
            fault.without_task(&operation, version);
            assert_eq!(fault.code, number, "{operation:?} {version:?}");
            assert_eq!(fault.rest(A2aVersion::V0_3).0, StatusCode::NOT_FOUND);
        }
    }

    #[test]
    fn answers_that_are_not_the_protocols_keep_their_status() {
        for (status, body, said) in [
            (401, "", "the agent answered 401 Unauthorized"),
            (403, "not you", "not you"),
            (503, "<html>", "the agent answered 503 Service Unavailable"),
            (429, r#"{"detail":"slow down"}"#, "slow down"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let fault = Fault::of_rest(status, body.as_bytes(), A2aVersion::V0_3);
            assert_eq!(
                (fault.rest(A2aVersion::V1_0).0, &*fault.message),
                (status, said)
            );
            assert_eq!(fault.rpc_status(), status);
        }
    }
}
