use std::borrow::Cow;

use agentgateway_core::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::{answer, value::set},
    content,
    fault::Fault,
    legacy, methods,
    rpc::{self, Kind},
    toolbox,
};

/// The revision without a handshake.
const VERSION: &str = "2026-07-28";

/// How long lists may be kept, in milliseconds. They never change.
const TTL_MS: u64 = 300_000;

const VERSION_HEADER: &str = "mcp-protocol-version";
const VERSION_META: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_META: &str = "io.modelcontextprotocol/clientCapabilities";
const SERVER_META: &str = "io.modelcontextprotocol/serverInfo";

/// Whether a message is, or claims to be, of a revision without a handshake.
pub(super) fn claims(headers: &HeaderMap, message: &Value) -> bool {
    let header = headers.get(VERSION_HEADER);
    let params = &message["params"];
    let meta = &params["_meta"];
    meta.get(VERSION_META).is_some()
        || message["method"] == "server/discover"
        || header.is_some_and(|header| legacy::VERSIONS.iter().all(|version| header != version))
}

/// Answers a message of a revision without a handshake.
///
/// # Source
///
/// MCP 2026-07-28, Transports, "Streamable HTTP".
pub(super) fn answer(headers: &HeaderMap, message: &Value) -> Response<Body> {
    let (id, method) = match rpc::kind(message) {
        Ok(Kind::Request { id, method }) => (id, method),
        Ok(Kind::Notification) => return answer::empty(StatusCode::ACCEPTED),
        Ok(Kind::Response) => {
            let fault = Fault::invalid_request("a server of this revision asks nothing");
            return rpc::refuse(StatusCode::BAD_REQUEST, &Value::Null, &fault);
        }
        Err(fault) => return rpc::refuse(StatusCode::BAD_REQUEST, &Value::Null, &fault),
    };
    let params = &message["params"];
    if let Err(fault) = check(headers, method, params) {
        return rpc::refuse(StatusCode::BAD_REQUEST, id, &fault);
    }
    if method == "tools/call" {
        return match toolbox::call(params) {
            Ok(mut called) => {
                complete(&mut called.result);
                rpc::called(headers, id, called)
            }
            Err(fault) => rpc::refuse(StatusCode::OK, id, &fault),
        };
    }
    match run(method, params) {
        Ok(result) => answer::json(StatusCode::OK, &rpc::result(id, &result)),
        Err(fault) if fault.code == Fault::METHOD_NOT_FOUND => {
            rpc::refuse(StatusCode::NOT_FOUND, id, &fault)
        }
        Err(fault) => rpc::refuse(StatusCode::OK, id, &fault),
    }
}

/// The result of any request but `tools/call`.
fn run(method: &str, params: &Value) -> Result<Value, Fault> {
    let mut result = match method {
        "server/discover" => {
            let versions: Vec<&str> = supported().collect();
            json!({
                "supportedVersions": versions,
                "capabilities": content::capabilities(),
                "instructions": content::INSTRUCTIONS,
            })
        }
        _ => methods::run(method, params, Fault::INVALID_PARAMS)?,
    };
    complete(&mut result);
    if method != "prompts/get" {
        set(&mut result, "ttlMs", TTL_MS);
        set(&mut result, "cacheScope", "public");
    }
    Ok(result)
}

/// Says that a result is one, and whose.
fn complete(result: &mut Value) {
    set(result, "resultType", "complete");
    set(result, "_meta", json!({SERVER_META: content::server()}));
}

fn supported() -> impl Iterator<Item = &'static str> {
    [VERSION]
        .into_iter()
        .chain(legacy::VERSIONS.into_iter().rev())
}

/// Checks that the headers say what the body says.
fn check(headers: &HeaderMap, method: &str, params: &Value) -> Result<(), Fault> {
    check_version(headers, &params["_meta"])?;
    agree(headers, "mcp-method", method)?;
    let name = match method {
        "tools/call" | "prompts/get" => &params["name"],
        "resources/read" => &params["uri"],
        _ => return Ok(()),
    };
    let name = name.as_str();
    agree(
        headers,
        "mcp-name",
        name.ok_or_else(|| Fault::invalid_params("no name"))?,
    )
}

fn check_version(headers: &HeaderMap, meta: &Value) -> Result<(), Fault> {
    let header = header(headers, VERSION_HEADER)?;
    match meta.get(VERSION_META).map(Value::as_str) {
        Some(Some(version)) if version != header => {
            return Err(Fault::header_mismatch(format!(
                "{VERSION_HEADER} is not the version of `_meta`"
            )));
        }
        None if header == VERSION => {
            return Err(Fault::invalid_params(format!(
                "`_meta` has no {VERSION_META}"
            )));
        }
        Some(None) => {
            return Err(Fault::invalid_params(format!(
                "{VERSION_META} is no string"
            )));
        }
        Some(Some(_)) | None => {}
    }
    if header != VERSION {
        let supported: Vec<&str> = supported().collect();
        return Err(Fault::unsupported_version(&supported, &header));
    }
    if !meta[CAPABILITIES_META].is_object() {
        return Err(Fault::invalid_params(format!(
            "`_meta` has no {CAPABILITIES_META}"
        )));
    }
    Ok(())
}

fn agree(headers: &HeaderMap, name: &str, value: &str) -> Result<(), Fault> {
    if header(headers, name)? == value {
        return Ok(());
    }
    Err(Fault::header_mismatch(format!(
        "{name} is not what the body says"
    )))
}

/// The one value of a header, out of its Base64 form when it is in it.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<Cow<'a, str>, Fault> {
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    };
    let value = value.map(str::trim);
    let value = value.and_then(|value| {
        match value
            .strip_prefix("=?base64?")
            .and_then(|rest| rest.strip_suffix("?="))
        {
            Some(coded) => String::from_utf8(STANDARD.decode(coded).ok()?)
                .ok()
                .map(Cow::Owned),
            None => Some(Cow::Borrowed(value)),
        }
    });
    value.ok_or_else(|| Fault::header_mismatch(format!("{name} is missing, or not readable")))
}
