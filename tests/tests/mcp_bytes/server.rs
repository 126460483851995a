//! A server that says what was written beforehand.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use agentgateway_tests::raw::{RawConnection, RawRequest, RawUpstream};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Era, tools::Tool};

/// How many tools a page of the list has.
const PAGE: usize = 100;

const CAPABILITIES: &str = "\"capabilities\":{\"tools\":{}}";
const INFO: &str = "{\"name\":\"raw\",\"version\":\"1\"}";

/// By tool, what it was called with.
type Heard = Arc<Mutex<HashMap<String, String>>>;

#[derive(Debug)]
pub(crate) struct Server {
    upstream: RawUpstream,
    heard: Heard,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: &'a str,
    #[serde(borrow, default)]
    params: Params<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    name: Option<&'a str>,
    #[serde(borrow)]
    cursor: Option<&'a str>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

// === impl Server ===

impl Server {
    pub(crate) async fn start(era: Era, tools: Arc<[Tool]>) -> Self {
        let heard = Heard::default();
        let books = heard.clone();
        let upstream = RawUpstream::start_forgetful(move |mut connection| {
            let (tools, heard) = (tools.clone(), books.clone());
            async move {
                while let Some(request) = connection.request().await {
                    answer(era, &tools, &heard, &mut connection, &request).await;
                }
            }
        });
        Self {
            upstream: upstream.await,
            heard,
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.upstream.port()
    }

    /// What this tool was called with.
    pub(crate) fn arguments(&self, tool: &str) -> Option<String> {
        let heard = self.heard.lock().expect("no panic");
        heard.get(tool).cloned()
    }
}

async fn answer(
    era: Era,
    tools: &[Tool],
    heard: &Heard,
    connection: &mut RawConnection,
    request: &RawRequest,
) {
    if !request.head.starts_with("POST") {
        return connection
            .send("HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n")
            .await;
    }
    let text = String::from_utf8_lossy(&request.body);
    let message: Message<'_> = serde_json::from_str(&text).expect("a message");
    let Some(id) = message.id.map(RawValue::get) else {
        return connection
            .send("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
            .await;
    };
    let called = message.params.name;
    let called = called.and_then(|name| tools.iter().find(|tool| tool.name == name));
    if let (Some(tool), Some(arguments)) = (called, message.params.arguments) {
        let mut heard = heard.lock().expect("no panic");
        heard.insert(tool.name.clone(), arguments.get().to_owned());
    }
    let result = match (era, message.method, called) {
        (Era::Legacy, "initialize", _) => Some(format!(
            "{{\"protocolVersion\":\"2025-11-25\",{CAPABILITIES},\"serverInfo\":{INFO}}}"
        )),
        (Era::Modern, "server/discover", _) => Some(format!(
            "{{\"resultType\":\"complete\",\"supportedVersions\":[\"2026-07-28\"],{CAPABILITIES},\
             \"ttlMs\":0,\"cacheScope\":\"private\",\
             \"_meta\":{{\"io.modelcontextprotocol/serverInfo\":{INFO}}}}}"
        )),
        (_, "tools/list", _) => Some(page(era, tools, message.params.cursor)),
        (_, "tools/call", Some(tool)) => Some(tool.result(era)),
        _ => None,
    };
    let said = match result {
        Some(result) => format!("{{\"jsonrpc\": \"2.0\", \"result\" : {result} ,\"id\":{id}}}"),
        None => format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":-32601,\"message\":\"no\"}}}}"
        ),
    };
    let session = match message.method {
        "initialize" => "mcp-session-id: raw\r\n",
        _ => "",
    };
    let (kind, said) = match called {
        Some(tool) if tool.streams() => (
            "text/event-stream",
            format!(
                "event: message\ndata: {}\n\n",
                said.replace('\n', "\ndata: ")
            ),
        ),
        _ => ("application/json", said),
    };
    let length = said.len();
    connection
        .send(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{session}content-length: {length}\r\n\r\n{said}"
        ))
        .await;
}

/// A page of the list. Its cursor is the number of the first tool.
fn page(era: Era, tools: &[Tool], cursor: Option<&str>) -> String {
    let first = cursor.map_or(0, |cursor| cursor.parse().expect("a cursor of ours"));
    let next = first + PAGE;
    let entries: Vec<_> = tools
        .iter()
        .skip(first)
        .take(PAGE)
        .map(|tool| tool.entry(""))
        .collect();
    let cursor = if next < tools.len() {
        format!(",\"nextCursor\":\"{next}\"")
    } else {
        String::new()
    };
    let modern = match era {
        Era::Legacy => "",
        Era::Modern => ",\"resultType\":\"complete\",\"ttlMs\":0,\"cacheScope\":\"private\"",
    };
    format!("{{\"tools\":[{}]{cursor}{modern}}}", entries.join(","))
}
