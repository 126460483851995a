//! Heads that are not what they seem, on the way in.

use agentgateway_tests::raw::{RawAnswer, RawUpstream};

use super::{
    say::{get, ok, post},
    scene::Scene,
};

/// Sends these bytes on a connection of their own and leaves it half open; the answer, if one comes.
async fn told(scene: &Scene, listener: &str, bytes: &[u8]) -> Option<RawAnswer> {
    let mut client = scene.client(listener).await;
    client.send(bytes).await;
    let answer = client.answer().await;
    if answer.as_ref().is_some_and(|answer| answer.status >= 400) {
        // Whatever follows a head that was refused is not read as a request.
        client.send(get("/plain/after", "")).await;
        let after = client.closed().await;
        assert!(after.is_empty(), "answered behind a refusal: {after:?}");
    }
    answer
}

/// Each is refused with one of these statuses, or its connection closed; nothing goes upstream.
async fn refused(heads: &[(&str, Vec<u8>)], statuses: &[u16]) {
    for listener in ["llm", "mcp", "a2a"] {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let path = if listener == "llm" { "/plain" } else { "/mcp" };
        for (name, head) in heads {
            let head = String::from_utf8_lossy(head).replace("/PATH", path);
            let answer = told(&scene, listener, head.as_bytes()).await;
            if let Some(answer) = answer {
                assert!(
                    statuses.contains(&answer.status),
                    "{listener}, {name}: {}",
                    answer.head
                );
            }
        }
        let seen = scene.upstream.requests();
        assert!(seen.is_empty(), "went upstream: {:?}", seen[0].head);
        scene.settled(0).await;
    }
}

fn head(fields: &str) -> Vec<u8> {
    format!(
        "POST /PATH HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{fields}\r\n\r\n"
    )
    .into()
}

/// Fault H01: a head with both a length and chunks is refused on every listener, and nothing goes upstream.
#[tokio::test]
async fn two_framings_are_refused() {
    let chunks = "0\r\n\r\nGET /plain/hidden HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let both = |fields: &str| [head(fields), chunks.into()].concat();
    refused(
        &[
            (
                "length first",
                both("content-length: 6\r\ntransfer-encoding: chunked"),
            ),
            (
                "chunks first",
                both("transfer-encoding: chunked\r\ncontent-length: 6"),
            ),
        ],
        &[400],
    )
    .await;
}

/// Fault H02 (guard: hyper): two lengths that differ are refused on every listener, and nothing goes upstream.
#[tokio::test]
async fn two_lengths_that_differ_are_refused() {
    let with = |fields: &str| [head(fields), b"{}{}{}".to_vec()].concat();
    refused(
        &[
            ("two fields", with("content-length: 2\r\ncontent-length: 6")),
            ("one field", with("content-length: 2, 6")),
        ],
        &[400],
    )
    .await;
}

/// Fault H03 (guard: hyper): a length that is said twice alike is refused, or goes upstream as one.
#[tokio::test]
async fn a_length_said_twice_goes_upstream_as_one() {
    for fields in [
        "content-length: 2\r\ncontent-length: 2",
        "content-length: 2, 2",
    ] {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let request = String::from_utf8(head(fields))
            .unwrap()
            .replace("/PATH", "/plain")
            + "{}";
        let answer = told(&scene, "llm", request.as_bytes()).await;
        let seen = scene.upstream.requests();
        let passed = answer.is_some_and(|answer| answer.status == 200);
        assert_eq!(seen.len(), usize::from(passed));
        for request in seen {
            assert_eq!(request.values("content-length"), ["2"]);
            assert_eq!(request.body, b"{}");
        }
        scene.settled(usize::from(passed)).await;
    }
}

/// Fault H04 (guard: hyper): a length that is no plain number is refused on every listener, and nothing goes upstream.
#[tokio::test]
async fn lengths_that_are_no_numbers_are_refused() {
    let lengths = [
        "",
        "+5",
        "0x5",
        "-1",
        "5 5",
        "5;",
        "99999999999999999999",
        "\u{665}",
    ];
    let heads: Vec<_> = lengths
        .iter()
        .map(|length| {
            (
                *length,
                [
                    head(&format!("content-length: {length}")),
                    b"{   }".to_vec(),
                ]
                .concat(),
            )
        })
        .collect();
    refused(&heads, &[400]).await;
}

/// Fault H05 (guard: hyper): a transfer coding that does not end in chunks, or comes by HTTP/1.0, is refused, and nothing goes upstream.
#[tokio::test]
async fn transfer_codings_that_are_not_chunks_are_refused() {
    let chunks = "2\r\n{}\r\n0\r\n\r\n";
    let mut heads: Vec<(&str, Vec<u8>)> = [
        "xchunked",
        "chunked, identity",
        "chunked;q=1",
        "identity",
        "gzip",
    ]
    .iter()
    .map(|coding| {
        (
            *coding,
            [head(&format!("transfer-encoding: {coding}")), chunks.into()].concat(),
        )
    })
    .collect();
    let two = head("transfer-encoding: chunked\r\ntransfer-encoding: identity");
    heads.push(("two fields", [two, chunks.into()].concat()));
    let old = String::from_utf8(head("transfer-encoding: chunked"))
        .unwrap()
        .replace("HTTP/1.1", "HTTP/1.0");
    heads.push(("HTTP/1.0", [old.into_bytes(), chunks.into()].concat()));
    refused(&heads, &[400, 501]).await;
}

/// Fault H06 (guard: hyper): chunks whose sizes or ends are wrong end the exchange with an error; what went upstream of it is never whole.
#[tokio::test]
async fn chunks_that_are_wrong_are_no_whole_body_upstream() {
    let long = format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(1 << 20));
    let trailer = format!("2\r\n{{}}\r\n0\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    let cases = [
        ("0x", "0x2\r\n{}\r\n0\r\n\r\n"),
        ("sign", "+2\r\n{}\r\n0\r\n\r\n"),
        ("17 digits", "10000000000000002\r\n{}\r\n0\r\n\r\n"),
        ("empty", "\r\n{}\r\n0\r\n\r\n"),
        ("bare LF", "2\n{}\r\n0\r\n\r\n"),
        ("too much data", "2\r\n{}{}\r\n0\r\n\r\n"),
        ("long extension", &long),
        ("long trailer", &trailer),
    ];
    for (name, body) in cases {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let mut client = scene.client("llm").await;
        let request = String::from_utf8(head("transfer-encoding: chunked")).unwrap();
        client.send(request.replace("/PATH", "/plain") + body).await;
        let answer = client.answer().await;
        assert!(answer.is_none_or(|answer| answer.status >= 400), "{name}");
        for request in scene.upstream.requests() {
            assert!(!request.whole, "{name} went upstream as {:?}", request.body);
        }
    }
}

/// Fault H07 (guard: hyper): what hides in a body that nobody read is no request: it never goes upstream.
#[tokio::test]
async fn nothing_hides_in_a_body_that_nobody_read() {
    let hidden = get("/plain/hidden", "");
    let filler = "x".repeat(100_000);
    // Some of these are answered before the body is read.
    for (listener, path, kind) in [
        ("mcp", "/nowhere", "application/json"),
        ("llm", "/nowhere", "application/json"),
        ("mcp", "/mcp", "text/plain"),
        ("llm", "/openai/v1/chat/completions", "text/plain"),
    ] {
        for body in [hidden.clone(), format!("{filler}{hidden}")] {
            let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
            let mut client = scene.client(listener).await;
            let length = body.len();
            client
                .send(format!(
                    "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
                ))
                .await;
            client.send(&body).await;
            let answer = client.answer().await;
            client
                .send(get("/nowhere/last", "connection: close\r\n"))
                .await;
            client.closed().await;
            let hidden_seen = scene
                .upstream
                .requests()
                .iter()
                .any(|seen| seen.head.contains("hidden"));
            assert!(!hidden_seen, "{listener}{path}");
            assert!(
                answer.is_none_or(|answer| answer.status >= 400),
                "{listener}{path}"
            );
        }
    }
}

/// Fault H08: bytes behind a request to switch protocols are no tunnel; none of them goes upstream.
#[tokio::test]
async fn bytes_behind_an_upgrade_are_no_tunnel() {
    let upgrade = "connection: upgrade\r\nupgrade: foo\r\n";
    let raw = "\x01\x02 raw bytes of another protocol \r\n\r\n";
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let mut client = scene.client("llm").await;
    client.send(get("/plain/a", upgrade) + raw).await;
    // Refused, or answered as if nothing had been asked for.
    let answer = client.answer().await.unwrap();
    assert!([200, 501].contains(&answer.status), "{}", answer.head);
    client.closed().await;
    let seen = scene.upstream.requests();
    let passed = usize::from(answer.status == 200);
    assert_eq!(seen.len(), passed, "{seen:?}");
    for name in ["upgrade", "connection"] {
        assert!(
            seen.iter().all(|seen| seen.values(name).is_empty()),
            "{name}"
        );
    }
    scene.settled(passed).await;

    // And nobody switches who was not asked to.
    let switch =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\nhello";
    let scene = Scene::before(RawUpstream::answering(switch).await).await;
    let mut client = scene.client("llm").await;
    client.send(get("/plain/a", "")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(answer.status, 502);
    assert!(!answer.text().contains("hello"));
    scene.settled(1).await;
}

/// Fault H12 (guard: hyper): a head that is not of the grammar is refused on every listener, and nothing goes upstream.
#[tokio::test]
async fn heads_out_of_the_grammar_are_refused() {
    let cases = [
        ("no colon", "x-none"),
        ("empty name", ": x"),
        ("space in name", "x y: z"),
        ("space before colon", "x : z"),
        ("NUL in value", "x: a\0b"),
        ("CR in value", "x: a\rb"),
        ("folded", "x: a\r\n b"),
        ("folded by a tab", "x: a\r\n\tb"),
    ];
    let heads: Vec<_> = cases
        .iter()
        .map(|(name, line)| {
            (
                *name,
                [
                    head(&format!("{line}\r\ncontent-length: 2")),
                    b"{}".to_vec(),
                ]
                .concat(),
            )
        })
        .collect();
    refused(&heads, &[400]).await;
}

/// Fault H13: a head of too many fields, or too long, is refused with 431 or 400, and nothing goes upstream.
#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let many: String = (0..101).map(|n| format!("x-{n}: 0123456789\r\n")).collect();
    let long = format!("x: {}\r\n", "x".repeat(400 * 1024));
    let heads = [
        ("many", head(many.trim_end())),
        ("long", head(long.trim_end())),
    ];
    refused(&heads, &[431, 400]).await;
}

/// Fault H14: a target that is too long, or is no target, is refused, and nothing goes upstream.
#[tokio::test]
async fn targets_that_are_none_are_refused() {
    let with =
        |target: &str| format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes();
    refused(
        &[
            ("too long", with(&format!("/PATH/{}", "x".repeat(70_000)))),
            ("credentials", with("http://user:password@gateway/PATH")),
            ("control", with("/PATH/\x01")),
            ("no slash", with("PATH")),
            ("other host", with("http://elsewhere/PATH")),
        ],
        &[400, 414, 431],
    )
    .await;
}

/// Fault H15: a host that is missing, said twice, or none is refused, and nothing goes upstream.
#[tokio::test]
async fn hosts_that_are_none_are_refused() {
    let with =
        |hosts: &str| format!("GET /PATH HTTP/1.1\r\n{hosts}accept: */*\r\n\r\n").into_bytes();
    let label = "x".repeat(300);
    refused(
        &[
            ("missing", with("")),
            ("twice", with("host: localhost\r\nhost: elsewhere\r\n")),
            ("port", with("host: gateway:99999\r\n")),
            ("at", with("host: user@gateway\r\n")),
            ("backslash", with("host: gateway\\x\r\n")),
            ("long label", with(&format!("host: {label}\r\n"))),
            ("space", with("host: a b\r\n")),
            ("path", with("host: gateway/x\r\n")),
        ],
        &[400],
    )
    .await;
}

/// Fault H32: a request to go over to HTTP/2 is answered by HTTP/1.1, and what asked for it stays here.
#[tokio::test]
async fn an_upgrade_to_http2_stays_here() {
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let mut client = scene.client("llm").await;
    let fields = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n";
    client.send(get("/plain", fields)).await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    let seen = scene.upstream.requests();
    for name in ["upgrade", "http2-settings", "connection"] {
        assert_eq!(seen[0].values(name), [""; 0], "{name}");
    }
    scene.settled(1).await;
}

/// Fault H60: nothing is tunnelled: not by `CONNECT`, not by a WebSocket.
#[tokio::test]
async fn nothing_is_tunnelled() {
    for listener in ["llm", "mcp", "a2a"] {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let mut client = scene.client(listener).await;
        client
            .send("CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere:443\r\n\r\n")
            .await;
        let answer = client.answer().await;
        assert!(
            answer.is_none_or(|answer| answer.status >= 400),
            "{listener}"
        );
        assert_eq!(scene.upstream.connections(), 0, "{listener}");
    }
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let fields = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==\r\n";
    let mut client = scene.client("llm").await;
    client.send(get("/plain", fields)).await;
    assert_ne!(client.answer().await.unwrap().status, 101);
    let seen = scene.upstream.requests();
    assert!(seen.iter().all(|seen| seen.values("upgrade").is_empty()));
}

/// Fault H11 (part): while a body that was promised does not come, nothing goes upstream; the client that gives up is told of once.
#[tokio::test]
async fn a_body_that_was_promised_and_does_not_come_calls_nobody() {
    for (listener, path) in [
        ("llm", "/openai/v1/chat/completions"),
        ("mcp", "/mcp"),
        ("a2a", "/"),
    ] {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let mut client = scene.client(listener).await;
        let whole = post(path, "expect: 100-continue\r\n", "{\"a\":1}");
        let head = whole.strip_suffix("{\"a\":1}").unwrap();
        client.send(head).await;
        let interim = client.head().await.unwrap();
        assert!(interim.starts_with("HTTP/1.1 100"), "{interim}");
        assert_eq!(scene.upstream.connections(), 0);
        drop(client);
        scene.settled(1).await;
    }
}
