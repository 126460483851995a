use std::error::Error as StdError;

use http_body_util::StreamBody;
use tokio::sync::oneshot;

use super::*;
use crate::{ErrorKind, upstream::Client};

#[tokio::test]
async fn refused_connection_tells_the_operator_where_and_no_more() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = gone.local_addr().unwrap();
    drop(gone);
    let error = call(&Client::new(), get(addr, "/path?key=hunter2"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let detail = format!("cannot reach http://{addr}");
    assert_eq!(error.detail(), Some(&*detail));
    assert_eq!(error.to_string(), "cannot reach the service");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn unknown_host_cannot_be_reached() {
    let request = Request::get("http://nowhere.invalid/")
        .body(Body::empty())
        .unwrap();
    let error = call(&Client::new(), request).await.unwrap_err();
    assert_eq!(
        error.detail(),
        Some("cannot reach http://nowhere.invalid: its name was not found")
    );
    let told = "cannot reach the service: its name was not found";
    assert_eq!(error.to_string(), told);
}

/// A listener whose queue is full does not answer a SYN: a black hole on loopback.
#[tokio::test]
async fn connect_deadline_is_a_timeout() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let hole = socket.listen(1).unwrap();
    let addr = hole.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(100), TcpStream::connect(addr)).await {
        queued.push(stream.unwrap());
    }
    let client = Client::builder()
        .connect_deadline(Duration::from_millis(50))
        .build();
    let error = call(&client, get(addr, "/?key=hunter2")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let words = "did not take a connection within 50ms";
    assert_eq!(error.to_string(), format!("the service {words}"));
    let detail = format!("http://{addr} {words}");
    assert_eq!(error.detail(), Some(&*detail));
}

#[tokio::test]
async fn https_without_tls_is_refused_clearly() {
    let request = Request::get("https://127.0.0.1:1/")
        .body(Body::empty())
        .unwrap();
    let error = call(&Client::new(), request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.message().contains("needs TLS"), "{error}");
}

#[tokio::test]
async fn requests_without_a_target_are_refused() {
    for uri in ["/path", "ftp://host/", "http://user:hunter2@127.0.0.1:1/"] {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        let error = call(&Client::new(), request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{uri}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let tunnel = Request::connect("127.0.0.1:1").body(Body::empty()).unwrap();
    let error = call(&Client::new(), tunnel).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MethodNotAllowed);
}

#[tokio::test]
async fn broken_and_wrong_answers_are_told_apart() {
    for (answer, kind, words) in [
        ("", ErrorKind::Unavailable, "broke the connection"),
        (
            "HTTP/1.1 200 OK\r\nx",
            ErrorKind::Unavailable,
            "broke the connection",
        ),
        (
            "SSH-2.0-server\r\n\r\n",
            ErrorKind::BadAnswer,
            "not valid HTTP",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            ErrorKind::BadAnswer,
            "not asked for",
        ),
    ] {
        let addr = answering(answer).await;
        let error = call(&Client::new(), get(addr, "/")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
        assert!(error.message().contains(words), "{error}");
        let named = format!("http://{addr} ");
        assert!(error.detail().unwrap().starts_with(&named), "{error:?}");
        assert!(error.message().starts_with("the service "), "{error}");
    }
}

#[tokio::test]
async fn cut_body_gives_its_data_and_then_an_error() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n",
    ] {
        let addr = answering(answer).await;
        let mut body = call(&Client::new(), get(addr, "/"))
            .await
            .unwrap()
            .into_body();
        let first = timeout(SOON, body.frame()).await.unwrap().unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "part");
        let error = timeout(SOON, body.frame())
            .await
            .unwrap()
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert_eq!(error.message(), "the service broke the connection");
    }
}

#[tokio::test]
async fn error_of_the_request_body_stays_what_it_is() {
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    for (client, greeting) in [
        (Client::new(), &b""[..]),
        (Client::builder().http2_only().build(), settings),
    ] {
        let addr = scripted(move |mut stream| async move {
            stream.write_all(greeting).await.unwrap();
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        })
        .await;
        let frames = tokio_test::stream_mock::StreamMockBuilder::new()
            .next(Err::<http_body::Frame<Bytes>, _>(Error::new(
                ErrorKind::TooLarge,
                "no more",
            )))
            .build();
        let request = Request::post(format!("http://{addr}/"))
            .body(Body::new(StreamBody::new(frames)))
            .unwrap();
        let error = call(&client, request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    }
}

/// Answers with `head`, then tells when the client has closed.
async fn watched(head: &'static str) -> (SocketAddr, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (closed, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        // The end, or a reset.
        assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
        closed.send(()).unwrap();
    });
    (addr, told)
}

#[tokio::test]
async fn dropping_the_future_closes_the_connection() {
    let (addr, told) = watched("").await;
    let call = tower::ServiceExt::oneshot(Client::new(), get(addr, "/"));
    assert!(timeout(Duration::from_millis(100), call).await.is_err());
    timeout(Duration::from_secs(1), told)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn dropping_the_body_closes_the_connection() {
    let (addr, told) = watched("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart").await;
    let client = Client::new();
    let mut body = call(&client, get(addr, "/")).await.unwrap().into_body();
    assert!(body.frame().await.unwrap().is_ok());
    drop(body);
    timeout(Duration::from_secs(1), told)
        .await
        .unwrap()
        .unwrap();
}
