use super::*;

#[tokio::test]
async fn too_large_a_head_is_431() {
    let (addr, _drain, _serving) = start(quick().max_header_bytes(1)).await;
    let mut request = get(addr, "/version");
    request
        .headers_mut()
        .insert("x", "a".repeat(20_000).parse().unwrap());
    assert_eq!(
        said(&Client::new(), request).await.0,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
}

/// Fault H13: 101 fields, and a head over its limit, are answered with 431 and close.
#[tokio::test]
async fn the_head_is_bounded() {
    let (addr, calls) = counting(quick()).await;
    let head = "GET /version HTTP/1.1\r\nhost: x\r\n";
    for fields in [
        "a: 1234567\r\n".repeat(100),
        format!("a: {}\r\n", "x".repeat(70 * 1024)),
        format!("a: {}\r\n", "x".repeat(1000)).repeat(400),
    ] {
        let said = ask(addr, format!("{head}{fields}\r\n")).await;
        assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    let fields = "a: 1234567\r\n".repeat(98) + "connection: close\r\n\r\n";
    let said = ask(addr, format!("{head}{fields}")).await;
    assert!(said.starts_with("HTTP/1.1 200"), "100 fields: {said}");
    let large = format!("a: {}\r\nconnection: close\r\n\r\n", "x".repeat(20 * 1024));
    let said = ask(addr, format!("{head}{large}")).await;
    assert!(said.starts_with("HTTP/1.1 200"), "20 KiB: {said}");
}

#[tokio::test]
async fn the_number_of_fields_is_a_setting() {
    let (addr, calls) = counting(quick().max_headers(3)).await;
    let head = "GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\na: b\r\n";
    assert!(
        ask(addr, format!("{head}\r\n"))
            .await
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        ask(addr, format!("{head}c: d\r\n\r\n"))
            .await
            .starts_with("HTTP/1.1 431")
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

/// Fault H14: a target over its limit is answered with 414, and one of 70,000 bytes with 431 at the latest.
#[tokio::test]
async fn the_target_is_bounded() {
    let (addr, calls) = counting(quick()).await;
    let target = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
    let request =
        |target: &str| format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    for (bytes, status) in [
        (8192, "200"),
        (8193, "414"),
        (60_000, "414"),
        (70_000, "431"),
    ] {
        let said = ask(addr, request(&target(bytes))).await;
        assert!(
            said.starts_with(&format!("HTTP/1.1 {status}")),
            "{bytes}: {said}"
        );
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let (addr, _calls) = counting(quick().max_target_bytes(10)).await;
    assert!(
        ask(addr, request(&target(11)))
            .await
            .starts_with("HTTP/1.1 414")
    );
}

/// Fault H18: connections that say nothing fill the places; who has one is served, and the others' come free.
#[tokio::test]
async fn silent_connections_keep_nobody_out_for_long() {
    let config = quick()
        .max_connections(20)
        .header_timeout(Duration::from_secs(1));
    let (addr, _calls) = counting(config).await;
    let request = b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut working = TcpStream::connect(addr).await.unwrap();
    working.write_all(request).await.unwrap();
    read_until(&mut working, "\r\n\r\nHTTP/1.1").await;
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(TcpStream::connect(addr).await.unwrap());
    }
    for _ in 0..10 {
        working.write_all(request).await.unwrap();
        read_until(&mut working, "\r\n\r\nHTTP/1.1").await;
    }
    // Each silent one has its turn in the queue, and is closed.
    for mut stream in silent {
        assert_eq!(read_to_end(&mut stream).await, "");
    }
    let said = ask(addr, "GET /version HTTP/1.0\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.0 200"), "{said}");
}
