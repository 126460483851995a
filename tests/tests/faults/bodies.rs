//! Bodies of requests: too long, in a coding, cut.

use agentgateway_tests::raw::{RawClient, RawUpstream};

use super::{
    say::{LAST_CHUNK, chunk, ok},
    scene::{Scene, TOKEN},
};

const MIB: usize = 1 << 20;

/// Where a call goes, its beginning, and the limit of its route.
const ROUTES: [(&str, &str, &str, usize); 4] = [
    (
        "mcp",
        "/mcp",
        r#"{"jsonrpc":"2.0","id":"caller-7","method":"tools/call","params":{"name":"t","arguments":{"x":""#,
        4 * MIB,
    ),
    (
        "a2a",
        "/",
        r#"{"jsonrpc":"2.0","id":"caller-7","method":"message/send","params":{"message":{"messageId":"1","role":"user","kind":"message","parts":[{"kind":"text","text":""#,
        8 * MIB,
    ),
    (
        "llm",
        "/openai/v1/chat/completions",
        r#"{"model":"m","messages":[{"role":"user","content":""#,
        32 * MIB,
    ),
    (
        "llm",
        "/anthropic/v1/messages",
        r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":""#,
        32 * MIB,
    ),
];

/// A body of this length that begins so, and is whole JSON.
fn body(begin: &str, length: usize) -> String {
    let mut ends = String::from("\"");
    let mut brackets = Vec::new();
    let mut quoted = false;
    for character in begin.chars() {
        match character {
            '"' => quoted = !quoted,
            '{' if !quoted => brackets.push('}'),
            '[' if !quoted => brackets.push(']'),
            '}' | ']' if !quoted => drop(brackets.pop()),
            _ => {}
        }
    }
    ends.extend(brackets.iter().rev());
    let filler = "x".repeat(length - begin.len() - ends.len());
    format!("{begin}{filler}{ends}")
}

fn head(path: &str, fields: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: \
         application/json, text/event-stream\r\nauthorization: Bearer {TOKEN}\r\n{fields}\r\n"
    )
}

/// Sends while it reads: an early answer may come before all is sent.
async fn sent_in_chunks(mut client: RawClient, head: String, body: &str) -> u16 {
    client.send(head).await;
    for piece in body.as_bytes().chunks(MIB) {
        let piece = chunk(std::str::from_utf8(piece).unwrap());
        if client.try_send(piece).await.is_err() {
            break;
        }
    }
    client.send(LAST_CHUNK).await;
    client.answer().await.unwrap().status
}

/// Fault H47: a body at the limit passes whole; one byte more is 413, with a length or in chunks, and none of it goes upstream.
#[tokio::test]
async fn a_body_over_the_limit_goes_nowhere() {
    // The two routes to models have one layer and one limit.
    for (listener, path, begin, limit) in ROUTES.into_iter().take(3) {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let whole = body(begin, limit);
        let mut client = scene.client(listener).await;
        client
            .send(head(path, &format!("content-length: {limit}\r\n")) + &whole)
            .await;
        assert_eq!(client.answer().await.unwrap().status, 200, "{path}");
        let chunked = head(path, "transfer-encoding: chunked\r\n");
        let status = sent_in_chunks(scene.client(listener).await, chunked.clone(), &whole).await;
        assert_eq!(status, 200, "{path}");
        let seen = scene.upstream.calls();
        assert!(
            seen.iter()
                .all(|seen| seen.whole && seen.body.len() >= limit - 16),
            "{path}"
        );

        let over = body(begin, limit + 1);
        let mut client = scene.client(listener).await;
        client
            .send(head(path, &format!("content-length: {}\r\n", limit + 1)))
            .await;
        assert_eq!(client.answer().await.unwrap().status, 413, "{path}");
        let status = sent_in_chunks(scene.client(listener).await, chunked, &over).await;
        assert_eq!(status, 413, "{path}");
        assert_eq!(scene.upstream.calls().len(), 2, "{path}: nothing in part");
        scene.settled(4).await;
    }
}

/// Fault H46: a body in a coding is refused with 415 before anything is decoded; a bomb goes nowhere.
#[tokio::test]
async fn a_body_in_a_coding_is_refused_unread() {
    let bomb = "\x1f$\x08\x00\x00\x00\x00\x00\x00\x03".repeat(100);
    for (listener, path, ..) in ROUTES {
        for coding in ["gzip", "gzip, gzip", "zstd", "br", "identity, gzip"] {
            let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
            let mut client = scene.client(listener).await;
            let fields = format!("content-encoding: {coding}\r\ntransfer-encoding: chunked\r\n");
            client
                .send(head(path, &fields) + &chunk(&bomb) + LAST_CHUNK)
                .await;
            let answer = client.answer().await.unwrap();
            assert_eq!(answer.status, 415, "{path}, {coding}: {}", answer.text());
            assert!(answer.text().contains("\"error\""), "{path}");
            assert_eq!(scene.upstream.connections(), 0, "{path}");
            scene.settled(1).await;
        }
    }
}

/// Fault S14: a body nested beyond the limit is refused in the protocol's words, and goes nowhere.
/// Fault S15: a body that says a deciding member twice is refused, and goes nowhere.
#[tokio::test]
async fn a_body_that_could_be_read_in_two_ways_goes_nowhere() {
    let deep = "[".repeat(100_000);
    for (listener, path, bodies) in [
        (
            "mcp",
            "/mcp",
            [
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{deep}"#),
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call"}"#.into(),
                r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#.into(),
            ],
        ),
        (
            "a2a",
            "/",
            [
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"message/send","params":{deep}"#),
                r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get","m\u0065thod":"message/send"}"#
                    .into(),
                r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tasks/get"}"#.into(),
            ],
        ),
        (
            "llm",
            "/openai/v1/chat/completions",
            [
                format!(r#"{{"model":"m","messages":{deep}"#),
                r#"{"model":"a","m\u006fdel":"b","messages":[]}"#.into(),
                r#"{"model":"a","stream":true,"stream":false,"messages":[]}"#.into(),
            ],
        ),
    ] {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        for body in &bodies {
            let mut client = scene.client(listener).await;
            client
                .send(head(path, &format!("content-length: {}\r\n", body.len())) + body)
                .await;
            let answer = client.answer().await.unwrap();
            // A2A says errors of JSON-RPC with 200.
            let status = if listener == "a2a" { 200 } else { 400 };
            assert_eq!(answer.status, status, "{path}: {}", answer.text());
            assert!(answer.text().contains("\"error\""), "{path}");
        }
        assert_eq!(scene.upstream.connections(), 0, "{path}");
        scene.settled(bodies.len()).await;
    }
}
