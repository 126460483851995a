//! The cases.

use std::time::Duration;

use crate::{
    llm::{Dialect, Form, Pair},
    payload::Stream,
};

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
    /// The same to one of ten servers of a hundred tools each, which are one.
    Routed,
    /// A `tools/call` of a client of 2026-07-28 to a server of 2025-11-25, which has sessions.
    OlderServer,
    /// A `tools/call` of a client of 2025-11-25, in its session, to a server of 2026-07-28.
    OlderClient,
    /// A `SendMessage` of A2A.
    A2a,
    /// A `SendStreamingMessage`, whose events are sent at once.
    A2aStream,
    /// A `message/send` of a client of v0.3 to an agent of v1.0.
    A2aBridged,
    /// A `message/stream` of a client of v0.3 to an agent of v1.0.
    A2aBridgedStream,
    /// A call of a model whose provider speaks another dialect.
    Llm(Pair, Form),
}

/// The ports of a target: one for each [place](Work::place).
pub(crate) const PLACES: usize = OWN_PLACES + Dialect::ALL.len();
/// Those before the ones of providers by their dialect.
const OWN_PLACES: usize = 7;

/// Where the agent tells how it is spoken to.
pub(crate) const CARD: &str = "/.well-known/agent-card.json";

/// The servers of [`Work::Routed`].
pub(crate) const SERVERS: usize = 10;
/// The tools that each of them has.
pub(crate) const TOOLS: usize = 100;

impl Work {
    const OWN: [Self; 13] = [
        Self::Json,
        Self::Burst,
        Self::Paced,
        Self::First,
        Self::Hold,
        Self::Mcp,
        Self::Routed,
        Self::OlderServer,
        Self::OlderClient,
        Self::A2a,
        Self::A2aStream,
        Self::A2aBridged,
        Self::A2aBridgedStream,
    ];

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::OWN.into_iter().chain(Self::translated())
    }

    /// Those of models whose provider speaks another dialect.
    pub(crate) fn translated() -> impl Iterator<Item = Self> {
        let of = |pair: Pair| pair.forms().iter().map(move |form| Self::Llm(pair, *form));
        Pair::ALL.into_iter().flat_map(of)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Burst => "burst",
            Self::Paced => "paced",
            Self::First => "first",
            Self::Hold => "hold",
            Self::Mcp => "mcp",
            Self::Routed => "routed",
            Self::OlderServer => "older-server",
            Self::OlderClient => "older-client",
            Self::A2a => "a2a",
            Self::A2aStream => "a2a-stream",
            Self::A2aBridged => "a2a-bridged",
            Self::A2aBridgedStream => "a2a-bridged-stream",
            Self::Llm(pair, form) => pair.name(form),
        }
    }

    /// What is measured, in which unit.
    pub(crate) fn title(self) -> String {
        let title = match self {
            Self::Llm(pair, form) => return pair.title(form),
            Self::Json => "LLM JSON, µs of CPU per request",
            Self::Mcp => "MCP `tools/call`, µs of CPU per request",
            Self::Routed => "MCP `tools/call` to one of ten servers, µs of CPU per request",
            Self::OlderServer => "MCP `tools/call` to an older server, µs of CPU per request",
            Self::OlderClient => "MCP `tools/call` of an older client, µs of CPU per request",
            Self::A2a => "A2A `SendMessage`, µs of CPU per request",
            Self::A2aStream => "A2A stream, µs of CPU per event",
            Self::A2aBridged => "A2A `message/send` to an agent of v1.0, µs of CPU per request",
            Self::A2aBridgedStream => {
                "A2A stream of an agent of v1.0 to a client of v0.3, µs of CPU per event"
            }
            Self::Burst => "burst, µs of CPU per event",
            Self::Paced => "paced, µs of CPU per event",
            Self::First => "first byte, µs from the request, median",
            Self::Hold => "KiB per open stream",
        };
        title.to_owned()
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|work| work.name() == name)
    }

    /// The form of a case of its own, or that of a call that passes as it is.
    pub(crate) const fn form(self) -> Form {
        match self {
            Self::Llm(_, form) => form,
            Self::Paced => Form::Paced,
            Self::First => Form::First,
            Self::Hold => Form::Held,
            Self::Burst | Self::A2aStream | Self::A2aBridgedStream => Form::Stream,
            _ => Form::Whole,
        }
    }

    /// The case without a stream that goes the same way.
    pub(crate) const fn whole(self) -> Self {
        match self {
            Self::Llm(pair, _) => Self::Llm(pair, Form::Whole),
            _ => Self::Json,
        }
    }

    pub(crate) const fn is_mcp(self) -> bool {
        matches!(
            self,
            Self::Mcp | Self::Routed | Self::OlderServer | Self::OlderClient
        )
    }

    /// The cases that are measured by time.
    pub(crate) fn timed() -> impl Iterator<Item = Self> {
        Self::all().filter(|work| work.form() != Form::Held)
    }

    /// Those that are measured by memory.
    pub(crate) fn held() -> impl Iterator<Item = Self> {
        Self::all().filter(|work| work.form() == Form::Held)
    }

    /// The place of its port among those of a target.
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Mcp => 1,
            Self::A2a | Self::A2aStream => 2,
            Self::A2aBridged | Self::A2aBridgedStream => 6,
            Self::Routed => 3,
            Self::OlderServer => 4,
            Self::OlderClient => 5,
            Self::Llm(pair, _) => OWN_PLACES + pair.provider() as usize,
            _ => 0,
        }
    }

    pub(crate) fn path(self) -> String {
        let path = match self {
            Self::Llm(pair, form) => return pair.path(form),
            Self::Mcp => "/mcp",
            Self::Routed => "/routed",
            Self::OlderServer => "/older-server",
            Self::OlderClient => "/older-client",
            Self::A2a | Self::A2aStream | Self::A2aBridged | Self::A2aBridgedStream => "/a2a",
            _ => "/v1/chat/completions",
        };
        path.to_owned()
    }

    /// The connections that ask at the same time.
    ///
    /// A paced stream costs little: more of them rise above the clock's tick of 10 ms.
    pub(crate) const fn connections(self) -> usize {
        match self.form() {
            Form::First => 1,
            Form::Paced => 128,
            _ => 32,
        }
    }

    pub(crate) const fn stream(self) -> Option<Stream> {
        let (events, pause) = match self.form() {
            Form::Whole => return None,
            Form::Stream if matches!(self, Self::Burst) => (201, Duration::ZERO),
            Form::Stream => (200, Duration::ZERO),
            Form::Paced => (51, Duration::from_millis(10)),
            Form::First => (1, Duration::ZERO),
            // Ends by itself after a while, should nobody end it.
            Form::Held => (25, Duration::from_secs(5)),
        };
        Some(Stream { events, pause })
    }

    /// What the last bytes of an answer hold; none where its size alone tells that it is whole.
    pub(crate) const fn end_mark(self) -> Option<&'static [u8]> {
        match self {
            Self::Llm(pair, form) if form.is_stream() => Some(pair.client().end_mark()),
            _ => None,
        }
    }

    /// The case that a request to the mock belongs to.
    pub(crate) fn asked(path: &str, body: &[u8]) -> Option<Self> {
        match path {
            "/mcp" => return Some(Self::Mcp),
            // Whatever a client speaks: the agent is one.
            "/a2a" => {
                let streams =
                    holds(body, "\"message/stream\"") || holds(body, "\"SendStreamingMessage\"");
                return Some(if streams { Self::A2aStream } else { Self::A2a });
            }
            "/older-server" => return Some(Self::OlderServer),
            "/older-client" => return Some(Self::OlderClient),
            // Each server has a path of its own below.
            _ if path.starts_with("/routed") => return Some(Self::Routed),
            _ => {}
        }
        let is_of_name = |at: char| at.is_ascii_alphanumeric() || at == '-';
        let named = |model: &str| Self::named(model.split(|at| !is_of_name(at)).next()?);
        // Some dialects name the model in the path.
        if let Some((_, model)) = path.split_once("/relay-") {
            return named(model);
        }
        let body = std::str::from_utf8(body).ok()?;
        let (_, model) = body.split_once("\"model\":\"relay-")?;
        named(model)
    }
}

fn holds(body: &[u8], words: &str) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| text.contains(words))
}
