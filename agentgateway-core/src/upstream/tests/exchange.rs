use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{HeaderMap, Method, Version, header};
use http_body_util::{Channel, Full};

use super::*;
use crate::upstream::{Client, Endpoint, Upstream, strip_hop_headers};

/// HTTP/1.1 and HTTP/2 by turns, through the pool and through hyper-util's client, the reference.
fn both() -> Vec<Upstream> {
    let http2 = || Client::builder().http2_only();
    vec![
        Upstream::from(Client::new()),
        Upstream::from(http2().build()),
        #[cfg(feature = "legacy")]
        Upstream::new(Client::builder().build_legacy()),
        #[cfg(feature = "legacy")]
        Upstream::new(http2().build_legacy()),
    ]
}

#[tokio::test]
async fn unary_exchange_over_both_versions() {
    let addr = serving(tower::service_fn(echo)).await;
    for (client, version) in both().iter().zip(["HTTP/1.1", "HTTP/2.0"].iter().cycle()) {
        let mut request = Request::post(format!("http://{addr}/"))
            .body(Body::from(Bytes::from_static(b"hello")))
            .unwrap();
        // The version of the client's own connection does not matter.
        *request.version_mut() = Version::HTTP_2;
        let response = call(client, request).await.unwrap();
        assert_eq!(response.headers()["x-version"], *version);
        assert_eq!(text(response).await, "hello");
    }
}

#[tokio::test]
async fn bodies_stream_both_ways_chunk_by_chunk() {
    let addr = serving(tower::service_fn(echo)).await;
    for client in both() {
        let (mut upload, body) = Channel::<Bytes, Infallible>::new(1);
        let request = Request::post(format!("http://{addr}/"))
            .body(Body::new(body))
            .unwrap();
        let mut echo = call(&client, request).await.unwrap().into_body();
        for chunk in ["one", "two", "three"] {
            upload
                .send_data(Bytes::from_static(chunk.as_bytes()))
                .await
                .unwrap();
            let frame = timeout(SOON, echo.frame()).await.unwrap().unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), chunk);
        }
        drop(upload);
        assert_eq!(text(Response::new(echo)).await, "");
    }
}

#[tokio::test]
async fn head_and_no_content_have_no_body() {
    let addr = answering("HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\n").await;
    let mut request = get(addr, "/");
    *request.method_mut() = Method::HEAD;
    let response = call(&Client::new(), request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_LENGTH], "7");
    assert_eq!(text(response).await, "");

    let addr = serving(tower::service_fn(echo)).await;
    for client in both() {
        let response = call(&client, get(addr, "/empty")).await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(text(response).await, "");
    }
}

#[tokio::test]
async fn trailers_pass_both_ways_over_h2() {
    let addr = serving(tower::service_fn(echo)).await;
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "7".parse().unwrap())]);
    let body = Full::new(Bytes::from_static(b"data")).with_trailers(async { Some(Ok(trailers)) });
    let request = Request::post(format!("http://{addr}/"))
        .body(Body::new(body))
        .unwrap();
    let client = Client::builder().http2_only().build();
    let response = call(&client, request).await.unwrap();
    let whole = timeout(SOON, response.into_body().collect())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(whole.trailers().unwrap()["x-sum"], "7");
}

#[tokio::test]
async fn trailers_of_chunked_answers_pass() {
    let addr = answering(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
         1\r\na\r\n0\r\nx-sum: 7\r\n\r\n",
    )
    .await;
    let response = call(&Client::new(), get(addr, "/")).await.unwrap();
    assert_eq!(response.headers()[header::TRAILER], "x-sum");
    assert!(!response.headers().contains_key(header::TRANSFER_ENCODING));
    let whole = timeout(SOON, response.into_body().collect())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(whole.trailers().unwrap()["x-sum"], "7");
}

#[tokio::test]
async fn connections_are_used_again() {
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    let addr = scripted(move |mut stream| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            loop {
                read_head(&mut stream).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                stream.write_all(answer).await.unwrap();
            }
        }
    })
    .await;
    let client = Client::new();
    for _ in 0..20 {
        assert_eq!(
            text(call(&client, get(addr, "/")).await.unwrap()).await,
            "ok"
        );
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn idle_connections_are_closed_in_time() {
    let (closed, mut told) = tokio::sync::mpsc::channel(1);
    let addr = scripted(move |mut stream| {
        let closed = closed.clone();
        async move {
            read_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let client = Client::builder()
        .idle_timeout(Duration::from_millis(100))
        .build();
    tokio::spawn(client.maintain());
    assert_eq!(
        text(call(&client, get(addr, "/")).await.unwrap()).await,
        "ok"
    );
    assert!(timeout(SOON, told.recv()).await.unwrap().is_some());
}

#[tokio::test]
async fn connection_fields_and_the_clients_host_stay_here() {
    let addr = serving(tower::service_fn(echo)).await;
    let mut request = get(addr, "/headers");
    for (name, value) in [
        ("host", "internal.example"),
        ("connection", "x-private"),
        ("x-private", "1"),
        ("expect", "100-continue"),
        ("te", "trailers, gzip"),
        ("x-kept", "1"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let seen = text(call(&Client::new(), request).await.unwrap()).await;
    assert!(seen.contains(&format!("\"host\": \"{addr}\"")), "{seen}");
    assert!(
        seen.contains("x-kept") && seen.contains("\"te\": \"trailers\""),
        "{seen}"
    );
    assert!(
        !seen.contains("x-private") && !seen.contains("expect"),
        "{seen}"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let addr = answering(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let response = call(&Client::new(), get(addr, "/")).await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn any_service_is_an_upstream() {
    async fn own(request: Request<Body>) -> Result<Response<Full<Bytes>>, std::io::Error> {
        match request.uri().path() {
            "/late" => Err(std::io::ErrorKind::TimedOut.into()),
            _ => Ok(Response::new(Full::from("own"))),
        }
    }
    let upstream = Upstream::new(tower::service_fn(own));
    let addr = "127.0.0.1:1".parse().unwrap();
    assert_eq!(
        text(call(&upstream, get(addr, "/")).await.unwrap()).await,
        "own"
    );
    let error = call(&upstream, get(addr, "/late")).await.unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Timeout);
}

#[test]
fn services_are_shared_and_futures_are_sent() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Client>();
    shared::<Upstream>();
    shared::<Endpoint>();
    sent::<crate::upstream::ResponseFuture>();
    let mut headers = HeaderMap::new();
    strip_hop_headers(&mut headers);
    assert!(headers.is_empty());
}

#[tokio::test]
async fn lengths_that_do_not_agree_are_not_sent() {
    use std::sync::Mutex;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heads = Arc::clone(&seen);
    let addr = scripted(move |mut stream| {
        let heads = Arc::clone(&heads);
        async move {
            let head = read_head(&mut stream).await;
            heads.lock().unwrap().push(head);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    for lengths in [
        ["5", "6"],
        ["5", "x"],
        ["", "5"],
        ["+5", "5"],
        ["5, 6", "5"],
    ] {
        // An unknown length and GET: the one case in which the fields would go out as they are.
        let (_sender, body) = Channel::<Bytes, Infallible>::new(1);
        let mut request = get(addr, "/").map(|_| Body::new(body));
        for length in lengths {
            let value = length.parse().unwrap();
            request.headers_mut().append(header::CONTENT_LENGTH, value);
        }
        let error = call(&Client::new(), request).await.unwrap_err();
        assert_eq!(
            error.kind(),
            crate::ErrorKind::InvalidRequest,
            "{lengths:?}"
        );
    }
    assert!(seen.lock().unwrap().is_empty());

    let mut request = get(addr, "/").map(|_| Body::from(Bytes::from_static(b"hello")));
    for length in ["5", "5, 5"] {
        let value = length.parse().unwrap();
        request.headers_mut().append(header::CONTENT_LENGTH, value);
    }
    call(&Client::new(), request).await.unwrap();
    let head = seen.lock().unwrap().pop().unwrap();
    assert_eq!(head.matches("content-length: 5\r\n").count(), 1, "{head}");
    assert_eq!(head.matches("content-length").count(), 1, "{head}");
}

/// A layer that took the body away and left its length: nothing is sent, since the service would wait
/// for bytes and find them in the next request of the connection.
#[tokio::test]
async fn a_length_that_is_not_the_bodys_is_sent_to_nobody() {
    let addr = serving(tower::service_fn(echo)).await;
    let client = Client::new();
    for (length, body) in [("5", ""), ("5", "four"), ("3", "four")] {
        let request = Request::post(format!("http://{addr}/"))
            .header("content-length", length)
            .body(Body::from(Bytes::from_static(body.as_bytes())))
            .unwrap();
        let error = call(&client, request).await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
    }
}
