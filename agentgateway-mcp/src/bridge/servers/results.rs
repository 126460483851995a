use agentgateway_core::{
    Error,
    json::{self, JsonError, JsonType, Raw, Splice},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::StatusCode;

use crate::{
    bridge::{ask::invalid, edit},
    layer::Read,
    wire::{
        META, McpMethod, MetaKey,
        error::{
            HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CAPABILITY,
            RESOURCE_NOT_FOUND, UNSUPPORTED_VERSION,
        },
    },
};

/// What the answer to one request is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) id: &'a RpcId,
    pub(super) method: &'a McpMethod,
    /// Of `resources/read`.
    pub(super) uri: Option<&'a str>,
    pub(super) server_info: Option<&'a Bytes>,
}

/// The answer of an earlier server as one of 2026-07-28 says it.
///
/// # Errors
/// It has a member twice that decides.
///
/// # Source
/// MCP 2026-07-28, Base protocol, Result type and Error codes; Utilities, Caching.
pub(super) fn modern(text: &Bytes, asked: Asked<'_>) -> Result<Bytes, Error> {
    let text = json::with_members(text, &[("id", Some(asked.id.to_bytes()))]).map_err(invalid)?;
    let has_result = edit::member(&text, "result").is_some();
    let changed = if has_result {
        edit::within(&text, "result", |result| complete(&result, asked))
    } else {
        edit::within(&text, "error", |error| said_anew(&error, asked))
    };
    changed.map_err(invalid)
}

/// The same of a whole result of the request that was sent by this id, read once, and what it says; `None` for
/// all else.
pub(super) fn result(text: &Bytes, asked: Asked<'_>, sent_as: &RpcId) -> Option<(Bytes, Read)> {
    let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
    let [id, result, error] = json::members(text, ["id", "result", "error"]).ok()?;
    let id = id.filter(|id| id.get().as_bytes() == sent_as.as_raw())?;
    let result = result.filter(is_object)?;
    if !error.is_none_or(json::is_null) || *asked.method == McpMethod::TOOLS_LIST {
        return None;
    }
    let keys = ["resultType", "ttlMs", "cacheScope", META, "isError"];
    let [kind, ttl, scope, meta, is_error] = json::members_of(result, keys).ok()?;
    let whole = json::range_in(text, result)?;
    let mut splice = Splice::new(text.clone()).replace_value(id, asked.id.to_bytes());
    match (asked.server_info, meta) {
        (None, _) => {}
        (Some(info), None) => {
            let key = json::quote(MetaKey::SERVER_INFO);
            let meta = [b"{", key.as_bytes(), b":", info, b"}"].concat();
            splice = splice.add_member(whole.clone(), META, meta);
        }
        (Some(info), Some(meta)) => {
            let meta = Some(meta).filter(is_object)?;
            if json::members_of(meta, [MetaKey::SERVER_INFO]).ok()? == [None] {
                let inner = json::range_in(text, meta)?;
                splice = splice.add_member(inner, MetaKey::SERVER_INFO, info.clone());
            }
        }
    }
    let cacheable = is_cacheable(asked.method);
    for (key, there, value) in [
        ("resultType", kind, "\"complete\""),
        ("ttlMs", ttl.filter(|_| cacheable), "0"),
        ("cacheScope", scope.filter(|_| cacheable), "\"private\""),
    ] {
        if there.is_none() && (cacheable || key == "resultType") {
            splice = splice.add_member(whole.clone(), key, value);
        }
    }
    let read = Read {
        error: None,
        tool_error: is_error.and_then(json::boolean).unwrap_or_default(),
    };
    Some((splice.joined().ok()?, read))
}

/// Whether an answer names another request than the one that was sent by this id.
pub(super) fn is_of_another(text: &Bytes, sent_as: &RpcId) -> bool {
    let id = edit::member(text, "id").filter(|id| id != "null");
    id.is_some_and(|id| id != sent_as.as_raw())
}

/// With which status a server of 2026-07-28 answers with this message.
pub(super) fn status(text: &Bytes) -> StatusCode {
    match edit::member(text, "error").and_then(|error| code(&error)) {
        Some(METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        Some(HEADER_MISMATCH | MISSING_CAPABILITY | UNSUPPORTED_VERSION) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// The code of an error object.
pub(super) fn code(error: &Bytes) -> Option<i64> {
    let code = edit::member(error, "code")?;
    std::str::from_utf8(&code).ok()?.parse().ok()
}

/// A result with the members that this revision wants of each.
pub(super) fn complete(result: &Bytes, asked: Asked<'_>) -> Result<Bytes, JsonError> {
    let mut missing: Vec<(&str, Option<Bytes>)> = Vec::new();
    let mut need = |key, value: &'static str| {
        if edit::member(result, key).is_none() {
            missing.push((key, Some(Bytes::from_static(value.as_bytes()))));
        }
    };
    need("resultType", "\"complete\"");
    if is_cacheable(asked.method) {
        need("ttlMs", "0");
        need("cacheScope", "\"private\"");
    }
    let result = json::with_members(result, &missing)?;
    let Some(info) = asked.server_info else {
        return Ok(result);
    };
    edit::within(&result, META, |meta| {
        if edit::member(&meta, MetaKey::SERVER_INFO).is_some() {
            return Ok(meta);
        }
        json::with_members(&meta, &[(MetaKey::SERVER_INFO, Some(info.clone()))])
    })
}

fn said_anew(error: &Bytes, asked: Asked<'_>) -> Result<Bytes, JsonError> {
    let Some(uri) = asked
        .uri
        .filter(|_| code(error) == Some(RESOURCE_NOT_FOUND))
    else {
        return Ok(error.clone());
    };
    let code = Bytes::from(INVALID_PARAMS.to_string());
    let error = json::with_members(error, &[("code", Some(code))])?;
    edit::within(&error, "data", |data| {
        if edit::member(&data, "uri").is_some() {
            return Ok(data);
        }
        json::with_members(&data, &[("uri", Some(json::quote(uri).into()))])
    })
}

fn is_cacheable(method: &McpMethod) -> bool {
    matches!(
        method.as_str(),
        "server/discover"
            | "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "resources/read"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(method: &McpMethod, text: &'static str) -> String {
        let id = RpcId::string("own");
        let info = Bytes::from_static(br#"{"name":"s","version":"1"}"#);
        let asked = Asked {
            id: &id,
            method,
            uri: Some("x:\"y\""),
            server_info: Some(&info),
        };
        let text = Bytes::from_static(text.as_bytes());
        let said = modern(&text, asked).unwrap();
        if let Some((quick, _)) = result(&text, asked, &RpcId::from(7)) {
            assert_eq!(quick, said);
        }
        String::from_utf8(said.to_vec()).unwrap()
    }

    #[test]
    fn results_get_what_they_lack_and_keep_the_rest() {
        for (method, text, expected) in [
            (
                McpMethod::TOOLS_CALL,
                r#"{"jsonrpc":"2.0","id":7,"result":{"content":[], "x":1.0}}"#,
                concat!(
                    r#"{"jsonrpc":"2.0","id":"own","result":{"_meta":{"#,
                    r#""io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}},"#,
                    r#""resultType":"complete","content":[], "x":1.0}}"#
                ),
            ),
            (
                McpMethod::TOOLS_LIST,
                r#"{"id":7,"result":{"_meta":{"io.modelcontextprotocol/serverInfo":1},"ttlMs":5}}"#,
                concat!(
                    r#"{"id":"own","result":{"resultType":"complete","cacheScope":"private","#,
                    r#""_meta":{"io.modelcontextprotocol/serverInfo":1},"ttlMs":5}}"#
                ),
            ),
        ] {
            assert_eq!(said(&method, text), expected);
        }
    }

    #[test]
    fn a_whole_result_is_read_once_and_says_the_same() {
        let id = RpcId::string("own");
        let info = Bytes::from_static(br#"{"name":"s","version":"1"}"#);
        let tree = |text: &Bytes| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        for (text, failed) in [
            (r#"{"id":7,"result":{}}"#, false),
            (r#"{"id":7,"error":null,"result":{"isError":true}}"#, true),
            (r#"{ "result" : { "content":[] } , "id" : 7 }"#, false),
            (
                r#"{"id":7,"result":{"resultType":"task","_meta":{}}}"#,
                false,
            ),
            (r#"{"id":7,"result":{"_meta":{"a":1},"isError":1}}"#, false),
            (
                r#"{"id":7,"result":{"_meta":{"io.modelcontextprotocol/serverInfo":1},"ttlMs":5}}"#,
                false,
            ),
        ] {
            let text = Bytes::from_static(text.as_bytes());
            for method in [McpMethod::TOOLS_CALL, McpMethod::RESOURCES_READ] {
                for server_info in [None, Some(&info)] {
                    let asked = Asked {
                        id: &id,
                        method: &method,
                        uri: None,
                        server_info,
                    };
                    let (quick, read) = result(&text, asked, &RpcId::from(7)).unwrap();
                    assert_eq!(tree(&quick), tree(&modern(&text, asked).unwrap()));
                    assert_eq!((read.error, read.tool_error), (None, failed));
                }
            }
        }
    }

    #[test]
    fn what_is_no_plain_result_is_read_with_care() {
        let id = RpcId::string("own");
        let info = Bytes::from_static(b"{}");
        for text in [
            r#"{"id":7,"error":{"code":-32002}}"#,
            r#"{"id":7,"result":{},"error":{"code":-32042}}"#,
            r#"{"id":7,"result":[]}"#,
            r#"{"id":7,"result":{"_meta":[]}}"#,
            r#"{"id":7,"result":{"_meta":{},"_meta":{}}}"#,
            r#"{"result":{}}"#,
            "<html>",
        ] {
            let asked = Asked {
                id: &id,
                method: &McpMethod::TOOLS_CALL,
                uri: None,
                server_info: Some(&info),
            };
            let text = Bytes::from_static(text.as_bytes());
            assert!(result(&text, asked, &RpcId::from(7)).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_resource_that_is_not_there_is_an_invalid_param() {
        assert_eq!(
            said(
                &McpMethod::RESOURCES_READ,
                r#"{"id":7,"error":{"code":-32002,"message":"m"}}"#
            ),
            r#"{"id":"own","error":{"data":{"uri":"x:\"y\""},"code":-32602,"message":"m"}}"#
        );
        let other = r#"{"id":7,"error":{"code":-32001,"message":"m"}}"#;
        assert_eq!(
            said(&McpMethod::RESOURCES_READ, other),
            other.replace('7', "\"own\"")
        );
    }
}
