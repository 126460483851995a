//! HTTP/2 clients that abuse the protocol.

use super::{frames::*, *};

fn get_fields(path: &str) -> Vec<(&'static str, &str)> {
    let mut fields = fields(path);
    fields[0] = (":method", "GET");
    fields
}

/// A second client's requests succeed.
async fn others_are_served(addr: SocketAddr) {
    let client = Client::builder().http2_only().build();
    for _ in 0..10 {
        assert_eq!(said(&client, get(addr, "/version")).await.1, "HTTP/2.0");
    }
}

/// The connection is ended, with this error where the server's word still came through.
async fn ended(mut raw: Raw, errors: &[u32]) {
    if let Some(goaway) = raw.find(GOAWAY).await {
        assert!(errors.contains(&goaway.error()), "{goaway:?}");
    }
    while raw.next().await.is_some() {}
}

/// Fault H25 (guard: h2): opening and resetting streams without end is answered with GOAWAY; others are served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rapid_resets() {
    let (addr, calls) = counting(quick()).await;
    let mut raw = Raw::connect(addr).await;
    let mut burst = Vec::new();
    for stream in (1..20_000).step_by(2) {
        burst.extend(headers(stream, END_STREAM, &get_fields("/echo")));
        burst.extend(reset(stream));
    }
    raw.send(&burst).await;
    ended(raw, &[ENHANCE_YOUR_CALM]).await;
    let begun = calls.load(Ordering::SeqCst);
    assert!(begun <= 200, "{begun}");
    others_are_served(addr).await;
}

/// Fault H26 (guard: h2): a client that makes the server reset streams without end loses its connection, and the work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn provoked_resets() {
    let (addr, _calls) = counting(quick()).await;
    for provoke in [
        // No increment (RFC 9113, 6.9).
        |stream| frame(WINDOW_UPDATE, 0, stream, &[0; 4]),
        // Bytes behind the end of the stream (5.1).
        |stream| frame(DATA, 0, stream, b"late"),
    ] {
        let mut raw = Raw::connect(addr).await;
        for stream in (1..6001).step_by(2) {
            let opened = headers(stream, END_STREAM, &get_fields("/endless"));
            if !raw.send([opened, provoke(stream)].concat()).await {
                break;
            }
        }
        let errors = [ENHANCE_YOUR_CALM, PROTOCOL_ERROR, 5];
        ended(raw, &errors).await;
    }
    // Padding that is longer than its frame ends the connection at once (6.1).
    let mut raw = Raw::connect(addr).await;
    raw.send(headers(1, 0, &fields("/echo"))).await;
    raw.send(frame(DATA, PADDED, 1, &[200, b'x'])).await;
    ended(raw, &[PROTOCOL_ERROR]).await;
    others_are_served(addr).await;
}

/// Fault H27 (guard: h2): a head that goes on for ever ends the connection.
#[tokio::test]
async fn endless_continuations() {
    let (addr, calls) = counting(quick()).await;
    for field in [("x", "y".repeat(8000)), ("x", String::new())] {
        let mut raw = Raw::connect(addr).await;
        let piece = frame(CONTINUATION, 0, 1, &block(&[(field.0, field.1.as_str())]));
        raw.send(frame(HEADERS, END_STREAM, 1, &block(&get_fields("/echo"))))
            .await;
        let flood = piece.repeat(100);
        let sending = async { while raw.stream.write_all(&flood).await.is_ok() {} };
        timeout(SOON, sending)
            .await
            .expect("the connection is closed");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    others_are_served(addr).await;
}

/// Fault H28 (guard: h2): floods of frames that want an answer, or nothing, are bounded; others are served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods() {
    let mut config = quick().write_timeout(Duration::from_millis(200));
    config.lingering_timeout = Duration::from_millis(200);
    let (addr, _calls) = counting(config).await;
    for (name, flood) in [
        ("settings", frame(SETTINGS, 0, 0, &[])),
        ("ping", frame(PING, 0, 0, &[0; 8])),
        ("priority", frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 1])),
        ("empty data", frame(DATA, 0, 1, &[])),
    ] {
        let mut raw = Raw::connect(addr).await;
        raw.send(headers(1, 0, &fields("/echo"))).await;
        // The client never reads: acknowledgements pile up, and the server must stop.
        let burst = flood.repeat(1000);
        let sending = async { while raw.stream.write_all(&burst).await.is_ok() {} };
        if name == "priority" {
            // Read and forgotten: costs the client more than the server.
            let _ = timeout(Duration::from_millis(200), sending).await;
        } else {
            timeout(SOON * 4, sending).await.expect(name);
        }
        others_are_served(addr).await;
    }
}

/// Fault H29: a client that grants no window is sent nothing, and its streams are reset after the limit.
#[tokio::test]
async fn no_window() {
    let (addr, calls) = counting(quick().write_timeout(Duration::from_millis(100))).await;
    // Setting 4 is the initial window (RFC 9113, 6.5.2).
    let mut raw = Raw::with_settings(addr, &[(4, 0)]).await;
    for stream in (1..200).step_by(2) {
        raw.send(headers(stream, END_STREAM, &get_fields("/version")))
            .await;
    }
    let mut resets = 0;
    while resets < 100 {
        let frame = raw.next().await.expect("the connection lives");
        assert_ne!(frame.kind, GOAWAY);
        if frame.kind == RST_STREAM {
            assert_eq!(frame.error(), CANCEL);
            resets += 1;
        }
    }
    assert_eq!(calls.load(Ordering::SeqCst), 100);
    // The connection itself is well.
    raw.send(headers(201, END_STREAM, &get_fields("/empty")))
        .await;
    let answer = raw.find(HEADERS).await.unwrap();
    assert_eq!(answer.stream, 201);
}

/// Fault H29: a window that is opened by one byte holds back no more than one piece.
#[tokio::test]
async fn a_window_of_one_byte() {
    let (addr, _calls) = counting(quick().write_timeout(Duration::from_millis(100))).await;
    let mut raw = Raw::with_settings(addr, &[(4, 1)]).await;
    raw.send(headers(1, END_STREAM, &get_fields("/large")))
        .await;
    let data = raw.find(DATA).await.unwrap();
    assert_eq!(data.payload.len(), 1);
    let reset = raw.find(RST_STREAM).await.unwrap();
    assert_eq!((reset.stream, reset.error()), (1, CANCEL));
}

/// Fault H30 (guard: h2): a malformed request resets its stream, and nobody is called.
/// Fault H31 (guard: h2): a value with CR LF is refused before anything is chosen or called.
#[tokio::test]
async fn malformed_requests() {
    let (addr, calls) = counting(quick()).await;
    let plain = |further: (&'static str, &'static str)| {
        let mut fields = get_fields("/echo");
        fields.push(further);
        fields
    };
    let mut late = get_fields("/echo");
    late.insert(1, ("x", "y"));
    for fields in [
        plain(("transfer-encoding", "chunked")),
        plain(("connection", "close")),
        plain(("X-Upper", "y")),
        plain((":path", "/again")),
        plain((":unknown", "x")),
        plain(("x", "a\r\nb: c")),
        late,
    ] {
        let mut raw = Raw::connect(addr).await;
        raw.send(headers(1, END_STREAM, &fields)).await;
        let end = loop {
            let frame = raw.next().await.unwrap();
            if frame.kind == RST_STREAM || frame.kind == GOAWAY {
                break frame;
            }
            assert_ne!(frame.kind, HEADERS, "{fields:?}");
        };
        // Bytes that HPACK must not carry are an error of compression to some.
        assert!(
            [PROTOCOL_ERROR, 9].contains(&end.error()),
            "{fields:?}: {end:?}"
        );
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

/// Fault H30 (guard: h2): bytes that do not fit the length reset the stream, and the service sees no whole body.
#[tokio::test]
async fn lengths_that_do_not_fit() {
    let (addr, _calls) = counting(quick()).await;
    for (length, body) in [("5", &b"123456"[..]), ("5", b"1234")] {
        let mut fields = fields("/length");
        fields.push(("content-length", length));
        let mut raw = Raw::connect(addr).await;
        raw.send(headers(1, 0, &fields)).await;
        raw.send(frame(DATA, END_STREAM, 1, body)).await;
        let end = raw.find(RST_STREAM).await.unwrap();
        assert_eq!((end.stream, end.error()), (1, PROTOCOL_ERROR), "{body:?}");
    }
}

/// Fault H30: an authority and a host that differ are answered with 400, and nobody is called.
#[tokio::test]
async fn two_authorities() {
    let (addr, calls) = counting(quick()).await;
    let mut raw = Raw::connect(addr).await;
    let mut fields = get_fields("/echo");
    fields.push(("host", "y"));
    raw.send(headers(1, END_STREAM, &fields)).await;
    let words = raw.find(DATA).await.unwrap();
    let words = String::from_utf8(words.payload).unwrap();
    assert!(words.contains("differ"), "{words}");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    // The same one, twice, is one.
    let mut fields = get_fields("/version");
    fields.push(("host", "X"));
    raw.send(headers(3, END_STREAM, &fields)).await;
    let words = raw.find(DATA).await.unwrap();
    assert_eq!(words.payload, b"HTTP/2.0");
}

/// Fault H60: CONNECT over HTTP/2 is answered with 501, and nothing is tunnelled.
#[tokio::test]
async fn no_tunnel_is_opened() {
    let (addr, calls) = counting(quick()).await;
    let mut raw = Raw::connect(addr).await;
    let fields = [(":method", "CONNECT"), (":authority", "x:443")];
    raw.send(headers(1, 0, &fields)).await;
    let words = raw.find(DATA).await.unwrap();
    assert_eq!(words.flags & END_STREAM, END_STREAM);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

/// Fault H13: a head of HTTP/2 with too many fields, or over its limit, is answered with 431.
#[tokio::test]
async fn the_head_is_bounded() {
    let (addr, calls) = counting(quick()).await;
    let large = "y".repeat(20 * 1024);
    let mut many = get_fields("/echo");
    many.extend([("x", "y"); 101]);
    let mut wide = get_fields("/echo");
    wide.push(("x", &large));
    for fields in [many, wide] {
        let mut raw = Raw::connect(addr).await;
        let block = block(&fields);
        let (first, rest) = block.split_at(block.len().min(16_000));
        if rest.is_empty() {
            raw.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, first))
                .await;
        } else {
            raw.send(frame(HEADERS, END_STREAM, 1, first)).await;
            raw.send(frame(CONTINUATION, END_HEADERS, 1, rest)).await;
        }
        let answer = raw.find(HEADERS).await.unwrap();
        // A status without index: its three digits stand in the block, or their Huffman form does.
        assert_eq!(answer.stream, 1);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn asks_silent_peers_for_a_sign_of_life() {
    let config = quick()
        .ping_interval(Duration::from_millis(50))
        .ping_timeout(Duration::from_millis(50));
    let (addr, _calls) = counting(config).await;
    let mut raw = Raw::connect(addr).await;
    let ping = raw.find(PING).await.unwrap();
    assert_eq!(ping.flags, 0);
    // It is not answered: the connection ends.
    while raw.next().await.is_some() {}
}

#[tokio::test]
async fn says_its_windows_and_streams() {
    let (addr, _calls) = counting(quick()).await;
    let mut raw = Raw::connect(addr).await;
    let settings = raw.find(SETTINGS).await.unwrap();
    let said: Vec<(u16, u32)> = settings
        .payload
        .chunks(6)
        .map(|setting| {
            let (id, value) = setting.split_at(2);
            (
                u16::from_be_bytes(id.try_into().unwrap()),
                u32::from_be_bytes(value.try_into().unwrap()),
            )
        })
        .collect();
    for setting in [(3, 100), (4, 64 * 1024), (6, 16 * 1024)] {
        assert!(said.contains(&setting), "{setting:?} of {said:?}");
    }
    let window = raw.find(WINDOW_UPDATE).await.unwrap();
    let more = u32::from_be_bytes(window.payload.try_into().unwrap());
    assert_eq!(more + 65_535, 1024 * 1024);
}
