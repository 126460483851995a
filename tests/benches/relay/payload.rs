//! What is asked, and what is answered.

use std::{ops::RangeInclusive, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::work::{SERVERS, TOOLS, Work};

const REQUEST_BYTES: usize = 600;
const ANSWER_BYTES: usize = 1024;
const EVENT_BYTES: usize = 288;
/// What one revision says of a result, and another does not.
const MEMBERS_BYTES: usize = 160;
const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Stands where a text is to be filled up to its size.
const FILL: &str = "@";
const DONE: &[u8] = b"data: [DONE]\n\n";

/// The events of a stream, without the end marker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) events: usize,
    /// Between two events; the first comes at once.
    pub(crate) pause: Duration,
}

impl Work {
    /// Those of the connection of this number.
    pub(crate) fn request_headers(self, nth: usize) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self == Self::Routed {
            // It is of letters, digits and `_`.
            headers.extend(HeaderValue::try_from(routed(nth)).map(|tool| (MCP_NAME, tool)));
        }
        let mut add = |name: &'static str, value: &'static str| {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        };
        add("host", "localhost");
        add("content-type", "application/json");
        add("user-agent", "relay-bench/1");
        add("authorization", "Bearer of-the-client");
        match self {
            Self::Mcp | Self::Routed | Self::OlderServer => {
                add("accept", "application/json, text/event-stream");
                add("mcp-protocol-version", "2026-07-28");
                add("mcp-method", "tools/call");
                if self != Self::Routed {
                    add("mcp-name", "search");
                }
            }
            Self::OlderClient => {
                add("accept", "application/json, text/event-stream");
                add("mcp-protocol-version", "2025-11-25");
            }
            Self::A2a => {
                add("accept", "application/json");
                add("a2a-version", "1.0");
            }
            _ => {
                add("accept", "application/json, text/event-stream");
            }
        }
        headers
    }

    pub(crate) fn request(self, nth: usize) -> Bytes {
        let template = match self {
            Self::Mcp => {
                r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{"query":"@","limit":10},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#
            }
            Self::Routed | Self::OlderServer => {
                let of = |tool: &str| {
                    format!(
                        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"{tool}","arguments":{{"query":"@","limit":10}},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{{"name":"relay-bench","version":"1"}},"io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
                    )
                };
                let text = match self {
                    Self::Routed => of(&routed(nth)),
                    _ => of("search"),
                };
                return filled(&text, REQUEST_BYTES);
            }
            Self::OlderClient => {
                r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{"query":"@","limit":10}}}"#
            }
            Self::A2a => {
                r#"{"jsonrpc":"2.0","id":"1","method":"SendMessage","params":{"message":{"messageId":"m-1","role":"ROLE_USER","parts":[{"text":"@"}]}}}"#
            }
            Self::Json => {
                r#"{"model":"relay-json","messages":[{"role":"system","content":"Answer in short."},{"role":"user","content":"@"}],"temperature":0.2,"max_tokens":256}"#
            }
            _ => {
                let streamed = r#"{"model":"relay-NAME","messages":[{"role":"system","content":"Answer in short."},{"role":"user","content":"@"}],"stream":true,"stream_options":{"include_usage":true}}"#;
                return filled(&streamed.replace("NAME", self.name()), REQUEST_BYTES);
            }
        };
        filled(template, REQUEST_BYTES)
    }

    /// The whole answer of a case without a stream.
    pub(crate) fn answer(self) -> Bytes {
        let template = match self {
            Self::Routed | Self::OlderClient => {
                r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[{"type":"text","text":"@"}],"isError":false}}"#
            }
            Self::Mcp | Self::OlderServer => {
                r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"@"}],"isError":false}}"#
            }
            Self::A2a => {
                r#"{"jsonrpc":"2.0","id":"1","result":{"task":{"id":"t-1","contextId":"c-1","status":{"state":"TASK_STATE_COMPLETED"},"artifacts":[{"artifactId":"a-1","parts":[{"text":"@"}]}]}}}"#
            }
            _ => {
                r#"{"id":"chatcmpl-1","object":"chat.completion","created":1750000000,"model":"relay","choices":[{"index":0,"message":{"role":"assistant","content":"@"},"finish_reason":"stop"}],"usage":{"prompt_tokens":120,"completion_tokens":180,"total_tokens":300}}"#
            }
        };
        filled(template, ANSWER_BYTES)
    }

    /// The whole answer to a request of this id.
    pub(crate) fn answer_to(self, id: &str) -> Bytes {
        const HEAD: &str = r#"{"jsonrpc":"2.0","id":"#;
        let answer = self.answer();
        let rest = answer.get(HEAD.len() + "7".len()..).unwrap_or_default();
        [HEAD.as_bytes(), id.as_bytes(), rest].concat().into()
    }

    /// How many bytes of body a whole answer of this case has. Between revisions of MCP a result gets
    /// members, or loses them.
    pub(crate) fn answer_bytes(self) -> RangeInclusive<usize> {
        let bytes = match self.stream() {
            Some(stream) => stream.events * EVENT_BYTES + DONE.len(),
            None => ANSWER_BYTES,
        };
        match self {
            Self::OlderServer => bytes..=bytes + MEMBERS_BYTES,
            Self::OlderClient => bytes - MEMBERS_BYTES..=bytes,
            _ => bytes..=bytes,
        }
    }
}

impl Stream {
    /// The event that is followed by `left` more, the end marker among them; `None` behind all.
    pub(crate) fn event(events: &[Bytes; 2], left: usize) -> Option<Bytes> {
        let [delta, usage] = events;
        match left {
            0 => None,
            1 => Some(Bytes::from_static(DONE)),
            2 => Some(usage.clone()),
            _ => Some(delta.clone()),
        }
    }

    /// An event with a piece of text, and the one that tells the usage.
    pub(crate) fn events() -> [Bytes; 2] {
        [
            r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[{"index":0,"delta":{"content":"@"},"finish_reason":null}],"usage":null}"#,
            r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[],"usage":{"prompt_tokens":120,"completion_tokens":200,"total_tokens":320},"system_fingerprint":"@"}"#,
        ]
        .map(|template| filled(&format!("{template}\n\n"), EVENT_BYTES))
    }
}

/// The tool that the connection of this number calls: all servers have their part.
fn routed(nth: usize) -> String {
    format!("s{}_search_{}", nth % SERVERS, nth % TOOLS)
}

/// Fills a template up to a size, with text that looks like text.
fn filled(template: &str, size: usize) -> Bytes {
    const WORDS: &str = "the quick brown fox jumps over the lazy dog and ";
    let wanted = (size + FILL.len()).saturating_sub(template.len());
    let text: String = WORDS.chars().cycle().take(wanted).collect();
    Bytes::from(template.replace(FILL, &text))
}
