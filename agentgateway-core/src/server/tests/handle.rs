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
