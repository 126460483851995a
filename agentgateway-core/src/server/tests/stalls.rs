//! Clients that send or read too slowly.

use super::*;

const LIMIT: Duration = Duration::from_millis(100);

fn impatient() -> Config {
    quick().body_timeout(LIMIT).write_timeout(LIMIT)
}

fn upload(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{fields}\r\n")
}

/// Fault H19: a body that stands still is answered with 408, and the connection closes.
#[tokio::test]
async fn a_body_that_stands_still_is_408() {
    let (addr, _calls) = counting(impatient()).await;
    for request in [
        upload("/length", "content-length: 10\r\n") + "some",
        upload("/length", "transfer-encoding: chunked\r\n") + "4\r\nsome\r\n",
        upload("/length", "transfer-encoding: chunked\r\n"),
    ] {
        let said = ask(addr, &request).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{request:?}: {said}");
        assert!(said.contains("connection: close"), "{said}");
        assert!(said.ends_with("comes too slowly"), "{said}");
    }
}

/// Fault H11: a client that was given leave to send, and sends nothing, gets 408.
#[tokio::test]
async fn leave_to_send_that_is_not_used_is_408() {
    let (addr, _calls) = counting(impatient()).await;
    let fields = "content-length: 10\r\nexpect: 100-continue\r\n";
    let said = ask(addr, upload("/length", fields)).await;
    assert!(said.starts_with("HTTP/1.1 100"), "{said}");
    assert!(said.contains("HTTP/1.1 408"), "{said}");
}

/// Sends a byte again and again, until the server answers.
async fn trickle(addr: SocketAddr, pause: Duration) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = upload("/length", "content-length: 100\r\nconnection: close\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        for _ in 0..100 {
            if writer.write_all(b"x").await.is_err() {
                break;
            }
            sleep(pause).await;
        }
        std::future::pending::<()>().await;
    };
    let mut said = String::new();
    tokio::select! {
        () = sending => {}
        read = timeout(SOON, reader.read_to_string(&mut said)) => { let _ = read.unwrap(); }
    }
    said
}

/// Fault H19: a body that comes byte by byte, below the rate, is answered with 408.
#[tokio::test]
async fn a_body_below_the_rate_is_408() {
    let (addr, _calls) = counting(impatient().min_body_rate(1000)).await;
    let said = trickle(addr, Duration::from_millis(20)).await;
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
}

/// Fault H19: pauses within a streamed upload are allowed where that is configured.
#[tokio::test]
async fn a_slow_body_is_served_without_a_rate() {
    let config = quick().body_timeout(LIMIT * 5).min_body_rate(0);
    let (addr, _calls) = counting(config).await;
    let said = trickle(addr, Duration::from_millis(8)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

#[tokio::test]
async fn a_service_that_takes_its_time_slows_no_client_down() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let slow = tower::service_fn(|request: Request<RequestBody>| async move {
        let mut body = request.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            bytes += frame?.into_data().map_or(0, |data| data.len());
            sleep(LIMIT).await;
        }
        Ok::<_, Error>(Response::new(text(bytes.to_string())))
    });
    let config = quick().body_timeout(LIMIT * 2).min_body_rate(u32::MAX);
    tokio::spawn(serve(listener, slow, config, Drain::new()));
    let bytes = 60_000;
    let request = upload(
        "/",
        &format!("content-length: {bytes}\r\nconnection: close\r\n"),
    ) + &"x".repeat(bytes);
    let said = ask(addr, request).await;
    assert!(said.ends_with("60000"), "{said}");
}

#[tokio::test]
async fn a_late_http2_body_ends_its_stream_alone() {
    let (addr, _drain, _serving) = start(impatient()).await;
    let client = Client::builder().http2_only().build();
    let (_upload, body) = Channel::<Bytes, Infallible>::new(1);
    let request = Request::post(format!("http://{addr}/length"))
        .body(Body::new(body))
        .unwrap();
    let (status, words) = said(&client, request).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(words, "the body of the request comes too slowly");
    assert_eq!(said(&client, get(addr, "/version")).await.1, "HTTP/2.0");
}

/// An answer that counts what is asked of it, and whose end is seen.
async fn endless(config: Config) -> (SocketAddr, Arc<AtomicUsize>, Arc<()>) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let (asked, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
    let (counter, held) = (Arc::clone(&asked), Arc::clone(&alive));
    let service = tower::service_fn(move |_: Request<RequestBody>| {
        let (counter, held) = (Arc::clone(&counter), Arc::clone(&held));
        let body = Body::new(Repeat {
            counter,
            _held: held,
        });
        async move { Ok::<_, Error>(Response::new(body)) }
    });
    tokio::spawn(serve(listener, service, config, Drain::new()));
    (addr, asked, alive)
}

const PIECE: usize = 64 * 1024;

struct Repeat {
    counter: Arc<AtomicUsize>,
    _held: Arc<()>,
}

impl http_body::Body for Repeat {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.counter.fetch_add(1, Ordering::SeqCst);
        let data = Bytes::from_static(&[b'x'; PIECE]);
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(data))))
    }
}

/// Fault H20: a client that stops reading stops the service's body, and is reset after the limit.
#[tokio::test]
async fn a_client_that_does_not_read_is_reset() {
    let (addr, asked, alive) = endless(impatient()).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    until(|| asked.load(Ordering::SeqCst) > 0).await;
    // The service's body is dropped with the connection.
    until(|| Arc::strong_count(&alive) == 2).await;
    let taken = asked.load(Ordering::SeqCst);
    assert!(taken * PIECE < 64 * 1024 * 1024, "{taken}");
    let mut rest = Vec::new();
    let end = timeout(SOON, stream.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

/// Fault H21: many clients that stop reading at once all end, and leave nothing behind.
#[tokio::test]
async fn many_clients_that_do_not_read_are_reset() {
    let (addr, asked, alive) = endless(impatient()).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
        streams.push(stream);
    }
    until(|| asked.load(Ordering::SeqCst) >= 50).await;
    until(|| Arc::strong_count(&alive) == 2).await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_not_reset() {
    let (addr, _asked, alive) = endless(quick().write_timeout(Duration::from_millis(500))).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut piece = vec![0; 4 * 1024 * 1024];
    for _ in 0..20 {
        let bytes = timeout(SOON, stream.read(&mut piece)).await.unwrap();
        assert!(bytes.unwrap() > 0);
        sleep(Duration::from_millis(50)).await;
    }
    // The test's, those of the listener's and the connection's service, and the body's.
    assert_eq!(Arc::strong_count(&alive), 4);
}

/// The system alone would let it take more than a megabyte before it says that there is room.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_reads_little_but_steadily_is_not_reset() {
    let (addr, _asked, alive) = endless(quick().write_timeout(Duration::from_secs(1))).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut piece = vec![0; 48 * 1024];
    for _ in 0..60 {
        let bytes = timeout(SOON, stream.read(&mut piece)).await.unwrap();
        assert!(bytes.unwrap() > 0);
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(Arc::strong_count(&alive), 4);
}

/// Fault H41: the end of a client's bytes is its leaving, and cancels the request.
#[tokio::test]
async fn a_closed_side_is_a_disconnect() {
    let (addr, said) = half_closing(quick()).await;
    assert_eq!(said, "", "{addr}");
}

/// Fault H41: where half-closing is allowed, the whole answer is delivered.
#[tokio::test]
async fn a_closed_side_gets_its_answer_where_allowed() {
    let (_addr, said) = half_closing(quick().half_close(true)).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(said.ends_with("late"), "{said}");
}

async fn half_closing(config: Config) -> (SocketAddr, String) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let late = tower::service_fn(|_: Request<RequestBody>| async {
        sleep(Duration::from_millis(100)).await;
        Ok::<_, Error>(Response::new(text("late".to_owned())))
    });
    tokio::spawn(serve(listener, late, config, Drain::new()));
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    (addr, read_to_end(&mut stream).await)
}
