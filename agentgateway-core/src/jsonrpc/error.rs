use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};

use super::{RpcId, code};
use crate::{
    Error, ErrorKind,
    error::Origin,
    json::{Raw, members_of, quote},
};

/// An error as JSON-RPC says it.
///
/// # Source
///
/// JSON-RPC 2.0 Specification, section 5.1 (Error object).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RpcError {
    /// What kind of error it is, see [`code`].
    pub code: i64,
    /// The words for the one who reads them.
    pub message: Cow<'static, str>,
    /// More about it: one JSON value, written as it is. Whoever sets it vouches for it.
    pub data: Option<Bytes>,
}

impl RpcError {
    /// An error without data.
    #[must_use]
    pub fn new(code: i64, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Adds data: one JSON value, that the caller vouches for.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Bytes>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// The whole response that says this error.
    #[must_use]
    pub fn encode(&self, id: &RpcId) -> Bytes {
        self.encode_with(Some(id))
    }

    /// The whole response that says this error, without an `id` member.
    ///
    /// JSON-RPC wants a null id where none is known; some protocols want none (MCP 2025-11-25 and
    /// later).
    #[must_use]
    pub fn encode_without_id(&self) -> Bytes {
        self.encode_with(None)
    }

    fn encode_with(&self, id: Option<&RpcId>) -> Bytes {
        let message = quote(&self.message);
        let data = self.data.as_deref().unwrap_or_default();
        let id = id.map(RpcId::as_raw).unwrap_or_default();
        let mut text = BytesMut::with_capacity(96 + id.len() + message.len() + data.len());
        text.put_slice(br#"{"jsonrpc":"2.0","#);
        if !id.is_empty() {
            text.put_slice(br#""id":"#);
            text.put_slice(id);
            text.put_u8(b',');
        }
        text.put_slice(br#""error":{"code":"#);
        text.put_slice(self.code.to_string().as_bytes());
        text.put_slice(br#","message":"#);
        text.put_slice(message.as_bytes());
        if !data.is_empty() {
            text.put_slice(br#","data":"#);
            text.put_slice(data);
        }
        text.put_slice(b"}}");
        text.freeze()
    }
}

impl From<&Error> for RpcError {
    fn from(error: &Error) -> Self {
        from_error(error)
    }
}

/// The code of an `error` member; `None` when it has none that is a whole number.
#[must_use]
pub fn error_code(error: Raw<'_>) -> Option<i64> {
    let [code] = members_of(error, ["code"]).ok()?;
    code?.get().parse().ok()
}

/// Says an error of the gateway's in JSON-RPC.
///
/// [`InvalidRequest`](ErrorKind::InvalidRequest) is -32600 and
/// [`Internal`](ErrorKind::Internal) -32603; all else has the gateway's own code for its HTTP
/// status ([`code::gateway`]). The data is
/// `{"origin":"gateway","kind":"rate_limited","retryAfterMs":1500}`: `origin` is `"upstream"` when
/// the service behind failed and `"gateway"` when the gateway judged so, of the client or by its
/// own rules; `kind` is [`ErrorKind::as_str`]; `retryAfterMs` is there when the error says when to
/// try again, and `requestId` when it knows that of its request. A protocol that has a code of its own
/// for a kind sets it on what this returns.
#[must_use]
pub fn from_error(error: &Error) -> RpcError {
    let code = match error.kind() {
        ErrorKind::InvalidRequest => code::INVALID_REQUEST,
        ErrorKind::Internal => code::INTERNAL_ERROR,
        _ => code::gateway(error.status()),
    };
    let origin = match error.origin() {
        Origin::Upstream => Origin::Upstream,
        Origin::Client | Origin::Gateway => Origin::Gateway,
    };
    let retry = error.retry_after().map_or_else(String::new, |delay| {
        format!(",\"retryAfterMs\":{}", delay.as_millis())
    });
    let id = error.request_id().map_or_else(String::new, |id| {
        format!(",\"requestId\":{}", quote(id.as_str()))
    });
    let data = format!(
        "{{\"origin\":\"{}\",\"kind\":\"{}\"{retry}{id}}}",
        origin.as_str(),
        error.kind().as_str()
    );
    RpcError::new(code, error.message().to_owned()).with_data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_may_go_without_an_id() {
        let error = RpcError::new(code::PARSE_ERROR, "no").with_data("1");
        assert_eq!(
            error.encode_without_id(),
            br#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no","data":1}}"#[..]
        );
        assert_eq!(
            error.encode(&RpcId::null()),
            br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no","data":1}}"#[..]
        );
    }
}
