use super::*;

#[tokio::test]
async fn closes_connections_whose_head_is_late() {
    let config = quick().header_timeout(Duration::from_millis(80));
    let (addr, _drain, _serving) = start(config).await;
    for start in ["", "P", "GET / HTTP/1.1\r\nx: "] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, "", "after {start:?}");
    }
}

#[tokio::test]
async fn tells_a_late_second_head_from_idleness() {
    let config = quick()
        .header_timeout(Duration::from_millis(80))
        .idle_timeout(SOON * 4);
    let (addr, _drain, _serving) = start(config).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut head = [0; 512];
    stream.write_all(request).await.unwrap();
    assert!(stream.read(&mut head).await.unwrap() > 0);
    sleep(Duration::from_millis(160)).await;
    stream.write_all(request).await.unwrap();
    assert!(
        stream.read(&mut head).await.unwrap() > 0,
        "idle is no late head"
    );
    stream.write_all(b"GET /em").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn closes_idle_connections_and_not_busy_ones() {
    let limit = Duration::from_millis(80);
    let (addr, _drain, _serving) = start(quick().idle_timeout(limit)).await;
    let mut idle = TcpStream::connect(addr).await.unwrap();
    idle.write_all(b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let client = Client::new();
    let mut busy = client
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    assert!(read_to_end(&mut idle).await.starts_with("HTTP/1.1 204"));
    sleep(limit * 2).await;
    for _ in 0..20 {
        assert!(busy.frame().await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_slow_reader_of_a_whole_body_is_not_idle() {
    let limit = Duration::from_millis(100);
    let (addr, _drain, _serving) = start(quick().idle_timeout(limit).header_timeout(limit)).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let (mut piece, mut received) = (vec![0; 1024 * 1024], 0);
    loop {
        match timeout(SOON, stream.read(&mut piece))
            .await
            .unwrap()
            .unwrap()
        {
            0 => break,
            bytes => received += bytes,
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert!(received > LARGE, "{received}");
}

#[tokio::test]
async fn clocks_bear_any_limit() {
    for limit in [Duration::ZERO, Duration::MAX] {
        let config = quick().idle_timeout(limit).drain_deadline(limit);
        let (addr, drain, serving) = start(config).await;
        assert_eq!(
            said(&Client::new(), get(addr, "/version")).await.1,
            "HTTP/1.1"
        );
        drain.begin();
        timeout(SOON, serving).await.unwrap().unwrap();
    }
    let (addr, _drain, _serving) = start(quick().header_timeout(Duration::MAX)).await;
    assert_eq!(
        said(&Client::new(), get(addr, "/version")).await.1,
        "HTTP/1.1"
    );
}

#[tokio::test]
async fn closes_idle_h2_connections() {
    let limit = Duration::from_millis(80);
    let (addr, _drain, serving) = start(quick().idle_timeout(limit).header_timeout(limit)).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut bytes = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    // Frame type 7 is GOAWAY.
    assert!(bytes.windows(9).any(|frame| frame[..5] == [0, 0, 8, 7, 0]));
    serving.abort();
}

#[tokio::test]
async fn closes_h2_connections_that_fall_idle() {
    let limit = Duration::from_millis(80);
    let (addr, drain, serving) = start(quick().idle_timeout(limit)).await;
    let client = Client::builder().http2_only().build();
    assert_eq!(said(&client, get(addr, "/version")).await.1, "HTTP/2.0");
    let mut busy = client
        .clone()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    sleep(limit * 3).await;
    assert!(busy.frame().await.unwrap().is_ok(), "busy is not idle");
    drop(busy);
    sleep(limit * 4).await;
    drain.abort();
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
}

/// Fault H16: a head that comes byte by byte is closed at its timeout, whatever the idle timeout is.
#[tokio::test]
async fn a_head_byte_by_byte_is_late() {
    let limit = Duration::from_millis(200);
    let config = quick().header_timeout(limit).idle_timeout(SOON * 4);
    let (addr, _drain, _serving) = start(config).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let begun = tokio::time::Instant::now();
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        for byte in b"GET / HTTP/1.1\r\nhost: x\r\nx: ".iter().cycle() {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut said = Vec::new();
    tokio::select! {
        () = sending => {}
        read = timeout(SOON, reader.read_to_end(&mut said)) => { let _ = read.unwrap(); }
    }
    assert!(begun.elapsed() >= limit);
    assert!(said.is_empty());
}

/// Fault H16: the beginning of a pipelined head runs on the clock of heads, not on that of idleness.
#[tokio::test]
async fn a_pipelined_head_that_is_not_whole_is_late() {
    let config = quick()
        .header_timeout(Duration::from_millis(80))
        .idle_timeout(SOON * 4);
    let (addr, _drain, _serving) = start(config).await;
    for (first, body) in [
        ("GET /empty HTTP/1.1\r\nhost: x\r\n\r\n", ""),
        (
            "POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n",
            "abc",
        ),
        (
            "POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\n",
        ),
    ] {
        let said = ask(addr, format!("{first}{body}GET /em")).await;
        assert!(said.starts_with("HTTP/1.1 20"), "{said}");
    }
}

/// Fault H17: an idle connection is closed at the idle timeout, not at that of heads.
#[tokio::test]
async fn idleness_has_its_own_clock() {
    let idle = Duration::from_millis(400);
    let config = quick()
        .header_timeout(Duration::from_millis(50))
        .idle_timeout(idle);
    let (addr, _drain, _serving) = start(config).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    let begun = tokio::time::Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert!(
        begun.elapsed() >= idle.mul_f64(0.9),
        "{:?}",
        begun.elapsed()
    );
}
