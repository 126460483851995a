//! Calls of each protocol whose answers are known to the byte, for loads that judge every answer.

use std::fmt::Write as _;

use crate::{Manifests, raw::RawAnswer};

/// What is asked. Each request carries a number, which comes back in its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Call {
    /// `GET` of a plain route; the only one that is idempotent.
    Get,
    /// A chat completion in one piece.
    Chat,
    /// A chat completion as a stream.
    ChatStream,
    /// `tools/call` that is answered with JSON.
    Tool,
    /// `tools/call` that is answered with a stream.
    ToolStream,
    /// `message/send`.
    Message,
    /// `message/stream`.
    MessageStream,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The answer, byte by byte.
    Whole,
    /// An error in the protocol's own form instead of an answer.
    Told,
    /// An error in the protocol's own form within the stream, and no end marker.
    ToldInStream,
    /// The beginning of the answer, and an end that nobody takes for one.
    Cut,
    /// Not a byte.
    Silent,
    /// What must never come; with what came.
    Wrong(String),
}

/// Stands before the kind and the number of a call.
const MARK: &str = "mark.";

impl Call {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Get,
        Self::Chat,
        Self::ChatStream,
        Self::Tool,
        Self::ToolStream,
        Self::Message,
        Self::MessageStream,
    ];

    /// Routes for all of them to one upstream.
    #[must_use]
    pub fn manifests(upstream: u16) -> Manifests {
        let at = format!("host: 127.0.0.1, port: {upstream}");
        let mcp = format!("{{mcp: {{targets: [{{name: t, static: {{{at}, path: /mcp}}}}]}}}}");
        let openai = format!("{{ai: {{provider: {{openai: {{}}, {at}}}}}}}");
        Manifests::default()
            .route("llm", "/plain", None, &format!("{{static: {{{at}}}}}"))
            .route("llm", "/openai", Some("/"), &openai)
            .route("mcp", "/mcp", None, &mcp)
            .route("a2a", "/", None, &format!("{{a2a: {{{at}}}}}"))
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Chat => "chat",
            Self::ChatStream => "chat-stream",
            Self::Tool => "tool",
            Self::ToolStream => "tool-stream",
            Self::Message => "message",
            Self::MessageStream => "message-stream",
        }
    }

    /// The listener that takes it.
    #[must_use]
    pub const fn listener(self) -> &'static str {
        match self {
            Self::Get | Self::Chat | Self::ChatStream => "llm",
            Self::Tool | Self::ToolStream => "mcp",
            Self::Message | Self::MessageStream => "a2a",
        }
    }

    /// Whether it may be sent twice.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::Get)
    }

    /// Whether its answer is an event stream.
    #[must_use]
    pub const fn is_stream(self) -> bool {
        matches!(
            self,
            Self::ChatStream | Self::ToolStream | Self::MessageStream
        )
    }

    fn mark(self, number: u64) -> String {
        format!("{MARK}{}.{number}.", self.name())
    }

    /// The bytes to send.
    #[must_use]
    pub fn request(self, number: u64) -> String {
        let mark = self.mark(number);
        let (path, body) = match self {
            Self::Get => {
                return format!("GET /plain/{mark} HTTP/1.1\r\nhost: localhost\r\n\r\n");
            }
            Self::Chat | Self::ChatStream => {
                let stream = self.is_stream();
                let body = format!(
                    r#"{{"model":"m","stream":{stream},"user":"{mark}","messages":[{{"role":"user","content":"a"}}]}}"#
                );
                ("/openai/v1/chat/completions", body)
            }
            Self::Tool | Self::ToolStream => {
                let body = format!(
                    r#"{{"jsonrpc":"2.0","id":"{mark}","method":"tools/call","params":{{"name":"t"}}}}"#
                );
                ("/mcp", body)
            }
            Self::Message | Self::MessageStream => {
                let method = if self.is_stream() { "stream" } else { "send" };
                let body = format!(
                    r#"{{"jsonrpc":"2.0","id":"{mark}","method":"message/{method}","params":{{"message":{{"messageId":"1","role":"user","kind":"message","parts":[]}}}}}}"#
                );
                ("/", body)
            }
        };
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: \
             application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// The call that these bytes of a request belong to, as an upstream got them.
    #[must_use]
    pub fn asked(bytes: &str) -> Option<(Self, u64)> {
        let (_, rest) = bytes.split_once(MARK)?;
        let mut parts = rest.split('.');
        let (name, number) = (parts.next()?, parts.next()?);
        // Where it was cut within the number, the point behind it is missing.
        parts.next()?;
        let call = Self::ALL.into_iter().find(|call| call.name() == name)?;
        Some((call, number.parse().ok()?))
    }

    /// The pieces of the answer's content; those of a stream are its events.
    #[must_use]
    pub fn answer(self, number: u64) -> Vec<String> {
        let mark = self.mark(number);
        let fill = "x".repeat(FILLS[usize::try_from(number % 7).unwrap_or_default()]);
        match self {
            Self::Get => vec![format!(r#"{{"plain":"{mark}","fill":"{fill}"}}"#)],
            Self::Chat => vec![format!(
                r#"{{"id":"{mark}","object":"chat.completion","model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{fill}"}},"finish_reason":"stop"}}]}}"#
            )],
            Self::Tool => vec![format!(
                r#"{{"jsonrpc":"2.0","id":"{mark}","result":{{"content":[{{"type":"text","text":"{fill}"}}]}}}}"#
            )],
            Self::Message => vec![format!(
                r#"{{"jsonrpc":"2.0","id":"{mark}","result":{}}}"#,
                task(&mark, "completed")
            )],
            Self::ChatStream | Self::ToolStream | Self::MessageStream => self.events(&mark, number),
        }
    }

    fn events(self, mark: &str, number: u64) -> Vec<String> {
        let first = match self {
            Self::ChatStream => format!(
                "data: {{\"id\":\"{mark}\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"a\"}}}}]}}\n\n"
            ),
            Self::ToolStream => format!(
                "data: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{{\"data\":\"{mark}\"}}}}\n\n"
            ),
            _ => format!(
                "data: {{\"jsonrpc\":\"2.0\",\"id\":\"{mark}\",\"result\":{}}}\n\n",
                task(mark, "working")
            ),
        };
        let last = match self {
            Self::ChatStream => "data: [DONE]\n\n".to_owned(),
            Self::ToolStream => format!(
                "data: {{\"jsonrpc\":\"2.0\",\"id\":\"{mark}\",\"result\":{{\"content\":[]}}}}\n\n"
            ),
            _ => format!(
                "data: {{\"jsonrpc\":\"2.0\",\"id\":\"{mark}\",\"result\":{}}}\n\n",
                task(mark, "completed")
            ),
        };
        let count = usize::try_from(number % 5).unwrap_or_default() + 2;
        let mut events = vec![first; count];
        events.push(last);
        events
    }

    /// Judges what came.
    #[must_use]
    pub fn judge(self, number: u64, answer: Option<&RawAnswer>) -> Verdict {
        let Some(answer) = answer else {
            return Verdict::Silent;
        };
        let text = answer.text();
        let expected = self.answer(number).concat();
        match (answer.status, answer.whole) {
            (200, true) if text == expected => Verdict::Whole,
            (200, true) if self.is_told_within(number, &text, &expected) => Verdict::ToldInStream,
            (200, false) if expected.starts_with(&text) => Verdict::Cut,
            (500.., true) if self.is_told(number, &text) => Verdict::Told,
            (status, whole) => Verdict::Wrong(shown(status, whole, &text)),
        }
    }

    /// An error of the protocol, and for the one that it belongs to.
    fn is_told(self, number: u64, text: &str) -> bool {
        match self {
            Self::Get => text.starts_with(r#"{"error":{"code":"#),
            Self::Chat | Self::ChatStream => text.starts_with(r#"{"error":{"message":"#),
            _ => {
                text.contains(&format!(r#""id":"{}""#, self.mark(number)))
                    && text.contains(r#""error":"#)
            }
        }
    }

    /// The beginning of the stream, then an error event, and nothing behind it.
    fn is_told_within(self, number: u64, text: &str, expected: &str) -> bool {
        if !self.is_stream() {
            return false;
        }
        let whole = text.trim_end_matches('\n');
        let (before, last) = whole.rsplit_once("\n\n").unwrap_or(("", whole));
        let data: String = last
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .collect();
        expected.starts_with(before) && self.is_told(number, &data)
    }
}

/// How much is added to an answer, in bytes: within one read, and in several.
const FILLS: [usize; 7] = [0, 64, 1024, 0, 20_000, 300, 100_000];

fn task(id: &str, state: &str) -> String {
    format!(r#"{{"kind":"task","id":"{id}","contextId":"c","status":{{"state":"{state}"}}}}"#)
}

fn shown(status: u16, whole: bool, text: &str) -> String {
    let mut shown = format!("status {status}, whole: {whole}, {} bytes: ", text.len());
    let short: String = text.chars().take(600).collect();
    // A string takes all.
    let _ = write!(shown, "{short}");
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, whole: bool, text: &str) -> RawAnswer {
        RawAnswer {
            status,
            interim: Vec::new(),
            head: String::new(),
            body: text.into(),
            whole,
        }
    }

    #[test]
    fn an_answer_is_whole_told_or_cut_and_nothing_else() {
        for call in Call::ALL {
            assert_eq!(Call::asked(&call.request(7)), Some((call, 7)));
            let all = call.answer(7).concat();
            let judge =
                |status, whole, text: &str| call.judge(7, Some(&answer(status, whole, text)));
            assert_eq!(judge(200, true, &all), Verdict::Whole);
            assert_eq!(judge(200, false, &all[..20]), Verdict::Cut);
            assert!(matches!(judge(200, true, &all[..20]), Verdict::Wrong(_)));
            assert!(matches!(
                judge(200, true, &call.answer(8).concat()),
                Verdict::Wrong(_)
            ));
            assert!(matches!(judge(502, true, "<html>"), Verdict::Wrong(_)));
            assert_eq!(call.judge(7, None), Verdict::Silent);
        }
    }

    #[test]
    fn an_error_belongs_to_its_call() {
        let error = r#"{"jsonrpc":"2.0","id":"mark.tool.7.","error":{"code":-31502}}"#;
        let told = answer(502, true, error);
        assert_eq!(Call::Tool.judge(7, Some(&told)), Verdict::Told);
        assert!(matches!(
            Call::Tool.judge(8, Some(&told)),
            Verdict::Wrong(_)
        ));
        let first = &Call::ChatStream.answer(7)[0];
        let stream = format!("{first}data: {{\"error\":{{\"message\":\"x\"}}}}\n\n");
        let verdict = Call::ChatStream.judge(7, Some(&answer(200, true, &stream)));
        assert_eq!(verdict, Verdict::ToldInStream);
    }
}
