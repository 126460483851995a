//! What is asked, and what is answered.

use std::{ops::RangeInclusive, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::work::{SERVERS, TOOLS, Work};

pub(crate) const REQUEST_BYTES: usize = 600;
pub(crate) const ANSWER_BYTES: usize = 1024;
pub(crate) const EVENT_BYTES: usize = 288;
/// What one revision says of a result, and another does not.
const MEMBERS_BYTES: usize = 160;
const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Stands where a text is to be filled up to its size.
const FILL: &str = "@";
const DONE: &[u8] = b"data: [DONE]\n\n";
const TASK_DONE: &[u8] = b"data: {\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{\"statusUpdate\":{\"taskId\":\"t-1\",\"contextId\":\"c-1\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}}\n\n";

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
        if let Self::Llm(pair, form) = self {
            return pair.headers(form.is_stream());
        }
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
            Self::A2aStream => {
                add("accept", "text/event-stream");
                add("a2a-version", "1.0");
            }
            Self::A2aBridged => add("accept", "application/json"),
            Self::A2aBridgedStream => add("accept", "text/event-stream"),
            _ => {
                add("accept", "application/json, text/event-stream");
            }
        }
        headers
    }

    pub(crate) fn request(self, nth: usize) -> Bytes {
        let template = match self {
            Self::Llm(pair, form) => return pair.request(form),
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
            Self::A2aStream => {
                r#"{"jsonrpc":"2.0","id":"1","method":"SendStreamingMessage","params":{"message":{"messageId":"m-1","role":"ROLE_USER","parts":[{"text":"@"}]}}}"#
            }
            Self::A2aBridged => {
                r#"{"jsonrpc":"2.0","id":"1","method":"message/send","params":{"message":{"kind":"message","messageId":"m-1","role":"user","parts":[{"kind":"text","text":"@"}]}}}"#
            }
            Self::A2aBridgedStream => {
                r#"{"jsonrpc":"2.0","id":"1","method":"message/stream","params":{"message":{"kind":"message","messageId":"m-1","role":"user","parts":[{"kind":"text","text":"@"}]}}}"#
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
            Self::A2a | Self::A2aBridged => {
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
    /// members, or loses them, and so it is between versions of A2A with each event.
    pub(crate) fn answer_bytes(self) -> RangeInclusive<usize> {
        let bytes = match self.stream() {
            Some(stream) => self.stream_bytes(stream),
            None => ANSWER_BYTES,
        };
        match self {
            Self::Llm(pair, form) => pair.answer_bytes(form, self.stream()),
            Self::OlderServer => bytes..=bytes + MEMBERS_BYTES,
            Self::OlderClient => bytes - MEMBERS_BYTES..=bytes,
            Self::A2aBridged => bytes - MEMBERS_BYTES..=bytes + MEMBERS_BYTES,
            Self::A2aBridgedStream => bytes - bytes / 3..=bytes + bytes / 3,
            _ => bytes..=bytes,
        }
    }

    fn stream_bytes(self, stream: Stream) -> usize {
        let events = self.events();
        let event = |left| Stream::event(&events, left).map_or(0, |event| event.len());
        (0..=stream.events + 1).map(event).sum()
    }

    /// An event that comes again and again, the one before the last, and the last.
    pub(crate) fn events(self) -> [Bytes; 3] {
        if matches!(self, Self::A2aStream | Self::A2aBridgedStream) {
            let piece = r#"data: {"jsonrpc":"2.0","id":"1","result":{"artifactUpdate":{"taskId":"t-1","contextId":"c-1","artifact":{"artifactId":"a-1","parts":[{"text":"@"}]},"append":true}}}"#;
            let piece = filled(&format!("{piece}\n\n"), EVENT_BYTES);
            return [piece.clone(), piece, Bytes::from_static(TASK_DONE)];
        }
        let [delta, usage] = [
            r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[{"index":0,"delta":{"content":"@"},"finish_reason":null}],"usage":null}"#,
            r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"relay","choices":[],"usage":{"prompt_tokens":120,"completion_tokens":200,"total_tokens":320},"system_fingerprint":"@"}"#,
        ]
        .map(|template| filled(&format!("{template}\n\n"), EVENT_BYTES));
        [delta, usage, Bytes::from_static(DONE)]
    }
}

impl Stream {
    /// The event that is followed by `left` more, the last among them; `None` behind all.
    pub(crate) fn event(events: &[Bytes; 3], left: usize) -> Option<Bytes> {
        let [piece, before, last] = events;
        match left {
            0 => None,
            1 => Some(last.clone()),
            2 => Some(before.clone()),
            _ => Some(piece.clone()),
        }
    }
}

/// What the agent tells of itself, at this host and port.
pub(crate) fn card(host: &str) -> Bytes {
    format!(
        r#"{{"name":"agent","description":"Measured","version":"1","supportedInterfaces":[{{"url":"http://{host}/a2a","protocolBinding":"JSONRPC","protocolVersion":"1.0"}}],"capabilities":{{"streaming":true}},"defaultInputModes":[],"defaultOutputModes":[],"skills":[]}}"#
    )
    .into()
}

/// The tool that the connection of this number calls: all servers have their part.
fn routed(nth: usize) -> String {
    format!("s{}_search_{}", nth % SERVERS, nth % TOOLS)
}

/// Fills a template up to a size, with text that looks like text.
pub(crate) fn filled(template: &str, size: usize) -> Bytes {
    const WORDS: &str = "the quick brown fox jumps over the lazy dog and ";
    let wanted = (size + FILL.len()).saturating_sub(template.len());
    let text: String = WORDS.chars().cycle().take(wanted).collect();
    Bytes::from(template.replace(FILL, &text))
}
