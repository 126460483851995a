//! When a connection goes back, and which does not.

use http_body::Body as _;

use super::*;

#[tokio::test]
async fn goes_back_at_the_last_byte() {
    for whole in [OK, "HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n"] {
        let peer = Scripted::new(move |_, mut stream| async move {
            while try_read_head(&mut stream).await.is_some() {
                stream.write_all(whole.as_bytes()).await.unwrap();
                if whole != OK {
                    stream.write_all(&[b'x'; 40_000]).await.unwrap();
                }
            }
        })
        .await;
        let client = Client::new();
        for _ in 0..3 {
            let mut body = call(&client, peer.get()).await.unwrap().into_body();
            // As hyper's server does: it asks no further once it has the length.
            while !body.is_end_stream() {
                timeout(SOON, body.frame()).await.unwrap().unwrap().unwrap();
            }
        }
        assert_eq!(peer.connections(), 1);
    }
}

#[tokio::test]
async fn goes_back_with_a_head_that_has_no_body() {
    for (method, answer) in [
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
        ),
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"),
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
    ] {
        let peer = Scripted::repeating(answer).await;
        let client = Client::new();
        for _ in 0..3 {
            let mut request = peer.get();
            *request.method_mut() = method.parse().unwrap();
            let response = call(&client, request).await.unwrap();
            assert!(response.body().is_end_stream(), "{answer:?}");
        }
        assert_eq!(peer.connections(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn what_was_not_quiet_is_not_used_again() {
    for answer in [
        // Says so.
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        // More than was asked for.
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad",
    ] {
        let peer = Scripted::repeating(answer).await;
        let client = Client::new();
        for _ in 0..3 {
            ok(&client, peer.get()).await;
        }
        assert_eq!(peer.connections(), 3, "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_without_a_length_ends_with_its_connection() {
    let peer = Scripted::new(|_, mut stream| async move {
        try_read_head(&mut stream).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\n\r\nok")
            .await
            .unwrap();
    })
    .await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    ok(&client, peer.get()).await;
    assert_eq!(peer.connections(), 2);
}

/// Fault H09: any number of 1xx answers is passed over, and the final one is the answer.
#[tokio::test]
async fn interim_answers_are_passed_over() {
    let peer = Scripted::repeating(concat!(
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ))
    .await;
    let client = Client::new();
    for _ in 0..3 {
        ok(&client, peer.get()).await;
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn expect_is_not_sent_on_and_the_body_is_not_held_back() {
    let peer = Scripted::new(|_, mut stream| async move {
        let head = try_read_head(&mut stream).await.unwrap();
        assert!(!head.contains("expect"), "{head}");
        let mut body = [0; 4];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"body");
        stream.write_all(OK.as_bytes()).await.unwrap();
    })
    .await;
    let mut request = peer.post(Body::from(Bytes::from_static(b"body")));
    request
        .headers_mut()
        .insert("expect", "100-continue".parse().unwrap());
    ok(&Client::new(), request).await;
}

#[tokio::test]
async fn the_youngest_is_used_first() {
    let peer = Scripted::new(|nth, mut stream| async move {
        while try_read_head(&mut stream).await.is_some() {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-nth: {nth}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(b"ok").await.unwrap();
        }
    })
    .await;
    let client = Client::new();
    let two = tokio::join!(call(&client, peer.get()), call(&client, peer.get()));
    let nth = |response: &Response<Body>| response.headers()["x-nth"].clone();
    let (first, last) = (two.0.unwrap(), two.1.unwrap());
    let youngest = nth(&last);
    drop(first);
    drop(last);
    let again = call(&client, peer.get()).await.unwrap();
    assert_eq!((nth(&again), peer.connections()), (youngest, 2));
}

#[tokio::test]
async fn a_get_with_a_streamed_body_has_it() {
    let peer = Scripted::new(|_, mut stream| async move {
        let head = try_read_head(&mut stream).await.unwrap();
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        let mut body = [0; 14];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"4\r\nbody\r\n0\r\n\r\n");
        stream.write_all(OK.as_bytes()).await.unwrap();
    })
    .await;
    let frames = tokio_stream::once(Ok::<_, Infallible>(http_body::Frame::data(
        Bytes::from_static(b"body"),
    )));
    let mut request = peer.get();
    *request.body_mut() = Body::new(http_body_util::StreamBody::new(frames));
    ok(&Client::new(), request).await;
}
