use std::borrow::Cow;

use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    json::{self, JsonType, Raw, Splice},
    jsonrpc::{Envelope, EnvelopeKind, RpcError, RpcId},
};
use bytes::Bytes;

use crate::{
    bridge::{Tools, edit},
    layer::{Read, is_same},
    wire::{
        McpMethod,
        error::{
            HEADER_MISMATCH, INTERNAL_ERROR, INVALID_PARAMS, MISSING_CAPABILITY,
            RESOURCE_NOT_FOUND, UNSUPPORTED_VERSION,
        },
    },
};

/// Members of results that are of 2026-07-28 alone.
const MODERN: [(&str, Option<Bytes>); 3] =
    [("resultType", None), ("ttlMs", None), ("cacheScope", None)];

/// A server's answer to one request.
pub(super) enum Reply {
    /// A result, an object.
    Result(Bytes),
    /// The server needs something first: the result that says what.
    InputRequired(Bytes),
    /// An error, an object, and its code.
    Error(i64, Bytes),
}

impl Reply {
    /// Reads a message; `None` when it does not answer the request of this id.
    ///
    /// # Errors
    /// The result is of a kind that nobody here knows.
    pub(super) fn read(message: &Bytes, id: &RpcId) -> Result<Option<Self>, Error> {
        let Ok(envelope) = Envelope::peek(message) else {
            return Ok(None);
        };
        let answers = |own: &RpcId| {
            let own = Raw::parse(own.as_raw()).ok();
            own.is_some_and(|own| is_same(id, own))
        };
        let is_own = envelope.id.as_ref().is_some_and(answers);
        let is_of_none = envelope.id.as_ref().is_none_or(RpcId::is_null);
        match (envelope.kind, envelope.result, envelope.error) {
            (EnvelopeKind::Response, _, Some(error)) if is_own || is_of_none => {
                let code = agentgateway_core::jsonrpc::error_code(error).unwrap_or(INTERNAL_ERROR);
                Ok(json::slice_of(message, error).map(|error| Self::Error(code, error)))
            }
            (EnvelopeKind::Response, Some(result), _) if is_own => Self::result(message, result),
            _ => Ok(None),
        }
    }

    fn result(message: &Bytes, result: Raw<'_>) -> Result<Option<Self>, Error> {
        let Some(result) = json::slice_of(message, result) else {
            return Ok(None);
        };
        let kind = edit::text(&result, "resultType");
        match kind.as_deref() {
            None | Some("complete") => Ok(Some(Self::Result(result))),
            Some("input_required") => Ok(Some(Self::InputRequired(result))),
            Some(_) => {
                let message =
                    "the server's result is of a kind that the client's revision does not have";
                Err(Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream))
            }
        }
    }
}

/// The message that says a plain result to the client that asked by the second of these ids, where the server was asked
/// by the first; and what it says. `None` for all else, which is read with more care.
pub(super) fn quick(
    message: &Bytes,
    (id, own, method): (&RpcId, &RpcId, &McpMethod),
) -> Option<(Bytes, Read)> {
    let envelope = Envelope::peek(message).ok()?;
    let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
    let result = envelope.result.filter(is_object)?;
    let answered = envelope.id.as_ref().filter(|answered| *answered == id)?;
    let keys = ["resultType", "ttlMs", "cacheScope", STRUCTURED, "isError"];
    let [kind, ttl, scope, content, is_error] = json::members_of(result, keys).ok()?;
    let is_complete = kind.is_none_or(|kind| json::string(kind).as_deref() == Some("complete"));
    let is_plain = content.is_none_or(|content| is_object(&content));
    if *method == McpMethod::TOOLS_LIST || !is_complete || !is_plain {
        return None;
    }
    let mut splice = Splice::new(message.clone());
    if answered != own {
        let answered = Raw::parse(answered.as_raw()).ok()?;
        splice = splice.replace_value(answered, own.to_bytes());
    }
    let alone = kind.filter(|_| ttl.or(scope).is_none());
    match alone.and_then(|kind| edit::whole_member(message, "resultType", kind)) {
        Some(member) => splice = splice.delete(member),
        None if kind.or(ttl).or(scope).is_some() => {
            let whole = json::slice_of(message, result)?;
            splice = splice.replace_value(result, json::with_members(&whole, &MODERN).ok()?);
        }
        None => {}
    }
    let read = Read {
        error: None,
        tool_error: is_error.and_then(json::boolean).unwrap_or_default(),
    };
    Some((splice.joined().ok()?, read))
}

/// The message that says this result to the client.
///
/// # Errors
/// The result has a member that decides something twice.
pub(super) fn result(
    message: &Bytes,
    id: &RpcId,
    method: &McpMethod,
    tools: &Tools,
) -> Result<Bytes, Error> {
    let changed = edit::within(message, "result", |result| {
        let result = json::with_members(&result, &MODERN)?;
        if *method == McpMethod::TOOLS_CALL {
            return Ok(without_other_content(result));
        }
        if *method == McpMethod::TOOLS_LIST {
            return Ok(edit::member(&result, "tools")
                .and_then(|list| listed(&list, tools))
                .and_then(|list| json::with_members(&result, &[("tools", Some(list))]).ok())
                .unwrap_or(result));
        }
        Ok(result)
    });
    with_id(&changed.map_err(bad)?, id)
}

/// Earlier revisions know structured content that is an object, and no other.
fn without_other_content(result: Bytes) -> Bytes {
    let is_object =
        edit::member(&result, STRUCTURED).is_none_or(|content| content.starts_with(b"{"));
    if is_object {
        return result;
    }
    json::with_members(&result, &[(STRUCTURED, None)]).unwrap_or(result)
}

const STRUCTURED: &str = "structuredContent";
const OUTPUT_SCHEMA: &str = "outputSchema";

/// The list of tools without those that cannot be called, and without schemas of results that are no
/// objects; `None` where nothing changes.
fn listed(list: &Bytes, tools: &Tools) -> Option<Bytes> {
    let mut text = vec![b'['];
    let mut changed = false;
    let array = Raw::parse(list).ok()?;
    json::elements(array, |tool| {
        if !tools.learn(tool) {
            changed = true;
            return;
        }
        if text.len() > 1 {
            text.push(b',');
        }
        match with_object_output(list, tool) {
            Some(tool) => {
                changed = true;
                text.extend_from_slice(&tool);
            }
            None => text.extend_from_slice(tool.get().as_bytes()),
        }
    })
    .ok()?;
    text.push(b']');
    changed.then(|| text.into())
}

fn with_object_output(list: &Bytes, tool: Raw<'_>) -> Option<Bytes> {
    let [schema] = json::members_of(tool, [OUTPUT_SCHEMA]).ok()?;
    let schema = schema?;
    let kind = (json::type_of(schema) == JsonType::Object)
        .then(|| json::members_of(schema, ["type"]).ok())
        .flatten()
        .and_then(|[kind]| json::string(kind?));
    if kind.as_deref() == Some("object") {
        return None;
    }
    let tool = json::slice_of(list, tool)?;
    json::with_members(&tool, &[(OUTPUT_SCHEMA, None)]).ok()
}

/// The message that says this error to the client.
///
/// # Errors
/// The error has a member that decides something twice.
pub(super) fn error(
    message: &Bytes,
    id: &RpcId,
    method: &McpMethod,
    code: i64,
    error: &Bytes,
) -> Result<Bytes, Error> {
    if code == MISSING_CAPABILITY {
        return Ok(missing(id, method, &capabilities(error)));
    }
    let known = match code {
        INVALID_PARAMS if *method == McpMethod::RESOURCES_READ => RESOURCE_NOT_FOUND,
        HEADER_MISMATCH | UNSUPPORTED_VERSION => INTERNAL_ERROR,
        code => code,
    };
    if known == code {
        return with_id(message, id);
    }
    let changed = edit::within(message, "error", |error| {
        json::with_members(&error, &[("code", Some(known.to_string().into()))])
    });
    with_id(&changed.map_err(bad)?, id)
}

/// What the client is told when a server needs what it cannot do: the model is to read it where a tool was
/// called.
pub(super) fn missing(id: &RpcId, method: &McpMethod, what: &str) -> Bytes {
    let words = format!("the server needs {what}, which this client does not have");
    if *method != McpMethod::TOOLS_CALL {
        return RpcError::new(INTERNAL_ERROR, words).encode(id);
    }
    tool_error(id, &words)
}

/// The result of a tool that has failed.
pub(super) fn tool_error(id: &RpcId, words: &str) -> Bytes {
    let words = json::quote(words);
    let result = format!(r#"{{"content":[{{"type":"text","text":{words}}}],"isError":true}}"#);
    answer(id, &result.into())
}

/// The answer that this result is.
pub(super) fn answer(id: &RpcId, result: &Bytes) -> Bytes {
    let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
    text.extend_from_slice(id.as_raw());
    text.extend_from_slice(br#","result":"#);
    text.extend_from_slice(result);
    text.push(b'}');
    text.into()
}

/// The names of the capabilities that an error asks for.
fn capabilities(error: &Bytes) -> Cow<'static, str> {
    let data = edit::member(error, "data").unwrap_or_default();
    let required = edit::member(&data, "requiredCapabilities").unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    if let Ok(required) = Raw::parse(&required) {
        let _ = json::entries(required, |name, _| {
            names.push(name.chars().take(64).collect())
        });
    }
    names.truncate(8);
    if names.is_empty() {
        return "a capability".into();
    }
    format!("the capability {}", names.join(", ")).into()
}

/// The message with the id that the client has given its request.
fn with_id(message: &Bytes, id: &RpcId) -> Result<Bytes, Error> {
    let [own] = json::members(message, ["id"]).map_err(bad)?;
    match own {
        Some(own) if own.get().as_bytes() == id.as_raw() => Ok(message.clone()),
        Some(own) => {
            let splice = Splice::new(message.clone()).replace_value(own, id.to_bytes());
            Ok(splice.finish().map_err(Error::from)?.into_bytes())
        }
        None => json::with_members(message, &[("id", Some(id.to_bytes()))]).map_err(bad),
    }
}

/// The server's answer cannot be changed as it must be.
pub(super) fn bad(error: json::JsonError) -> Error {
    let message = format!("the server's answer cannot be read: {error}");
    Error::new(ErrorKind::BadAnswer, message)
        .with_origin(Origin::Upstream)
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_result_is_read_once_and_says_the_same() {
        let (sent, own) = (RpcId::from(7), RpcId::string("own"));
        let tools = Tools::new(1);
        for (text, failed) in [
            (r#"{"jsonrpc":"2.0","id":7,"result":{}}"#, false),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[],"isError":true}}"#,
                true,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"content":[], "ttlMs":1,"cacheScope":"public","structuredContent":{}}}"#,
                false,
            ),
        ] {
            let text = Bytes::from_static(text.as_bytes());
            for (id, own) in [(&sent, &own), (&sent, &sent)] {
                let (quick, read) = quick(&text, (id, own, &McpMethod::TOOLS_CALL)).unwrap();
                let careful = result(&text, own, &McpMethod::TOOLS_CALL, &tools).unwrap();
                assert_eq!(quick, careful);
                assert_eq!((read.error, read.tool_error), (None, failed));
            }
        }
    }

    #[test]
    fn what_is_no_plain_result_is_read_with_care() {
        for text in [
            r#"{"jsonrpc":"2.0","id":8,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":[]}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required"}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"structuredContent":[]}}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":1}}"#,
            r#"{"id":7,"result":{}}"#,
            "<html>",
        ] {
            let (id, text) = (RpcId::from(7), Bytes::from_static(text.as_bytes()));
            let asked = (&id, &id, &McpMethod::TOOLS_CALL);
            assert!(quick(&text, asked).is_none(), "{text:?}");
        }
    }
}
