use super::*;

#[tokio::test]
async fn speaks_http1_and_h2c_on_one_port() {
    let (addr, _drain, _serving) = start(quick()).await;
    let (one, two) = (Client::new(), Client::builder().http2_only().build());
    assert_eq!(said(&one, get(addr, "/version")).await.1, "HTTP/1.1");
    assert_eq!(said(&two, get(addr, "/version")).await.1, "HTTP/2.0");
    assert!(
        said(&one, get(addr, "/peer"))
            .await
            .1
            .starts_with("127.0.0.1:")
    );
}

#[tokio::test]
async fn answers_for_a_service_that_fails() {
    let (addr, _drain, _serving) = start(quick()).await;
    let (status, words) = said(&Client::new(), get(addr, "/fail")).await;
    assert_eq!(
        (status, words.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "no more")
    );
}

/// Fault O14: a service that panics ends its own connection, and no other.
#[tokio::test]
async fn a_panic_ends_its_own_connection_alone() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, calls) = (listener.local_addr(), Arc::new(AtomicUsize::new(0)));
    let service = tower::service_fn(move |_: Request<RequestBody>| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(call > 0, "the first call panics");
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }
    });
    let _serving = tokio::spawn(serve(listener, service, quick(), Drain::new()));
    let client = Client::new();
    assert!(client.clone().oneshot(get(addr, "/")).await.is_err());
    assert_eq!(said(&client, get(addr, "/")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn head_and_trailers_pass() {
    let (addr, _drain, _serving) = start(quick()).await;
    let mut head = get(addr, "/version");
    *head.method_mut() = Method::HEAD;
    assert_eq!(
        said(&Client::new(), head).await,
        (StatusCode::OK, String::new())
    );
    let client = Client::builder().http2_only().build();
    let response = client.oneshot(get(addr, "/trailers")).await.unwrap();
    let whole = response.into_body().collect().await.unwrap();
    assert_eq!(whole.trailers().unwrap()["x-end"], "yes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn serves_many_at_once_on_many_threads() {
    let (addr, drain, serving) = start(quick()).await;
    let mut asking = tokio::task::JoinSet::new();
    for client in [Client::new(), Client::builder().http2_only().build()] {
        for length in 0..50_usize {
            let client = client.clone();
            asking.spawn(async move {
                let bytes = vec![b'x'; length * 4000];
                let request = Request::post(format!("http://{addr}/echo"))
                    .body(Body::from(Bytes::from(bytes)))
                    .unwrap();
                let (status, echo) = said(&client, request).await;
                assert_eq!((status, echo.len()), (StatusCode::OK, length * 4000));
            });
        }
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
    drain.begin();
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
}

/// A service that is not ready is waited for, and its place in the queue goes with the request.
#[tokio::test]
async fn waits_for_a_service_that_is_not_ready() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let service = tower::ServiceBuilder::new()
        .concurrency_limit(1)
        .service_fn(|_: Request<RequestBody>| async {
            sleep(Duration::from_millis(10)).await;
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
    tokio::spawn(serve(listener, service, quick(), Drain::new()));
    // Idle connections hold no permit.
    let client = Client::builder().http2_only().build();
    let mut asking = tokio::task::JoinSet::new();
    for client in [client, Client::new(), Client::new(), Client::new()] {
        for _ in 0..5 {
            let client = client.clone();
            asking.spawn(async move { said(&client, get(addr, "/")).await.0 });
        }
    }
    while let Some(status) = asking.join_next().await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
}

/// Fault H47: a body at the limit is taken, and one over it, of known length or not, is 413.
#[tokio::test]
async fn a_body_over_a_limit_is_413() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let service = tower::service_fn(|request: Request<RequestBody>| async move {
        let body = http_body_util::Limited::new(request.into_body(), 10);
        let whole = body.collect().await.map_err(Error::from_boxed)?.to_bytes();
        Ok::<_, Error>(Response::new(Body::from(whole)))
    });
    tokio::spawn(serve(listener, service, quick(), Drain::new()));
    for (bytes, status) in [(10, "200"), (11, "413")] {
        let body = "x".repeat(bytes);
        for framed in [
            format!("content-length: {bytes}\r\n\r\n{body}"),
            format!("transfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{body}\r\n0\r\n\r\n"),
        ] {
            let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
            let said = ask(addr, format!("{head}{framed}")).await;
            assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
        }
    }
}
