//! A client that writes its requests by hand, and reads answers as they are written.

use std::net::SocketAddr;

use agentgateway_tests::raw::{RawAnswer, RawClient};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Era, members::Members, tools::Tool};

const MODERN: &str = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\
                      \"io.modelcontextprotocol/clientInfo\":{\"name\":\"raw\",\"version\":\"1\"},\
                      \"io.modelcontextprotocol/clientCapabilities\":{}}";

const LEGACY: &str = "mcp-protocol-version: 2025-11-25\r\n";

#[derive(Debug)]
pub(crate) struct Client {
    era: Era,
    http: RawClient,
    session: Option<String>,
    requests: u32,
}

/// A message that answers.
#[derive(Debug, Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    tools: Vec<&'a RawValue>,
}

// === impl Client ===

impl Client {
    /// Connects, and makes itself known.
    pub(crate) async fn connect(era: Era, addr: SocketAddr) -> Self {
        let mut client = Self {
            era,
            http: RawClient::connect(addr).await,
            session: None,
            requests: 0,
        };
        if era == Era::Legacy {
            let hello = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\
                         \"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\
                         \"clientInfo\":{\"name\":\"raw\",\"version\":\"1\"}}}";
            let answer = client.post(hello, "").await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let session = answer.values("mcp-session-id");
            client.session = session.first().map(|id| (*id).to_owned());
            let ready = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";
            let answer = client.post(ready, LEGACY).await;
            assert_eq!(answer.status, 202, "{}", answer.text());
        }
        client
    }

    async fn post(&mut self, body: &str, headers: &str) -> RawAnswer {
        let known = self.session.as_ref();
        let session = known.map(|id| format!("mcp-session-id: {id}\r\n"));
        let (session, length) = (session.unwrap_or_default(), body.len());
        self.http
            .send(format!(
                "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 accept: application/json, text/event-stream\r\n{session}{headers}\
                 content-length: {length}\r\n\r\n{body}"
            ))
            .await;
        self.http.answer().await.expect("an answer")
    }

    /// The result of a request, whose params lack what its era adds.
    async fn ask(
        &mut self,
        method: &str,
        name: Option<&str>,
        params: &str,
    ) -> Result<String, String> {
        self.requests += 1;
        let id = self.requests;
        let (params, headers) = match self.era {
            Era::Legacy => (params.to_owned(), LEGACY.to_owned()),
            Era::Modern => {
                let named = name.map(|name| format!("mcp-name: {name}\r\n"));
                let comma = if params.is_empty() { "" } else { "," };
                (
                    format!("{MODERN}{comma}{params}"),
                    format!(
                        "mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n{}",
                        named.unwrap_or_default()
                    ),
                )
            }
        };
        let body = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{{{params}}}}}"
        );
        let answer = self.post(&body, &headers).await;
        let text = answer.text();
        let streams = answer
            .values("content-type")
            .iter()
            .any(|kind| kind.contains("event"));
        let messages = if streams {
            events(&text)
        } else {
            vec![text.clone()]
        };
        let mut results = messages.iter().filter_map(|message| {
            let answer: Answer<'_> = serde_json::from_str(message).ok()?;
            answer.result.map(|result| result.get().to_owned())
        });
        results
            .next()
            .ok_or_else(|| format!("{}: {text}", answer.status))
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// An answer without a result.
    pub(crate) async fn call(&mut self, name: &str, tool: &Tool) -> Result<String, String> {
        let params = format!("\"name\":\"{name}\",\"arguments\": {} ", tool.arguments);
        self.ask("tools/call", Some(name), &params).await
    }

    /// The entries of all pages.
    pub(crate) async fn list(&mut self) -> Vec<String> {
        let mut entries = Vec::new();
        let mut params = String::new();
        loop {
            let result = self.ask("tools/list", None, &params).await;
            let result = result.unwrap_or_else(|answer| panic!("{answer}"));
            let page: Page<'_> = serde_json::from_str(&result).expect("a page");
            entries.extend(page.tools.iter().map(|entry| entry.get().to_owned()));
            match Members::of(&result).get("nextCursor") {
                Some(cursor) => params = format!("\"cursor\":{cursor}"),
                None => return entries,
            }
        }
    }
}

/// The data of each event.
fn events(text: &str) -> Vec<String> {
    let events = text.split("\n\n");
    events
        .map(|event| {
            let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
            let lines: Vec<_> = lines
                .map(|line| line.strip_prefix(' ').unwrap_or(line))
                .collect();
            lines.join("\n")
        })
        .collect()
}
