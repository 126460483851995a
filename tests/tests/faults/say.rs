//! Requests and answers as text.

/// A request with this body, and its length.
pub(crate) fn post(path: &str, fields: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: \
         application/json, text/event-stream\r\n{fields}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A request without a body.
pub(crate) fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n")
}

/// An answer of this status with this body, and its length.
pub(crate) fn answer(status: &str, fields: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{fields}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer of 200 with JSON.
pub(crate) fn ok(body: &str) -> String {
    answer("200 OK", "content-type: application/json\r\n", body)
}

/// The head of an event stream that comes in chunks.
pub(crate) const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// One chunk.
pub(crate) fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

/// The last chunk.
pub(crate) const LAST_CHUNK: &str = "0\r\n\r\n";

/// A call of each protocol: listener, request, and the id that its error must repeat.
pub(crate) struct Call {
    pub(crate) protocol: &'static str,
    pub(crate) listener: &'static str,
    pub(crate) request: String,
    /// How an error that is the gateway's own must read in part.
    pub(crate) error_has: &'static str,
}

/// One call of each protocol whose answer comes in one piece.
pub(crate) fn calls() -> [Call; 5] {
    let secret = format!("authorization: Bearer {}\r\n", super::scene::TOKEN);
    [
        Call {
            protocol: "plain",
            listener: "llm",
            request: get("/plain", ""),
            error_has: r#""error":{"code":"#,
        },
        Call {
            protocol: "openai",
            listener: "llm",
            request: post(
                "/openai/v1/chat/completions",
                &secret,
                r#"{"model":"m","messages":[]}"#,
            ),
            error_has: r#"{"error":{"message":"#,
        },
        Call {
            protocol: "anthropic",
            listener: "llm",
            request: post(
                "/anthropic/v1/messages",
                &secret,
                r#"{"model":"m","max_tokens":1,"messages":[]}"#,
            ),
            error_has: r#"{"type":"error","error":{"type":"#,
        },
        Call {
            protocol: "mcp",
            listener: "mcp",
            request: post(
                "/mcp",
                &secret,
                r#"{"jsonrpc":"2.0","id":"caller-7","method":"tools/call","params":{"name":"t"}}"#,
            ),
            error_has: r#""id":"caller-7""#,
        },
        Call {
            protocol: "a2a",
            listener: "a2a",
            request: post(
                "/",
                &secret,
                r#"{"jsonrpc":"2.0","id":"caller-7","method":"message/send","params":{"message":{"messageId":"1","role":"user","kind":"message","parts":[]}}}"#,
            ),
            error_has: r#""id":"caller-7""#,
        },
    ]
}
