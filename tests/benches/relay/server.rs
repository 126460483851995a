//! The mock as a server of MCP: what is said before tools are called, and the answers to calls.

use std::{fmt::Write as _, sync::LazyLock};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

use crate::work::{TOOLS, Work};

/// The same for all: the mock keeps nothing of its clients.
const SESSION: &str = "session-of-the-mock";

/// What a server of MCP answers in this case; `None` in one that needs no server.
pub(crate) fn answer(work: Work, body: &[u8]) -> Option<Response<Bytes>> {
    if !work.is_mcp() {
        return None;
    }
    let text = std::str::from_utf8(body).unwrap_or_default();
    let method = after(text, "\"method\":\"", '"').unwrap_or_default();
    let Some(id) = after(text, "\"id\":", ',') else {
        let mut taken = Response::new(Bytes::new());
        *taken.status_mut() = StatusCode::ACCEPTED;
        return Some(taken);
    };
    let mut response = Response::new(match method {
        "tools/call" => work.answer_to(id),
        "tools/list" => result(id, &LIST),
        // Who answers it is taken for an older server, and nothing between is translated.
        "initialize" if work != Work::OlderClient => result(id, OPENED),
        "server/discover" if work != Work::OlderServer => result(id, DISCOVERED),
        _ => {
            let error = r#"{"code":-32601,"message":"Method not found"}"#;
            format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).into()
        }
    });
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, json);
    if method == "initialize" {
        headers.insert("mcp-session-id", HeaderValue::from_static(SESSION));
    }
    Some(response)
}

/// A cheap look, which suits what comes here: to parse costs the core of the load.
fn after<'a>(text: &'a str, begin: &str, end: char) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    Some(rest.split_once(end)?.0)
}

fn result(id: &str, result: &str) -> Bytes {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).into()
}

const OPENED: &str = r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"mock","version":"1"}}"#;

const DISCOVERED: &str = r#"{"resultType":"complete","ttlMs":3600000,"cacheScope":"public","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mock","version":"1"}}}"#;

/// The tools of one server.
static LIST: LazyLock<String> = LazyLock::new(|| {
    let mut list =
        r#"{"resultType":"complete","ttlMs":3600000,"cacheScope":"public","tools":["#.to_owned();
    for nth in 0..TOOLS {
        let comma = if nth == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(list, "{comma}{}", TOOL.replace('#', &nth.to_string()));
    }
    list + "]}"
});

const TOOL: &str = r#"{"name":"search_#","title":"Search collection #","description":"Finds documents of collection # by their words, newest first, and gives their titles and links.","inputSchema":{"type":"object","properties":{"query":{"type":"string","description":"Words that the document must have"},"limit":{"type":"integer","minimum":1,"maximum":100,"default":10},"filter":{"type":"object","properties":{"tags":{"type":"array","items":{"type":"string"}},"since":{"type":"string","format":"date-time"}},"additionalProperties":false}},"required":["query"]},"annotations":{"readOnlyHint":true,"openWorldHint":false}}"#;
