use std::borrow::Cow;

use bytes::Bytes;

use super::{EnvelopeError, RpcId};
use crate::json::{self, JsonErrorKind, JsonType, Raw};

/// The members that make a JSON-RPC message; each is a part of the body.
///
/// # Source
///
/// JSON-RPC 2.0 Specification, sections 4 and 5.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// What the message is.
    pub kind: EnvelopeKind,
    /// The id: there on every request, never null there; may be null or missing on an error.
    pub id: Option<RpcId>,
    /// The method of a request or notification.
    pub method: Option<Cow<'a, str>>,
    /// The params of a request or notification: an object or an array.
    pub params: Option<Raw<'a>>,
    /// The result of a response; `Some` when it is null.
    pub result: Option<Raw<'a>>,
    /// The error of a response, an object. A response has a result or an error.
    pub error: Option<Raw<'a>>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "JSON-RPC 2.0 knows these three")]
pub enum EnvelopeKind {
    /// A method that wants an answer.
    Request,
    /// A method that wants none.
    Notification,
    /// An answer.
    Response,
}

impl<'a> Envelope<'a> {
    /// Reads the members that make the message; nothing is copied but a method with escapes.
    ///
    /// Strict where peers could disagree on what a message is: `jsonrpc` must be `"2.0"`, none of
    /// the six members may occur twice, in another case neither, a method has no result and no error, a request's id is not
    /// null. Lenient where servers are known to differ: a response may have `"error":null` beside
    /// its result, or `"result":null` beside its error, and a call may have `"params":null`: they
    /// count as missing. Other members
    /// are let through.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] when the body is not a message; a batch is one of these cases.
    pub fn peek(body: &'a Bytes) -> Result<Self, EnvelopeError> {
        const MEMBERS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

        let [version, id, method, params, result, error] = json::sole_members(body, MEMBERS)
            .map_err(|error| {
                let readable = error.kind() == JsonErrorKind::DuplicateKey;
                EnvelopeError::json(error).with_id(readable.then(|| lone_id(body)).flatten())
            })?;
        let id = match id.map(|raw| RpcId::from_raw(body, raw)) {
            Some(None) => {
                return Err(EnvelopeError::invalid(
                    "the id must be a string or a number",
                ));
            }
            Some(id) => id,
            None => None,
        };
        let members = Members {
            method,
            params,
            result,
            error,
        };
        check_version(version)
            .and_then(|()| members.envelope(id.clone()))
            .map_err(|error| error.with_id(id))
    }
}

/// The members of a message whose id is known, not judged yet.
struct Members<'a> {
    method: Option<Raw<'a>>,
    params: Option<Raw<'a>>,
    result: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
}

impl<'a> Members<'a> {
    fn envelope(self, id: Option<RpcId>) -> Result<Envelope<'a>, EnvelopeError> {
        match self.method {
            Some(method) => self.call(method, id),
            None => self.response(id),
        }
    }

    fn call(self, method: Raw<'a>, id: Option<RpcId>) -> Result<Envelope<'a>, EnvelopeError> {
        if self.result.is_some() || self.error.is_some() {
            return Err(EnvelopeError::invalid(
                "a message has a method, or a result or error, not both",
            ));
        }
        if id.as_ref().is_some_and(RpcId::is_null) {
            return Err(EnvelopeError::invalid(
                "the id of a request must not be null; leave it out for a notification",
            ));
        }
        let method = json::string(method)
            .ok_or_else(|| EnvelopeError::invalid("the method must be a string"))?;
        let params = self.params.filter(|raw| !json::is_null(*raw));
        let structured = |raw| matches!(json::type_of(raw), JsonType::Object | JsonType::Array);
        if !params.is_none_or(structured) {
            return Err(EnvelopeError::invalid(
                "params must be an object or an array; leave them out when there are none",
            ));
        }
        Ok(Envelope {
            kind: match id {
                Some(_) => EnvelopeKind::Request,
                None => EnvelopeKind::Notification,
            },
            id,
            method: Some(method),
            params,
            result: None,
            error: None,
        })
    }

    fn response(self, id: Option<RpcId>) -> Result<Envelope<'a>, EnvelopeError> {
        let error = self.error.filter(|raw| !json::is_null(*raw));
        let result = self
            .result
            .filter(|raw| error.is_none() || !json::is_null(*raw));
        match (result, error) {
            (Some(_), Some(_)) => Err(EnvelopeError::invalid(
                "a response has a result or an error, not both",
            )),
            (None, None) => Err(EnvelopeError::invalid(
                "the message has no method, no result and no error; send one of them",
            )),
            (Some(_), None) if id.is_none() => Err(EnvelopeError::invalid(
                "the result has no id; send that of its request",
            )),
            (None, Some(error)) if json::type_of(error) != JsonType::Object => {
                Err(EnvelopeError::invalid("the error must be an object"))
            }
            (result, error) => Ok(Envelope {
                kind: EnvelopeKind::Response,
                id,
                method: None,
                params: None,
                result,
                error,
            }),
        }
    }
}

fn check_version(version: Option<Raw<'_>>) -> Result<(), EnvelopeError> {
    match version.and_then(json::string).as_deref() {
        Some("2.0") => Ok(()),
        _ => Err(EnvelopeError::invalid(
            "not a JSON-RPC 2.0 message; send \"jsonrpc\":\"2.0\"",
        )),
    }
}

/// The id of a message that is refused for another member that occurs twice.
fn lone_id(body: &Bytes) -> Option<RpcId> {
    let [id] = json::sole_members(body, ["id"]).ok()?;
    RpcId::from_raw(body, id?)
}
