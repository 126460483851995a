//! The cases: what is asked, and what is answered.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

const REQUEST_BYTES: usize = 600;
const ANSWER_BYTES: usize = 1024;
const EVENT_BYTES: usize = 288;
/// Stands where a text is to be filled up to its size.
const FILL: &str = "@";
const DONE: &[u8] = b"data: [DONE]\n\n";

/// One case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A chat completion that is answered whole.
    Json,
    /// A stream whose events are sent at once.
    Burst,
    /// A stream whose events come one by one.
    Paced,
    /// A stream of one event, one request at a time: how long until it is there.
    First,
    /// Streams that stay open.
    Hold,
    /// A `tools/call` of MCP.
    Mcp,
    /// A `SendMessage` of A2A.
    A2a,
}

/// The events of a stream, without the end marker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) events: usize,
    /// Between two events; the first comes at once.
    pub(crate) pause: Duration,
}

impl Work {
    pub(crate) const ALL: [Self; 7] = [
        Self::Json,
        Self::Burst,
        Self::Paced,
        Self::First,
        Self::Hold,
        Self::Mcp,
        Self::A2a,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Burst => "burst",
            Self::Paced => "paced",
            Self::First => "first",
            Self::Hold => "hold",
            Self::Mcp => "mcp",
            Self::A2a => "a2a",
        }
    }

    /// What is measured, in which unit.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Json => "LLM JSON, µs of CPU per request",
            Self::Mcp => "MCP `tools/call`, µs of CPU per request",
            Self::A2a => "A2A `SendMessage`, µs of CPU per request",
            Self::Burst => "burst, µs of CPU per event",
            Self::Paced => "paced, µs of CPU per event",
            Self::First => "first byte, µs from the request, median",
            Self::Hold => "KiB per open stream",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.name() == name)
    }

    /// The cases that are measured by time; what is left is [`Work::Hold`].
    pub(crate) fn timed() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|work| *work != Self::Hold)
    }

    /// The place of its port among those of a target.
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Mcp => 1,
            Self::A2a => 2,
            _ => 0,
        }
    }

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Mcp => "/mcp",
            Self::A2a => "/a2a",
            _ => "/v1/chat/completions",
        }
    }

    /// The connections that ask at the same time.
    ///
    /// A paced stream costs little: more of them rise above the clock's tick of 10 ms.
    pub(crate) const fn connections(self) -> usize {
        match self {
            Self::First => 1,
            Self::Paced => 128,
            _ => 32,
        }
    }

    pub(crate) const fn stream(self) -> Option<Stream> {
        let (events, pause) = match self {
            Self::Json | Self::Mcp | Self::A2a => return None,
            Self::Burst => (201, Duration::ZERO),
            Self::Paced => (51, Duration::from_millis(10)),
            Self::First => (1, Duration::ZERO),
            // Ends by itself after a while, should nobody end it.
            Self::Hold => (25, Duration::from_secs(5)),
        };
        Some(Stream { events, pause })
    }

    pub(crate) fn request_headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: &'static str, value: &'static str| {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        };
        add("host", "relay.test");
        add("content-type", "application/json");
        add("user-agent", "relay-bench/1");
        match self {
            Self::Mcp => {
                add("accept", "application/json, text/event-stream");
                add("mcp-protocol-version", "2026-07-28");
                add("mcp-method", "tools/call");
                add("mcp-name", "search");
            }
            Self::A2a => {
                add("accept", "application/json");
                add("a2a-version", "1.0");
            }
            _ => {
                add("accept", "application/json, text/event-stream");
                add("authorization", "Bearer of-the-client");
            }
        }
        headers
    }

    pub(crate) fn request(self) -> Bytes {
        let template = match self {
            Self::Mcp => {
                r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{"query":"@","limit":10},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#
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

    /// The case that a request to the mock belongs to.
    pub(crate) fn asked(path: &str, body: &[u8]) -> Option<Self> {
        match path {
            "/mcp" => return Some(Self::Mcp),
            "/a2a" => return Some(Self::A2a),
            _ => {}
        }
        let body = std::str::from_utf8(body).ok()?;
        let (_, model) = body.split_once("\"model\":\"relay-")?;
        Self::named(model.split_once('"')?.0)
    }

    /// The whole answer of a case without a stream.
    pub(crate) fn answer(self) -> Bytes {
        let template = match self {
            Self::Mcp => {
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

    /// How many bytes of body a whole answer of this case has.
    pub(crate) fn answer_bytes(self) -> usize {
        match self.stream() {
            Some(stream) => stream.events * EVENT_BYTES + DONE.len(),
            None => ANSWER_BYTES,
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

/// Fills a template up to a size, with text that looks like text.
fn filled(template: &str, size: usize) -> Bytes {
    const WORDS: &str = "the quick brown fox jumps over the lazy dog and ";
    let wanted = (size + FILL.len()).saturating_sub(template.len());
    let text: String = WORDS.chars().cycle().take(wanted).collect();
    Bytes::from(template.replace(FILL, &text))
}
