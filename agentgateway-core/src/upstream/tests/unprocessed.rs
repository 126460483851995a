//! What an error says of the request: the service has done nothing of it, or may have.

use super::*;
use crate::upstream::Client;

fn post(addr: SocketAddr) -> Request<Body> {
    Request::post(format!("http://{addr}/"))
        .body(Body::from(Bytes::from_static(b"once")))
        .unwrap()
}

#[tokio::test]
async fn without_a_connection_nothing_was_processed() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = gone.local_addr().unwrap();
    drop(gone);
    let error = call(&Client::new(), post(addr)).await.unwrap_err();
    assert!(error.is_unprocessed(), "{error:?}");

    // It accepts, and does not answer TLS's or HTTP/2's first word.
    let silent = scripted(|stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let client = Client::builder()
        .http2_only()
        .connect_deadline(Duration::from_millis(50))
        .build();
    let error = call(&client, post(silent)).await.unwrap_err();
    assert!(error.is_unprocessed(), "{error:?}");
}

#[tokio::test]
async fn what_was_sent_may_have_been_processed() {
    let addr = answering("").await;
    let error = call(&Client::new(), post(addr)).await.unwrap_err();
    assert!(!error.is_unprocessed(), "{error:?}");
}

/// The second attempt finds no connection, but the first had one.
#[tokio::test]
async fn an_attempt_that_was_sent_is_not_forgotten() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        read_head(&mut stream).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        read_head(&mut stream).await;
    });
    let client = Client::new();
    assert_eq!(text(call(&client, get(addr, "/")).await.unwrap()).await, "");
    let error = call(&client, get(addr, "/")).await.unwrap_err();
    assert!(error.message().starts_with("cannot reach"), "{error:?}");
    assert!(!error.is_unprocessed(), "{error:?}");
}
