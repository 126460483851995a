use super::*;

/// Says the answer's status, and whether the connection took another request behind it.
async fn behind(addr: SocketAddr, request: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request).await.unwrap();
    let said = read_until(&mut stream, "too large").await;
    let again = b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    if stream.write_all(again).await.is_err() {
        return (said, false);
    }
    let mut piece = [0; 4096];
    let more = timeout(SOON, stream.read(&mut piece)).await.unwrap();
    (said, matches!(more, Ok(1..)))
}

/// Fault H07: a body that nobody read is drained up to a bound; what hid in it is no request.
#[tokio::test]
async fn a_small_body_is_drained_and_the_connection_lives() {
    let (addr, calls) = counting(quick()).await;
    let hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    let length = format!(
        "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{hidden}",
        hidden.len()
    );
    let chunked = format!(
        "POST /refuse HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{hidden}\r\n0\r\n\r\n",
        hidden.len()
    );
    let later = 100_000;
    let large = format!("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {later}\r\n\r\n")
        + &hidden.repeat(later)[..later];
    for (request, expected) in [(length, 2), (chunked, 4), (large, 6)] {
        let (said, lives) = behind(addr, request.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
        assert!(lives, "the connection is used again");
        assert_eq!(
            calls.load(Ordering::SeqCst),
            expected,
            "nothing hidden was served"
        );
    }
}

/// Fault H07: behind a body over the bound the connection closes, and the client has its answer.
#[tokio::test]
async fn a_large_body_closes_behind_the_answer() {
    let (addr, calls) = counting(quick()).await;
    let bytes = 8 * 1024 * 1024;
    let hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    for head in [
        format!("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {bytes}\r\n\r\n"),
        format!(
            "POST /refuse HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n"
        ),
    ] {
        let before = calls.load(Ordering::SeqCst);
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // All of it is sent before the answer is read, as many clients do.
        let body = hidden.repeat(bytes / hidden.len() + 1);
        stream.write_all(&body.as_bytes()[..bytes]).await.unwrap();
        let said = read_to_end(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
        assert!(said.ends_with("too large"), "{said}");
        assert_eq!(calls.load(Ordering::SeqCst), before + 1);
    }
}

#[tokio::test]
async fn says_at_once_that_a_large_body_ends_the_connection() {
    let (addr, _calls) = counting(quick()).await;
    let head = "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 8000000\r\n\r\n";
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = read_until(&mut stream, "too large").await;
    assert!(said.contains("connection: close"), "{said}");
}

/// Fault H07: a client that waits for leave to send gets its answer without it.
#[tokio::test]
async fn nobody_is_asked_for_a_body_that_is_not_wanted() {
    let (addr, _calls) = counting(quick()).await;
    let head =
        "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n";
    let said = ask(addr, head).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert!(said.contains("connection: close"), "{said}");
}

#[tokio::test]
async fn leave_to_send_is_given_when_the_body_is_read() {
    let (addr, _calls) = counting(quick()).await;
    let head =
        "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n";
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let leave = read_until(&mut stream, "\r\n\r\n").await;
    assert!(leave.starts_with("HTTP/1.1 100"), "{leave}");
    stream.write_all(b"12345").await.unwrap();
    let said = read_until(&mut stream, "\r\n\r\n5").await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

/// Fault H07: a body that nobody wants and that never ends does not keep the connection.
#[tokio::test]
async fn a_body_that_is_drained_must_end_in_time() {
    let mut config = quick();
    config.unread_timeout = Duration::from_millis(80);
    config.lingering_timeout = Duration::from_millis(80);
    let (addr, _calls) = counting(config).await;
    let head = "POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nsome";
    let said = ask(addr, head).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
}
