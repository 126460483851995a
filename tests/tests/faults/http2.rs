//! HTTP/2 on the way in, frame by frame where no library sends it.

use std::time::Duration;

use agentgateway_tests::raw::{RawUpstream, eventually};
use http::Request;
use http_body_util::Empty;
use hyper::{body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{say::ok, scene::Scene};

const LIMIT: Duration = Duration::from_secs(30);
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM_AND_HEADERS: u8 = 5;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field as HPACK writes it without a table: RFC 7541, section 6.2.2.
fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [vec![0], text(name), text(value)].concat()
}

/// Sends one request of these fields; true when it was refused: reset, or answered with 4xx by a
/// status that HPACK has in its table (400 is entry 12).
async fn is_refused(addr: std::net::SocketAddr, fields: &[(&str, &str)]) -> bool {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let usual = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "gateway"),
        (":path", "/plain"),
    ];
    let block: Vec<u8> = usual
        .iter()
        .chain(fields)
        .flat_map(|(name, value)| field(name, value))
        .collect();
    let preface = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(SETTINGS, 0, 0, &[]),
        frame(HEADERS, END_STREAM_AND_HEADERS, 1, &block),
    ];
    stream.write_all(&preface.concat()).await.unwrap();
    let reading = async {
        loop {
            let mut head = [0; 9];
            if stream.read_exact(&mut head).await.is_err() {
                return true;
            }
            let length =
                usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            let mut payload = vec![0; length];
            stream.read_exact(&mut payload).await.unwrap();
            match head[3] {
                RST_STREAM | GOAWAY => return true,
                HEADERS => return payload[0] == 0x80 | 12,
                _ => {}
            }
        }
    };
    timeout(LIMIT, reading).await.unwrap()
}

/// Fault H31 (guard: h2): line ends, NUL, colons and spaces in fields of HTTP/2 make no head of HTTP/1.1: nothing goes upstream.
#[tokio::test]
async fn fields_that_would_break_a_head_are_refused() {
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let addr = scene.gateway().addr("llm");
    for (name, value) in [
        ("x", "a\r\nevil: 1"),
        ("x", "a\nevil: 1"),
        ("x", "a\rb"),
        ("x", "a\0b"),
        ("x y", "a"),
        ("x: y", "a"),
        ("x\r\nevil", "a"),
        ("X-Upper", "a"),
        ("", "a"),
    ] {
        assert!(
            is_refused(addr, &[(name, value)]).await,
            "{name:?}: {value:?}"
        );
    }
    assert_eq!(scene.upstream.connections(), 0);
    assert!(!is_refused(addr, &[("x", "a: b")]).await, "the others pass");
    assert_eq!(scene.upstream.requests()[0].values("x"), ["a: b"]);
    scene.settled(1).await;
}

/// Fault H26: a stream that the client resets ends its work upstream; the connection serves on.
#[tokio::test]
async fn a_stream_that_is_reset_ends_its_work_upstream() {
    let upstream = RawUpstream::start(|mut connection| async move {
        let Some(request) = connection.request().await else {
            return;
        };
        if request.head.contains("/plain/quick") {
            connection.send(ok("{}")).await;
        }
        connection.closed().await;
    });
    let scene = Scene::before(upstream.await).await;
    let stream = TcpStream::connect(scene.gateway().addr("llm"))
        .await
        .unwrap();
    let (mut client, connection) =
        http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let running = tokio::spawn(connection);
    let get = |path: &str| {
        Request::get(format!("http://gateway{path}"))
            .body(Empty::new())
            .unwrap()
    };
    for count in 1..=20 {
        let answer = client.send_request(get("/plain/slow"));
        let waiting = tokio::spawn(answer);
        scene.upstream.requested(count).await;
        waiting.abort();
    }
    scene.upstream.left().await;
    let answer = timeout(LIMIT, client.send_request(get("/plain/quick")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.status(), 200);
    drop((answer, client));
    running.abort();
    eventually("that one request is answered", || {
        scene.upstream.requests().len() == 21
    })
    .await;
}
