//! What the codecs are given, through the whole gateway.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::Poll,
    time::Duration,
};

use agentgateway_core::{
    Error,
    rescue::{Handling, ResponseBody, Verdict, Watch},
    sse::{SseEvent, SseMessage},
};
use agentgateway_tests::raw::RawUpstream;
use http::Response;
use http_body_util::Full;
use hyper::{body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    say::{get, ok, post},
    scene::Scene,
};

/// Counts the events that it is shown.
struct Count(Arc<AtomicUsize>);

impl Watch for Count {
    fn event(&mut self, _: &SseEvent<'_>) -> Verdict {
        self.0.fetch_add(1, Relaxed);
        Verdict::Keep
    }

    fn error_event(&self, _: &Error) -> Option<SseMessage> {
        None
    }
}

/// The end of the queue of tasks; tokio's own `yield_now` waits for the sockets too.
async fn next_turn() {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Fault S09: a million tiny events in one chunk leave whoever shares the thread a turn after 50,000 at most.
#[tokio::test]
async fn a_million_events_in_one_chunk_leave_others_their_turn() {
    const EVENTS: usize = 1_000_000;
    let shown = Arc::new(AtomicUsize::new(0));
    let chunk = Bytes::from(b"data\n\n".repeat(EVENTS));
    let counts = shown.clone();
    let service = service_fn(move |_| {
        let body = ResponseBody::new(
            Full::new(chunk.clone()),
            Count(counts.clone()),
            Handling::Events,
        );
        std::future::ready(Ok::<_, Error>(Response::new(body)))
    });
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let serving =
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(server), service));
    let over = Arc::new(AtomicBool::new(false));
    let other = {
        let (shown, over) = (shown.clone(), over.clone());
        tokio::spawn(async move {
            let (mut last, mut most) = (0, 0);
            while !over.load(Relaxed) {
                let now = shown.load(Relaxed);
                most = most.max(now - last);
                last = now;
                next_turn().await;
            }
            most
        })
    };
    client
        .write_all(get("/", "connection: close\r\n").as_bytes())
        .await
        .unwrap();
    let mut buffer = vec![0; 1 << 20];
    while client.read(&mut buffer).await.unwrap() > 0 {}
    over.store(true, Relaxed);
    let most = other.await.unwrap();
    serving.await.unwrap().unwrap();
    assert_eq!(shown.load(Relaxed), EVENTS);
    assert!(most <= 50_000, "{most} events in one turn");
}

/// Texts that are valid JSON and hard on whoever writes them elsewhere.
const HARD: [&str; 7] = [
    r"\ud800",
    r"\udc00\ud800",
    r"\u0000",
    r"a\r\nevil: 1",
    r"\u001b[31m",
    r"\u202e\ufeff",
    r"<script>",
];

/// Fault S17: half surrogates, NUL and control characters in names are refused or passed on as they were written, and break no log, no page and no head.
#[tokio::test]
async fn hard_texts_in_names_break_nothing() {
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let mut exchanges = 0;
    for hard in HARD {
        for (listener, path, body) in [
            (
                "llm",
                "/openai/v1/chat/completions",
                format!(r#"{{"model":"{hard}","messages":[]}}"#),
            ),
            (
                "mcp",
                "/mcp",
                format!(
                    r#"{{"jsonrpc":"2.0","id":"{hard}","method":"tools/call","params":{{"name":"{hard}"}}}}"#
                ),
            ),
            (
                "mcp",
                "/mcp",
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{hard}"}}"#),
            ),
            (
                "a2a",
                "/",
                format!(r#"{{"jsonrpc":"2.0","id":"{hard}","method":"{hard}"}}"#),
            ),
        ] {
            let mut client = scene.client(listener).await;
            let before = scene.upstream.calls().len();
            client.send(post(path, "", &body)).await;
            let answer = client.answer().await.unwrap();
            exchanges += 1;
            assert!(
                [200, 400].contains(&answer.status),
                "{hard}: {}",
                answer.text()
            );
            for seen in &scene.upstream.calls()[before..] {
                assert_eq!(
                    String::from_utf8_lossy(&seen.body),
                    body,
                    "as it was written"
                );
                assert!(!seen.head.contains("evil"), "{}", seen.head);
            }
        }
    }
    scene.settled(exchanges).await;
}

/// Fault S17: bytes that are no UTF-8, overlong ones, and control characters that are not escaped are refused alike by each protocol.
#[tokio::test]
async fn texts_that_are_none_go_nowhere() {
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let hard: [&[u8]; 5] = [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x01", b"\n"];
    let mut exchanges = 0;
    for bytes in hard {
        for (listener, path, begin) in [
            (
                "llm",
                "/openai/v1/chat/completions",
                r#"{"messages":[],"model":""#,
            ),
            ("mcp", "/mcp", r#"{"jsonrpc":"2.0","id":1,"method":""#),
            ("a2a", "/", r#"{"jsonrpc":"2.0","id":1,"method":""#),
        ] {
            let body = [begin.as_bytes(), bytes, b"\"}"].concat();
            let head = post(path, "", &"x".repeat(body.len()));
            let head = head.trim_end_matches('x');
            let mut client = scene.client(listener).await;
            client.send([head.as_bytes(), &body].concat()).await;
            let answer = client.answer().await.unwrap();
            exchanges += 1;
            assert!(
                answer.text().contains("\"error\""),
                "{bytes:?}: {}",
                answer.text()
            );
        }
    }
    assert_eq!(scene.upstream.connections(), 0);
    scene.settled(exchanges).await;
}

/// Fault S18: a million members, a name of 1 MiB and a list of 100,000 pass byte by byte, in the time of one reading.
#[tokio::test]
async fn a_million_members_pass_in_the_time_of_one_reading() {
    let members: String = (0..500_000).map(|n| format!("\"k{n}\":0,")).collect();
    let list = "0,".repeat(100_000);
    let name = "n".repeat(1 << 20);
    let large = format!("{{{members}\"{name}\":1,\"list\":[{list}0]}}");
    let cases = [
        (
            "llm",
            "/openai/v1/chat/completions",
            format!(r#"{{"model":"m","messages":[],"x":{large},"y":{large}}}"#),
        ),
        // Their limits are lower: half a million members in 8 MiB.
        (
            "a2a",
            "/",
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{{}},{members}"z":0}}"#
            ),
        ),
    ];
    for (listener, path, body) in cases {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let mut client = scene.client(listener).await;
        client.send(post(path, "", &body)).await;
        let answer = tokio::time::timeout(Duration::from_secs(60), client.patient_answer());
        assert_eq!(answer.await.unwrap().unwrap().status, 200, "{path}");
        assert!(
            scene.upstream.requests()[0].body == body.as_bytes(),
            "{path}"
        );
        scene.settled(1).await;
    }
}
