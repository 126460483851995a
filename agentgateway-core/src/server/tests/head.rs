use super::*;

/// Asserts that a request is refused with this status and words before the service is called.
async fn refused(request: &str, status: &str, words: &str) {
    let (addr, calls) = counting(quick()).await;
    let said = ask(addr, request).await;
    let shown = request.get(..request.len().min(200)).unwrap_or_default();
    assert!(
        said.starts_with(&format!("HTTP/1.1 {status} ")),
        "{shown:?}: {said}"
    );
    assert!(said.contains(words), "{shown:?}: {said}");
    assert!(said.contains("connection: close\r\n"), "{shown:?}: {said}");
    assert_eq!(said.matches("HTTP/1.").count(), 1, "{shown:?}: {said}");
    assert_eq!(calls.load(Ordering::SeqCst), 0, "{shown:?}");
}

fn with(fields: &str) -> String {
    format!("POST /version HTTP/1.1\r\nhost: x\r\n{fields}\r\n")
}

/// Fault H01: a request with a length and a coding is answered with 400, closes, and reaches nobody.
#[tokio::test]
async fn a_length_and_a_coding_exclude_each_other() {
    let words = "exclude each other";
    for fields in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "transfer-encoding:chunked\r\nx: y\r\ncontent-length:0\r\n",
    ] {
        refused(&(with(fields) + "0\r\n\r\n"), "400", words).await;
    }
}

/// Fault H01: the rule holds for a pipelined request, and for one that comes byte by byte.
#[tokio::test]
async fn a_length_and_a_coding_are_found_wherever_the_head_is() {
    let (addr, calls) = counting(quick()).await;
    let first = "POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n\
                 3;x=y\r\nabc\r\n0\r\nt: v\r\n\r\n";
    let second = with("content-length: 5\r\ntransfer-encoding: chunked\r\n") + "0\r\n\r\n";
    let said = ask(addr, format!("{first}{second}")).await;
    assert!(said.contains("HTTP/1.1 200"), "{said}");
    assert!(said.contains("HTTP/1.1 400"), "{said}");
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the first alone");

    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in second.as_bytes() {
        // The server may have answered and closed when the last bytes go out.
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let said = read_to_end(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

/// Fault H05: a coding that is not chunked, once and alone, is refused.
#[tokio::test]
async fn only_chunked_is_understood() {
    for (fields, status) in [
        ("transfer-encoding: gzip, chunked\r\n", "501"),
        (
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "400",
        ),
        (
            "transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n",
            "501",
        ),
        ("transfer-encoding: chunked, chunked\r\n", "501"),
    ] {
        refused(&(with(fields) + "0\r\n\r\n"), status, "transfer-encoding").await;
    }
    let (addr, _calls) = counting(quick()).await;
    for coding in ["Chunked", "\tchunked", "chunked \t"] {
        let fields = format!("connection: close\r\ntransfer-encoding: {coding}\r\n");
        let said = ask(addr, with(&fields) + "0\r\n\r\n").await;
        assert!(said.starts_with("HTTP/1.1 200"), "{coding:?}: {said}");
    }
}

/// Fault H12: a bare LF in a head is answered with 400.
#[tokio::test]
async fn lines_end_in_cr_lf() {
    for request in [
        "GET /version HTTP/1.1\nhost: x\r\n\r\n",
        "GET /version HTTP/1.1\r\nhost: x\n\r\n",
        "GET /version HTTP/1.1\r\nhost: x\r\na: b\nc: d\r\n\r\n",
        "GET /version HTTP/1.1\r\nhost: x\r\n\n",
        "GET /version HTTP/1.1\nhost: x\n\n",
    ] {
        refused(request, "400", "does not end in CR LF").await;
    }
}

/// Fault H15: a missing, repeated or malformed host is answered with 400.
#[tokio::test]
async fn there_is_one_host_and_it_is_well_formed() {
    let long = format!("host: {}\r\n", "a".repeat(300));
    for (fields, words) in [
        ("", "the host field is missing"),
        ("host: x\r\nhost: x\r\n", "more than once"),
        ("host: x, y\r\n", "the host is not"),
        ("host:\r\n", "the host is not"),
        ("host: x:99999\r\n", "the host is not"),
        ("host: user@x\r\n", "the host is not"),
        ("host: x\\y\r\n", "the host is not"),
        ("host: x/y\r\n", "the host is not"),
        (&long, "the host is not"),
    ] {
        let request = format!("GET /version HTTP/1.1\r\n{fields}\r\n");
        refused(&request, "400", words).await;
    }
    let (addr, _calls) = counting(quick()).await;
    let said = ask(addr, "GET /version HTTP/1.0\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.0 200"), "{said}");
}

/// Fault H14: a target with a broken escape, user information or a second authority is refused.
#[tokio::test]
async fn the_target_is_read_in_one_way() {
    for (target, words) in [
        ("/a%zz", "two hexadecimal digits"),
        ("/a%2", "two hexadecimal digits"),
        ("/a?b=%", "two hexadecimal digits"),
        ("http://user@x/version", "user information"),
        ("http://user:secret@x/version", "user information"),
        ("http://y/version", "differ"),
        ("http://x:81/version", "differ"),
        ("x:80", "form of the target"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n");
        refused(&request, "400", words).await;
    }
    let (addr, _calls) = counting(quick()).await;
    for target in ["http://X/version", "/version?a=%2F%ff", "*"] {
        let method = if target == "*" { "OPTIONS" } else { "GET" };
        let request = format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let said = ask(addr, request).await;
        assert!(said.starts_with("HTTP/1.1 200"), "{target}: {said}");
    }
}

/// Fault H60: CONNECT and WebSocket are answered with 501, and nothing is tunnelled.
#[tokio::test]
async fn no_tunnel_is_opened() {
    let words = "CONNECT";
    refused(
        "CONNECT x:443 HTTP/1.1\r\nhost: x:443\r\n\r\nhidden",
        "501",
        words,
    )
    .await;
    let fields = "connection: upgrade\r\nsec-websocket-version: 13\r\n";
    for upgrade in ["websocket", "foo", "h2c, websocket", "TLS/1.0"] {
        let request = with(&format!("{fields}upgrade: {upgrade}\r\n"));
        refused(&request, "501", "no other protocol").await;
    }
}

/// Fault H32: an offer of h2c on a port of HTTP/1.1 is ignored, and goes no further.
#[tokio::test]
async fn an_offer_of_h2c_is_ignored() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let service = tower::service_fn(|request: Request<RequestBody>| async move {
        let names: Vec<_> = request.headers().keys().map(ToString::to_string).collect();
        Ok::<_, Infallible>(Response::new(text(names.join(" "))))
    });
    tokio::spawn(serve(listener, service, quick(), Drain::new()));
    let fields = "connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\n\
                  http2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
    let said = ask(addr, with(fields)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(said.ends_with("\r\n\r\nhost connection"), "{said}");
}

#[tokio::test]
async fn a_refusal_keeps_what_was_pipelined_from_being_read() {
    let (addr, calls) = counting(quick()).await;
    let good = "GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    let bad = "GET /version HTTP/1.1\r\nhost: @\r\n\r\n";
    let said = ask(addr, format!("{good}{bad}{good}")).await;
    assert_eq!(said.matches("HTTP/1.1 200").count(), 1, "{said}");
    assert_eq!(said.matches("HTTP/1.1 400").count(), 1, "{said}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
