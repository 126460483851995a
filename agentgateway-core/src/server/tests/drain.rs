use super::{frames::*, *};

/// Fault O01: streams in flight end whole within the deadline; then serving is over.
#[tokio::test]
async fn drain_ends_streams_in_flight_and_then_returns() {
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let (addr, drain, mut serving) = start(quick()).await;
        let mut idle = TcpStream::connect(addr).await.unwrap();
        let (mut upload, body) = Channel::<Bytes, Infallible>::new(1);
        let request = Request::post(format!("http://{addr}/echo"))
            .body(Body::new(body))
            .unwrap();
        let mut echo = client.clone().oneshot(request).await.unwrap().into_body();

        drain.begin();
        assert!(drain.has_begun());
        assert_eq!(read_to_end(&mut idle).await, "");
        assert!(
            timeout(Duration::from_millis(50), &mut serving)
                .await
                .is_err()
        );
        let refused = TcpStream::connect(addr).await;
        assert!(refused.is_err(), "the socket is closed");

        upload.send_data(Bytes::from_static(b"late")).await.unwrap();
        let frame = timeout(SOON, echo.frame()).await.unwrap().unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "late");
        drop(upload);
        let rest = timeout(SOON, echo.collect()).await.unwrap().unwrap();
        assert!(rest.to_bytes().is_empty());
        assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
    }
}

/// Fault O01: a request that is on its way when the socket is closed, on a connection that was taken before, is answered.
#[tokio::test]
async fn who_has_just_come_may_ask_when_the_socket_is_closed() {
    let (addr, drain, serving) = start(quick()).await;
    let mut fresh = TcpStream::connect(addr).await.unwrap();
    // Taken in turn: when the second is answered, the first is a connection.
    let request = b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut second = TcpStream::connect(addr).await.unwrap();
    second.write_all(request).await.unwrap();
    read_until(&mut second, "HTTP/1.1").await;
    drain.begin();
    let closed = async { while TcpStream::connect(addr).await.is_ok() {} };
    timeout(SOON, closed).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    fresh.write_all(request).await.unwrap();
    let answer = read_to_end(&mut fresh).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
}

/// Fault O01: new connections are taken until the delay has passed.
#[tokio::test]
async fn drain_delay_still_takes_connections() {
    let config = Config::new().drain_delay(Duration::from_millis(150));
    let (addr, drain, serving) = start(config).await;
    drain.begin();
    sleep(Duration::from_millis(20)).await;
    assert_eq!(
        said(&Client::new(), get(addr, "/version")).await.1,
        "HTTP/1.1"
    );
    timeout(SOON, serving).await.unwrap().unwrap();
}

/// Fault O01: what has not ended at the deadline is cut, and is no whole answer.
#[tokio::test]
async fn drain_deadline_cuts_what_does_not_end() {
    let (addr, drain, serving) = start(quick().drain_deadline(Duration::from_millis(80))).await;
    let mut body = Client::new()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    drain.begin();
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 1);
    let mut last = body.frame().await;
    while let Some(Ok(_)) = last {
        last = timeout(SOON, body.frame()).await.unwrap();
    }
    assert!(last.unwrap().is_err(), "a cut answer is not a whole one");
}

/// Fault O02: a second signal ends all at once.
#[tokio::test]
async fn second_signal_ends_at_once() {
    let (addr, drain, serving) = start(Config::new()).await;
    let _body = Client::new()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    drain.begin();
    sleep(Duration::from_millis(20)).await;
    drain.abort();
    let drained = timeout(Duration::from_secs(1), serving)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(drained.cut, 1);
}

/// Fault E06: who drops the listener ends its connections.
#[tokio::test]
async fn dropping_serve_ends_its_connections() {
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let (addr, _drain, serving) = start(quick()).await;
        let mut body = client
            .oneshot(get(addr, "/endless"))
            .await
            .unwrap()
            .into_body();
        serving.abort();
        let ended = async { while let Some(Ok(_)) = body.frame().await {} };
        timeout(SOON, ended).await.unwrap();
    }
}

/// Fault O01: from the moment a drain begins, answers of HTTP/1.1 say that the connection closes, on old and on new connections.
#[tokio::test]
async fn answers_say_close_from_the_moment_a_drain_begins() {
    let config = Config::new().drain_delay(Duration::from_millis(300));
    let (addr, drain, serving) = start(config).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let before = read_until(&mut stream, "HTTP/1.1").await;
    assert!(!before.contains("connection: close"), "{before}");
    drain.begin();
    // An idle connection is left open during the delay: its next request may be on its way.
    sleep(Duration::from_millis(50)).await;
    stream.write_all(request).await.unwrap();
    let after = read_to_end(&mut stream).await;
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
    assert!(after.contains("connection: close"), "{after}");
    let fresh = ask(addr, request).await;
    assert!(fresh.contains("connection: close"), "{fresh}");
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
}

/// Fault O01: from the moment a drain begins, peers of HTTP/2 are sent GOAWAY, and what they have asked for is answered.
#[tokio::test]
async fn http2_is_told_to_go_from_the_moment_a_drain_begins() {
    let (addr, drain, _serving) = start(Config::new()).await;
    let mut raw = Raw::connect(addr).await;
    raw.send(headers(1, END_STREAM, &fields("/version"))).await;
    raw.find(DATA).await.unwrap();
    drain.begin();
    assert_eq!(raw.find(GOAWAY).await.unwrap().error(), 0);
    // One that comes during the delay may ask for something first.
    let mut late = Raw::connect(addr).await;
    late.send(headers(1, END_STREAM, &fields("/version"))).await;
    let (mut told, mut answered) = (false, false);
    while let Some(frame) = late.next().await {
        told |= frame.kind == GOAWAY;
        answered |= frame.kind == DATA;
        if told && answered {
            return;
        }
    }
    panic!("told: {told}, answered: {answered}");
}

#[tokio::test]
async fn a_child_turns_with_its_parent_and_not_the_other_way() {
    let parent = Drain::new();
    let (one, other) = (parent.child(), parent.child());
    let grandchild = one.child();
    one.begin();
    assert!(one.has_begun() && grandchild.has_begun());
    assert!(!parent.has_begun() && !other.has_begun());
    let waiting = tokio::spawn({
        let other = other.clone();
        async move { other.begun().await }
    });
    parent.begin();
    timeout(SOON, waiting).await.unwrap().unwrap();
    parent.abort();
    timeout(SOON, grandchild.aborted()).await.unwrap();
    assert!(parent.child().has_begun());
}

#[tokio::test]
async fn listeners_come_and_go_while_others_serve() {
    let whole = Drain::new();
    let listener = || async {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let (addr, drain) = (listener.local_addr(), whole.child());
        let serving = serve(listener, tower::service_fn(answer), quick(), drain.clone());
        (addr, drain, tokio::spawn(serving))
    };
    let client = Client::new();
    let (kept, _kept_drain, kept_serving) = listener().await;
    let mut kept_stream = said_endlessly(&client, kept).await;

    let (gone, gone_drain, mut gone_serving) = listener().await;
    let mut gone_stream = said_endlessly(&client, gone).await;
    gone_drain.begin();
    until(|| std::net::TcpStream::connect(gone).is_err()).await;
    // Its stream goes on, and it waits for it.
    for _ in 0..5 {
        assert!(gone_stream.frame().await.unwrap().is_ok());
        assert!(kept_stream.frame().await.unwrap().is_ok());
    }
    assert!(!gone_serving.is_finished());
    drop(gone_stream);
    assert_eq!(
        timeout(SOON, &mut gone_serving).await.unwrap().unwrap().cut,
        0
    );

    // The others do not notice, and a new one may take its place.
    assert!(kept_stream.frame().await.unwrap().is_ok());
    assert_eq!(said(&client, get(kept, "/version")).await.1, "HTTP/1.1");
    let (added, _added_drain, added_serving) = listener().await;
    assert_eq!(said(&client, get(added, "/version")).await.1, "HTTP/1.1");

    whole.abort();
    assert!(timeout(SOON, kept_serving).await.unwrap().unwrap().cut >= 1);
    timeout(SOON, added_serving).await.unwrap().unwrap();
}

async fn said_endlessly(client: &Client, addr: SocketAddr) -> impl BodyExt<Data = Bytes> + Unpin {
    let answer = client.clone().oneshot(get(addr, "/endless")).await;
    answer.unwrap().into_body()
}
