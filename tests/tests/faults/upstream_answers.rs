//! Upstreams that answer wrongly, too little, or for ever.

use agentgateway_tests::raw::{RawAnswer, RawUpstream};
use tokio::time::{Duration, sleep};

use super::{
    say::{Call, LAST_CHUNK, STREAM, calls, chunk, get, ok, post},
    scene::{Scene, no_secret},
};

async fn asked(scene: &Scene, call: &Call) -> Option<RawAnswer> {
    let mut client = scene.client(call.listener).await;
    client.send(&call.request).await;
    let answer = client.answer().await;
    if let Some(answer) = &answer {
        no_secret(&answer.head);
        no_secret(&answer.text());
    }
    answer
}

/// A whole answer of this status, in the words of the call's protocol.
fn is_told(call: &Call, answer: Option<RawAnswer>, status: u16, name: &str) {
    let answer = answer.unwrap_or_else(|| panic!("{}, {name}: no answer", call.protocol));
    let text = answer.text();
    assert_eq!(answer.status, status, "{}, {name}: {text}", call.protocol);
    assert!(answer.whole, "{}, {name}: {text}", call.protocol);
    assert!(
        text.contains(call.error_has),
        "{}, {name}: {text}",
        call.protocol
    );
}

/// Fault H09 (guard: hyper): interim answers before the answer do not stand in its way.
#[tokio::test]
async fn interim_answers_come_before_the_answer() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let bytes = format!(
        "{interim}{interim}HTTP/1.1 102 Processing\r\n\r\n{}",
        ok(r#"{"a":1}"#)
    );
    for call in calls() {
        let scene = Scene::before(RawUpstream::answering(bytes.as_str()).await).await;
        let answer = asked(&scene, &call).await.unwrap();
        assert_eq!(answer.status, 200, "{}", call.protocol);
        assert_eq!(answer.text(), r#"{"a":1}"#);
        scene.settled(1).await;
    }
}

/// Fault H10: interim answers for ever are no answer: the route's clock ends the wait with 504.
#[tokio::test(start_paused = true)]
async fn interim_answers_for_ever_are_a_timeout() {
    for call in calls().into_iter().skip(1) {
        let upstream = RawUpstream::start(|mut connection| async move {
            connection.request().await;
            // Far longer than any clock of a route.
            for _ in 0..3600 {
                connection.send("HTTP/1.1 103 Early Hints\r\n\r\n").await;
                sleep(Duration::from_secs(1)).await;
            }
        });
        let scene = Scene::before(upstream.await).await;
        let mut client = scene.client(call.listener).await;
        client.send(&call.request).await;
        let answer = client.patient_answer().await;
        is_told(&call, answer, 504, "for ever");
    }
}

/// Fault H33: an answer that is not HTTP is 502 in the client's protocol, and its connection is not used again.
#[tokio::test]
async fn answers_that_are_not_http_are_bad_gateways() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(2 << 20));
    let cases = [
        ("no number", "HTTP/1.1 two OK\r\n\r\n"),
        ("0.9", "<html>hello</html>\r\n\r\n"),
        ("TLS", "\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"),
        (
            "negative length",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        ),
        (
            "two lengths",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        ),
        (
            "two lengths in one",
            "HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n{}",
        ),
        ("no colon", "HTTP/1.1 200 OK\r\nwhat\r\n\r\n"),
        ("too long a head", &long),
    ];
    for call in calls() {
        for (name, bytes) in cases {
            let scene = Scene::before(RawUpstream::serving(bytes).await).await;
            is_told(&call, asked(&scene, &call).await, 502, name);
            scene.upstream.left().await;
            is_told(&call, asked(&scene, &call).await, 502, name);
            let cards = scene.upstream.requests().len() - scene.upstream.calls().len();
            assert_eq!(scene.upstream.connections() - cards, 2, "{name}");
            scene.settled(2).await;
        }
    }
}

/// Fault H34: an upstream that leaves at any point of its answer makes it no success, in any protocol.
#[tokio::test]
async fn an_answer_cut_at_any_point_is_no_success() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let before = [
        ("before any byte", String::new()),
        ("after the status", "HTTP/1.1 200 OK\r\n".into()),
    ];
    let within = [
        (
            "within a length",
            format!("{json}content-length: 1000\r\n\r\n{{\"a\":"),
        ),
        (
            "within a chunk",
            format!("{json}transfer-encoding: chunked\r\n\r\n10\r\n{{\"a\":"),
        ),
        (
            "behind a chunk",
            format!("{json}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n"),
        ),
    ];
    for call in calls() {
        for (name, bytes) in &before {
            let scene = Scene::before(RawUpstream::answering(bytes.as_str()).await).await;
            is_told(&call, asked(&scene, &call).await, 502, name);
            assert_eq!(scene.ended("complete").await, 0);
            scene.settled(1).await;
        }
        for (name, bytes) in &within {
            let scene = Scene::before(RawUpstream::answering(bytes.as_str()).await).await;
            if let Some(answer) = asked(&scene, &call).await {
                let failed = !answer.whole || answer.status == 502;
                assert!(failed, "{}, {name}: {}", call.protocol, answer.text());
            }
            assert_eq!(
                scene.ended("complete").await,
                0,
                "{}, {name}",
                call.protocol
            );
            scene.settled(1).await;
        }
    }
}

/// A call of each protocol whose answer is a stream, its first event, and what tells of an error in it.
fn streams() -> [(Call, &'static str, &'static str); 4] {
    let [_, openai, anthropic, mcp, a2a] = calls();
    let stream = |call: Call, from: &str, to: &str| {
        let (head, body) = call.request.split_once("\r\n\r\n").unwrap();
        let body = body.replace(from, to);
        let path = head.split(' ').nth(1).unwrap();
        Call {
            request: post(path, "", &body),
            ..call
        }
    };
    [
        (
            stream(openai, "\"m\"", "\"m\",\"stream\":true"),
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
            "data: {\"error\":",
        ),
        (
            stream(anthropic, "\"m\"", "\"m\",\"stream\":true"),
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"r\",\"content\":[]}}\n\n\
             event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
             event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n",
            "event: error\n",
        ),
        (
            mcp,
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n\n",
            "\"id\":\"caller-7\",\"error\":",
        ),
        (
            stream(a2a, "message/send", "message/stream"),
            "data: {\"jsonrpc\":\"2.0\",\"id\":\"caller-7\",\"result\":{\"kind\":\"task\",\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"working\"}}}\n\n",
            "\"id\":\"caller-7\",\"error\":",
        ),
    ]
}

/// Fault H34: a stream that the upstream leaves says so in the client's protocol, or is left unfinished too; it is no success.
#[tokio::test]
async fn a_stream_cut_at_any_point_is_no_success() {
    for (call, first, error) in streams() {
        let begun = format!("{STREAM}{}", chunk(first));
        for (name, bytes) in [
            ("behind an event", begun.clone()),
            ("behind the last chunk", format!("{begun}{LAST_CHUNK}")),
            (
                "within an event",
                format!("{begun}{}", chunk("data: {\"a\"")),
            ),
            ("within a chunk", format!("{begun}ff\r\ndata: {{")),
        ] {
            let scene = Scene::before(RawUpstream::answering(bytes).await).await;
            let answer = asked(&scene, &call).await.unwrap();
            let text = answer.text();
            assert!(text.starts_with(first), "{}, {name}: {text}", call.protocol);
            assert!(
                text.contains(error) || !answer.whole,
                "{}, {name}: {text}",
                call.protocol
            );
            assert_eq!(
                scene.ended("complete").await,
                0,
                "{}, {name}",
                call.protocol
            );
            scene.settled(1).await;
        }
    }
}

/// Serves one request well on each connection; the next one is read, and reset.
async fn resets_the_second() -> RawUpstream {
    RawUpstream::start(|mut connection| async move {
        connection.request().await;
        connection.send(ok("{}")).await;
        if connection.request().await.is_some() {
            connection.reset();
        }
    })
    .await
}

/// One request well answered, so that its connection is kept; then this one.
async fn on_a_kept_connection(scene: &Scene, request: &str) -> RawAnswer {
    let mut client = scene.client("llm").await;
    client.send(get("/plain/first", "")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    client.send(request).await;
    client.answer().await.unwrap()
}

/// Fault H35: a kept connection that breaks under a request that may be repeated: it is, once.
#[tokio::test]
async fn a_request_that_may_be_repeated_is_sent_again_once() {
    let scene = Scene::before(resets_the_second().await).await;
    let answer = on_a_kept_connection(&scene, &get("/plain/second", "")).await;
    assert_eq!(answer.status, 200);
    let paths: Vec<_> = scene
        .upstream
        .requests()
        .iter()
        .map(|seen| seen.head.contains("second"))
        .collect();
    assert_eq!(paths, [false, true, true]);
    scene.settled(2).await;
}

/// Fault H35: a kept connection that breaks under a request that may have been obeyed: 502, and it is sent once.
#[tokio::test]
async fn a_request_that_may_have_been_obeyed_is_not_sent_again() {
    let scene = Scene::before(resets_the_second().await).await;
    let answer = on_a_kept_connection(&scene, &post("/plain/second", "", "{}")).await;
    assert_eq!(answer.status, 502);
    assert_eq!(scene.upstream.requests().len(), 2);
    scene.settled(2).await;
}

/// Fault H35: a kept connection that was closed while nobody used it costs no request.
#[tokio::test]
async fn a_kept_connection_that_was_closed_costs_nothing() {
    for request in [get("/plain/second", ""), post("/plain/second", "", "{}")] {
        let scene = Scene::before(RawUpstream::answering(ok("{}")).await).await;
        let mut client = scene.client("llm").await;
        client.send(get("/plain/first", "")).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
        scene.upstream.left().await;
        client.send(&request).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
        assert_eq!(scene.upstream.requests().len(), 2);
        scene.settled(2).await;
    }
}

/// Fault H48: a body that passes without being kept is not sent again; the error of the first attempt is told.
#[tokio::test]
async fn a_body_that_is_not_kept_is_not_sent_again() {
    for length in [1 << 10, 4 << 20] {
        let put = post("/plain/second", "", &"x".repeat(length)).replacen("POST", "PUT", 1);
        let scene = Scene::before(resets_the_second().await).await;
        assert_eq!(on_a_kept_connection(&scene, &put).await.status, 502);
        assert_eq!(scene.upstream.requests().len(), 2, "{length}");
        scene.settled(2).await;
    }
}

/// Fault H40: trailers that may not be trailers stay here; the others pass.
#[tokio::test]
async fn trailers_pass_but_for_those_that_frame() {
    let fields: String = (0..50).map(|n| format!("x-{n}: {n}\r\n")).collect();
    let names: Vec<_> = (0..50).map(|n| format!("x-{n}")).collect();
    let bytes = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: {}, content-length, host\r\n\r\n2\r\n{{}}\r\n0\r\n{fields}content-length: 99\r\nhost: evil\r\ntransfer-encoding: chunked\r\n\r\n",
        names.join(", "),
    );
    let scene = Scene::before(RawUpstream::answering(bytes).await).await;
    let mut client = scene.client("llm").await;
    client
        .send(get("/plain", "te: trailers\r\nconnection: te, close\r\n"))
        .await;
    let all = String::from_utf8(client.closed().await).unwrap();
    let (_, trailers) = all.split_once("\r\n0\r\n").unwrap();
    assert!(
        trailers.contains("x-0: 0\r\n") && trailers.contains("x-49: 49\r\n"),
        "{all}"
    );
    for forbidden in ["content-length", "host", "transfer-encoding"] {
        assert!(!trailers.contains(forbidden), "{all}");
    }
    scene.settled(1).await;
}

/// Fault H45 (part): an answer in a coding passes as it came and is never decoded: a bomb costs what it weighs.
#[tokio::test]
async fn an_answer_in_a_coding_is_not_decoded() {
    // Ten streams of gzip within one another would be the same to the gateway: bytes.
    let bomb = "\x1f$\x08\x00\x00\x00\x00\x00\x00\x03".repeat(1000);
    for coding in ["gzip", "gzip, gzip", "zstd"] {
        for call in calls() {
            let fields =
                format!("content-type: application/json\r\ncontent-encoding: {coding}\r\n");
            let bytes = super::say::answer("200 OK", &fields, &bomb);
            let scene = Scene::before(RawUpstream::answering(bytes).await).await;
            let answer = asked(&scene, &call).await.unwrap();
            assert_eq!(
                answer.values("content-encoding"),
                [coding],
                "{}",
                call.protocol
            );
            assert!(answer.body == bomb.as_bytes(), "{}", call.protocol);
            scene.settled(1).await;
        }
    }
}
