use std::{borrow::Cow, error::Error as StdError, fmt};

use agentgateway_core::{
    Error, ErrorKind,
    context::RequestId,
    error::Origin,
    json::quote,
    jsonrpc::{self, RpcError, RpcId},
};
use bytes::Bytes;
use http::StatusCode;

use super::{A2aVersion, RpcStatus, code};

/// An error of the gateway's own, as A2A says it in each binding.
///
/// Codes are those of JSON-RPC for a malformed message (-32700, -32600, -32602) and for a fault of
/// the gateway (-32603); all else is a decision of the gateway, with -31000 minus the HTTP status:
/// codes that no agent uses. The details name the gateway as their domain, so that a client can
/// tell them from an agent's word.
///
/// # Source
/// A2A v1.0, sections 9.5 and 11.6 (error handling); google.rpc.ErrorInfo, google.rpc.RequestInfo.
#[derive(Clone, Debug)]
pub struct A2aError {
    rpc: RpcError,
    kind: ErrorKind,
    http_status: u16,
    status_name: &'static str,
    /// Said as the agent itself would say it.
    as_agent: bool,
    reason: Cow<'static, str>,
    origin: &'static str,
    retry_after_ms: Option<u128>,
    request_id: Option<RequestId>,
}

/// The domain of the errors that the gateway itself says.
pub(crate) const DOMAIN: &str = "agentgateway";

impl A2aError {
    /// Says a gateway's error in A2A.
    #[must_use]
    pub fn new(error: &Error) -> Self {
        let number = coded_in(error);
        let rpc = jsonrpc::from_error(error);
        let reason = match code::reason(rpc.code) {
            Some(reason) => Cow::Borrowed(reason),
            None => Cow::Owned(error.kind().as_str().to_ascii_uppercase()),
        };
        let said = Self {
            kind: error.kind(),
            http_status: error.status().as_u16(),
            status_name: RpcStatus::of(error.kind()).name,
            as_agent: false,
            reason,
            origin: match error.origin() {
                Origin::Upstream => "upstream",
                _ => "gateway",
            },
            retry_after_ms: error.retry_after().map(|delay| delay.as_millis()),
            request_id: error.request_id().cloned(),
            rpc,
        };
        match number {
            Some(number) => said.with_code(number).said_as_agent(error.origin()),
            None => said,
        }
    }

    /// Gives an error a code of the specification: a policy refuses a task with the words of an agent that does
    /// not know it.
    ///
    /// It is said with the status that agents use: 200 over JSON-RPC. What an agent is at fault for has its own
    /// status all the same. The error's source is replaced.
    ///
    /// ```
    /// use agentgateway_a2a::wire::{A2aError, code};
    /// use agentgateway_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::NotFound, "no such task");
    /// let error = A2aError::coded(error, code::TASK_NOT_FOUND);
    /// assert_eq!(A2aError::new(&error).reason(), "TASK_NOT_FOUND");
    /// ```
    #[must_use]
    pub fn coded(error: Error, number: i64) -> Error {
        error.with_source(Coded(number))
    }

    fn said_as_agent(mut self, origin: Origin) -> Self {
        if origin != Origin::Upstream {
            self.as_agent = true;
            self.http_status = code::http_status(self.rpc.code, A2aVersion::V1_0);
            self.status_name = code::status_name(self.rpc.code, self.http_status);
        }
        self
    }

    /// The status of the answer that says it: over JSON-RPC, what an agent would say has 200.
    pub(crate) fn answer_status(&self, by_rpc: bool) -> StatusCode {
        // A message that breaks the rules of JSON-RPC is answered within JSON-RPC.
        if by_rpc && (self.as_agent || self.kind == ErrorKind::InvalidRequest) {
            return StatusCode::OK;
        }
        if self.as_agent {
            return StatusCode::from_u16(self.http_status).unwrap_or(StatusCode::BAD_REQUEST);
        }
        self.kind.status()
    }

    /// The code of the specification that the agent would say.
    #[cfg(feature = "grpc")]
    pub(crate) fn agent_code(&self) -> Option<i64> {
        self.as_agent.then_some(self.rpc.code)
    }

    /// Sets a JSON-RPC code of the specification, and the reason that goes with it.
    #[must_use]
    pub fn with_code(mut self, number: i64) -> Self {
        self.rpc.code = number;
        if let Some(reason) = code::reason(number) {
            self.reason = Cow::Borrowed(reason);
        }
        self
    }

    /// The JSON-RPC code.
    #[must_use]
    pub const fn code(&self) -> i64 {
        self.rpc.code
    }

    /// The reason, such as `RATE_LIMITED`.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The JSON-RPC response that says it.
    ///
    /// The data of v1.0 is an array with a `google.rpc.ErrorInfo`, and a `google.rpc.RequestInfo` where
    /// the request has an id; that of v0.3 is the object that
    /// [`jsonrpc::from_error`] describes.
    #[must_use]
    pub fn json_rpc(&self, id: &RpcId, version: A2aVersion) -> Bytes {
        match version {
            A2aVersion::V0_3 => self.rpc.encode(id),
            _ => self
                .rpc
                .clone()
                .with_data(format!("[{}]", self.details()))
                .encode(id),
        }
    }

    /// The HTTP+JSON body that says it, which is also the data of an error event.
    #[must_use]
    pub fn http_json(&self) -> Bytes {
        let code = self.http_status;
        let status = self.status_name;
        let message = quote(&self.rpc.message);
        let details = self.details();
        Bytes::from(format!(
            r#"{{"error":{{"code":{code},"status":"{status}","message":{message},"details":[{details}]}}}}"#
        ))
    }

    fn details(&self) -> String {
        let retry = self
            .retry_after_ms
            .map_or_else(String::new, |ms| format!(r#","retryAfterMs":"{ms}""#));
        let request = self.request_id.as_ref().map_or_else(String::new, |id| {
            let id = quote(id.as_str());
            format!(r#",{{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":{id}}}"#)
        });
        format!(
            r#"{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":{},"domain":"{DOMAIN}","metadata":{{"origin":"{}"{retry}}}}}{request}"#,
            quote(&self.reason),
            self.origin,
        )
    }
}

/// A code of the specification, as the source of the error that it belongs to.
#[derive(Debug)]
struct Coded(i64);

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}", self.0)
    }
}

impl StdError for Coded {}

/// The longest chain of sources that is followed: a chain may be a loop.
const MAX_SOURCES: usize = 16;

fn coded_in(error: &Error) -> Option<i64> {
    let mut cause = error.source();
    for _ in 0..MAX_SOURCES {
        let current = cause?;
        if let Some(Coded(number)) = current.downcast_ref() {
            return Some(*number);
        }
        cause = current.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limited() -> A2aError {
        let error = Error::new(ErrorKind::RateLimited, "over \"10/s\"")
            .with_retry_after(Duration::from_millis(1500));
        A2aError::new(&error)
    }

    #[test]
    fn says_a_decision_of_the_gateway_in_v1_0() {
        assert_eq!(
            limited().json_rpc(&RpcId::string("a"), A2aVersion::V1_0),
            r#"{"jsonrpc":"2.0","id":"a","error":{"code":-31429,"message":"over \"10/s\"","data":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMITED","domain":"agentgateway","metadata":{"origin":"gateway","retryAfterMs":"1500"}}]}}"#
        );
        assert_eq!(
            limited().http_json(),
            r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"over \"10/s\"","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMITED","domain":"agentgateway","metadata":{"origin":"gateway","retryAfterMs":"1500"}}]}}"#
        );
    }

    #[test]
    fn says_it_to_v0_3_with_an_object() {
        assert_eq!(
            limited().json_rpc(&RpcId::from(7), A2aVersion::V0_3),
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-31429,"message":"over \"10/s\"","data":{"origin":"gateway","kind":"rate_limited","retryAfterMs":1500}}}"#
        );
    }

    #[test]
    fn tells_the_id_of_the_request() {
        let error = Error::new(ErrorKind::NotFound, "none")
            .with_request_id(RequestId::new("r\"1").unwrap());
        let error = A2aError::new(&error);
        let info = r#",{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"r\"1"}]"#;
        for said in [
            error.http_json(),
            error.json_rpc(&RpcId::from(7), A2aVersion::V1_0),
        ] {
            assert!(
                std::str::from_utf8(&said).unwrap().contains(info),
                "{said:?}"
            );
        }
        assert_eq!(
            error.json_rpc(&RpcId::from(7), A2aVersion::V0_3),
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-31404,"message":"none","data":{"origin":"gateway","kind":"not_found","requestId":"r\"1"}}}"#
        );
    }

    #[test]
    fn codes_of_the_specification_bring_their_reason() {
        let error = A2aError::new(&Error::new(ErrorKind::InvalidRequest, "no"))
            .with_code(jsonrpc::code::PARSE_ERROR);
        assert_eq!((error.code(), error.reason()), (-32700, "PARSE_ERROR"));
    }
}
