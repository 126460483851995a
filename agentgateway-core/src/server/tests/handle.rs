use super::*;

async fn with_handle(config: Config) -> (SocketAddr, ListenerHandle, Drain, JoinHandle<Drained>) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, handle, drain) = (listener.local_addr(), listener.handle(), Drain::new());
    let serving = serve(listener, tower::service_fn(answer), config, drain.clone());
    (addr, handle, drain, tokio::spawn(serving))
}

const LONG: &[u8] = b"GET /version?a=123456789 HTTP/1.1\r\nhost: a\r\n\r\n";

async fn status(stream: &mut TcpStream) -> String {
    stream.write_all(LONG).await.unwrap();
    let said = read_until(stream, "\r\n\r\n").await;
    said.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_new_configuration_is_that_of_new_connections() {
    let (addr, handle, _drain, _serving) = with_handle(quick()).await;
    let mut before = TcpStream::connect(addr).await.unwrap();
    assert_eq!(status(&mut before).await, "200");
    handle.configure(quick().max_target_bytes(12));
    let mut after = TcpStream::connect(addr).await.unwrap();
    assert_eq!(status(&mut after).await, "414");
    assert_eq!(status(&mut before).await, "200", "it keeps its own");
    handle.configure(quick());
    let mut last = TcpStream::connect(addr).await.unwrap();
    assert_eq!(status(&mut last).await, "200");
    assert_eq!(handle.local_addr(), addr);
}

#[tokio::test]
async fn a_second_listener_takes_the_socket_over_and_the_port_goes_with_the_last() {
    let (addr, handle, drain, serving) = with_handle(quick()).await;
    let mut open = TcpStream::connect(addr).await.unwrap();
    assert_eq!(status(&mut open).await, "200");
    let second = handle.duplicate().unwrap();
    let (own, second_drain) = (second.handle(), Drain::new());
    let service = tower::service_fn(answer);
    let second = tokio::spawn(serve(second, service, quick(), second_drain.clone()));
    drain.begin();
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
    assert_eq!(
        handle.duplicate().unwrap_err().kind(),
        io::ErrorKind::NotConnected
    );
    for _ in 0..20 {
        let mut new = TcpStream::connect(addr).await.unwrap();
        assert_eq!(status(&mut new).await, "200");
    }
    assert_eq!(own.local_addr(), addr);
    second_drain.abort();
    timeout(SOON, second).await.unwrap().unwrap();
    assert!(TcpStream::connect(addr).await.is_err());
}

/// Fault C06: a listener that is taken away releases its port at once, while others drain with a delay; its streams have the time that was given.
#[tokio::test]
async fn a_drain_with_terms_of_its_own_waits_no_longer_than_they_say() {
    let (addr, _handle, drain, mut serving) = with_handle(Config::new()).await;
    let mut body = Client::new()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    let (all, part) = (Drain::new(), drain.child());
    assert!(!part.has_begun());
    drain.begin_within(Duration::ZERO, Duration::from_millis(300));
    drain.begin_within(SOON, SOON);
    all.begin();
    assert!(part.has_begun() && drain.child().has_begun());
    // The listener's own delay is five seconds.
    let closed = async {
        while TcpStream::connect(addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(2), closed).await.unwrap();
    assert!(body.frame().await.unwrap().is_ok());
    assert_eq!(timeout(SOON, &mut serving).await.unwrap().unwrap().cut, 1);
}

#[tokio::test]
async fn an_old_connection_ends_behind_what_is_in_flight() {
    let age = Duration::from_millis(150);
    let config = quick().max_connection_age(age).max_frame_bytes(1 << 20);
    let (addr, _handle, _drain, _serving) = with_handle(config).await;
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let (mut upload, body) = Channel::<Bytes, Infallible>::new(1);
        let request = Request::post(format!("http://{addr}/echo"))
            .body(Body::new(body))
            .unwrap();
        let mut echo = client.clone().oneshot(request).await.unwrap().into_body();
        sleep(age * 2).await;
        upload.send_data(Bytes::from_static(b"late")).await.unwrap();
        let frame = timeout(SOON, echo.frame()).await.unwrap().unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "late");
    }
    let mut idle = TcpStream::connect(addr).await.unwrap();
    assert_eq!(status(&mut idle).await, "200");
    read_to_end(&mut idle).await;
}

/// Reads one answer of a known length.
async fn answer_of(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read_until(stream, "\r\n\r\n").await
}

/// Fault H57 (part): connections that lie idle are closed on request, streams go on, and new connections are taken.
#[tokio::test]
async fn idle_connections_are_closed_and_streams_go_on() {
    let (addr, handle, _drain, _serving) = with_handle(quick()).await;
    let mut idle = TcpStream::connect(addr).await.unwrap();
    assert!(
        answer_of(&mut idle, "/empty")
            .await
            .starts_with("HTTP/1.1 204")
    );
    let mut streams = Vec::new();
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let stream = client.clone().oneshot(get(addr, "/endless")).await.unwrap();
        streams.push((client, stream.into_body()));
    }
    handle.close_idle();
    assert_eq!(read_to_end(&mut idle).await, "");
    for (client, stream) in &mut streams {
        for _ in 0..5 {
            assert!(stream.frame().await.unwrap().is_ok());
        }
        let (status, _) = said(client, get(addr, "/version")).await;
        assert_eq!(status, StatusCode::OK);
    }
    // Again, and for what is idle by now.
    let mut idle = TcpStream::connect(addr).await.unwrap();
    answer_of(&mut idle, "/empty").await;
    handle.close_idle();
    assert_eq!(read_to_end(&mut idle).await, "");
}

#[tokio::test]
async fn an_idle_connection_of_http2_is_told_goodbye() {
    let (addr, handle, _drain, serving) = with_handle(quick()).await;
    let client = Client::builder().http2_only().build();
    assert_eq!(said(&client, get(addr, "/version")).await.1, "HTTP/2.0");
    handle.close_idle();
    // The client finds out by itself, and opens another.
    for _ in 0..20 {
        assert_eq!(said(&client, get(addr, "/version")).await.0, StatusCode::OK);
        handle.close_idle();
    }
    assert!(!serving.is_finished());
}

#[tokio::test]
async fn a_busy_connection_of_http1_closes_behind_its_answer() {
    let (addr, handle, _drain, _serving) = with_handle(quick()).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // The service waits for the body, so the request is in flight.
    let head = b"POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let mut idle = TcpStream::connect(addr).await.unwrap();
    answer_of(&mut idle, "/empty").await;
    handle.close_idle();
    // The word has reached all connections, of which there is one runtime.
    assert_eq!(read_to_end(&mut idle).await, "");
    stream.write_all(b"ab").await.unwrap();
    let said = read_to_end(&mut stream).await.to_ascii_lowercase();
    assert!(
        said.starts_with("http/1.1 200") && said.contains("connection: close"),
        "{said}"
    );
}
