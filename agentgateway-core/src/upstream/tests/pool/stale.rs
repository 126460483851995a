//! Connections that their service closes while they lie idle, or under a request.

use tokio::sync::Notify;

use super::*;
use crate::{ErrorKind, context::Attempt, upstream::Idempotent};

/// Fault H35: a connection whose FIN or reset has come is not handed out, whatever the method.
#[tokio::test]
async fn a_closed_connection_is_never_handed_out() {
    for reset in [false, true] {
        let closed = Arc::new(Notify::new());
        let told = Arc::clone(&closed);
        let peer = Scripted::new(move |_, mut stream| {
            let told = Arc::clone(&told);
            async move {
                try_read_head(&mut stream).await.unwrap();
                stream.write_all(OK.as_bytes()).await.unwrap();
                if reset {
                    // Waits until the answer was read, which a reset would take with it.
                    told.notified().await;
                    stream.set_zero_linger().unwrap();
                }
                drop(stream);
                told.notify_one();
            }
        })
        .await;
        let client = Client::new();
        for _ in 0..200 {
            ok(&client, peer.post(Body::empty())).await;
            if reset {
                closed.notify_one();
                tokio::task::yield_now().await;
            }
            closed.notified().await;
        }
        assert_eq!(peer.connections(), 200);
    }
}

/// Answers once, and closes the connection when the next request has come; so does every connection
/// up to the `good`th, which answers always.
async fn dies_under_the_second(good: usize) -> Scripted {
    Scripted::new(move |nth, mut stream| async move {
        while try_read_head(&mut stream).await.is_some() {
            stream.write_all(OK.as_bytes()).await.unwrap();
            if nth < good {
                let _ = stream.read_u8().await;
                return;
            }
        }
    })
    .await
}

/// Fault H35: what is idempotent is sent again, once, when an old connection dies without a byte.
#[tokio::test]
async fn what_is_safe_to_repeat_is_repeated() {
    let peer = dies_under_the_second(2).await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    ok(&client, peer.get()).await;
    assert_eq!(peer.connections(), 2);

    let peer = dies_under_the_second(2).await;
    ok(&client, peer.get()).await;
    let mut marked = peer.post(Body::from(Bytes::from_static(b"again")));
    marked.extensions_mut().insert(Idempotent::new());
    ok(&client, marked).await;
    assert_eq!(peer.connections(), 2);
}

/// Who counts attempts is not given one more than it asked for.
#[tokio::test]
async fn what_somebody_retries_is_not_repeated() {
    let peer = dies_under_the_second(2).await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    let mut attempt = peer.get();
    attempt.extensions_mut().insert(Attempt::new(1));
    let error = call(&client, attempt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(peer.connections(), 1);
}

/// Fault H35: a request that may have been acted on is not sent again.
#[tokio::test]
async fn what_is_not_safe_to_repeat_fails() {
    let peer = dies_under_the_second(2).await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    let body = Body::from(Bytes::from_static(b"once"));
    let error = call(&client, peer.post(body)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.message().contains("broke the connection"),
        "{error:?}"
    );
    assert_eq!(peer.connections(), 1);
}

/// Fault H48: a body that is not in memory cannot be sent again; the first error is the answer.
#[tokio::test]
async fn a_streamed_body_is_not_repeated() {
    let peer = dies_under_the_second(2).await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    let frames = tokio_stream_of(b"part");
    let mut request = peer.post(frames);
    request.extensions_mut().insert(Idempotent::new());
    let error = call(&client, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(peer.connections(), 1);
}

fn tokio_stream_of(bytes: &'static [u8]) -> Body {
    let frames = tokio_test::stream_mock::StreamMockBuilder::new()
        .next(Ok::<_, Infallible>(http_body::Frame::data(
            Bytes::from_static(bytes),
        )))
        .build();
    Body::new(http_body_util::StreamBody::new(frames))
}

#[tokio::test]
async fn it_is_repeated_once_and_no_more() {
    let peer = Scripted::new(|nth, mut stream| async move {
        try_read_head(&mut stream).await.unwrap();
        if nth == 1 {
            stream.write_all(OK.as_bytes()).await.unwrap();
            try_read_head(&mut stream).await;
        }
    })
    .await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    let error = call(&client, peer.get()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_new_connection_that_dies_says_something_of_the_service() {
    let peer = Scripted::new(|_, mut stream| async move {
        try_read_head(&mut stream).await.unwrap();
    })
    .await;
    let error = call(&Client::new(), peer.get()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_byte_of_an_answer_ends_all_thought_of_repeating() {
    let peer = Scripted::new(|_, mut stream| async move {
        try_read_head(&mut stream).await.unwrap();
        stream.write_all(OK.as_bytes()).await.unwrap();
        try_read_head(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 2").await.unwrap();
    })
    .await;
    let client = Client::new();
    ok(&client, peer.get()).await;
    assert!(call(&client, peer.get()).await.is_err());
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn maintain_closes_what_expired_and_what_was_closed() {
    let peer = Scripted::new(|nth, mut stream| async move {
        try_read_head(&mut stream).await.unwrap();
        stream.write_all(OK.as_bytes()).await.unwrap();
        // The second closes first; the first waits to be closed.
        if nth == 1 {
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        }
    })
    .await;
    let client = Client::builder()
        .idle_timeout(Duration::from_millis(150))
        .build();
    let two = tokio::join!(call(&client, peer.get()), call(&client, peer.get()));
    drop((text(two.0.unwrap()).await, text(two.1.unwrap()).await));
    let maintaining = tokio::spawn(client.maintain());
    until(|| client.idle() == 0).await;
    drop(client);
    timeout(SOON, maintaining).await.unwrap().unwrap();
}

/// Fault H35: a connection that went from one exchange straight to the next is as old as one that lay idle.
#[tokio::test]
async fn a_connection_that_was_handed_over_is_an_old_one() {
    let asked = Arc::new(Notify::new());
    let waits = Arc::clone(&asked);
    let peer = Scripted::new(move |nth, mut stream| {
        let waits = Arc::clone(&waits);
        async move {
            while try_read_head(&mut stream).await.is_some() {
                if nth == 1 {
                    waits.notified().await;
                }
                stream.write_all(OK.as_bytes()).await.unwrap();
                if nth == 1 {
                    let _ = stream.read_u8().await;
                    return;
                }
            }
        }
    })
    .await;
    let client = Client::builder().max_connections_per_host(1).build();
    let first = async { ok(&client, peer.get()).await };
    let second = async {
        until(|| peer.connections() == 1).await;
        let mut waiting = tokio_test::task::spawn(call(&client, peer.get()));
        assert!(waiting.poll().is_pending());
        asked.notify_one();
        assert_eq!(text(waiting.await.unwrap()).await, "ok");
    };
    tokio::join!(first, second);
    assert_eq!(peer.connections(), 2);
}

/// Fault H35: a reset that comes between the look at a connection and the first write: nothing was sent, so it is sent again, whatever the method.
#[tokio::test]
async fn what_was_not_sent_is_sent_again_whatever_the_method() {
    use std::{
        io::{Read, Write},
        sync::mpsc,
    };
    // The peer is a thread, and this one blocks: the runtime has no chance to see the reset.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (reset, waits) = mpsc::channel::<()>();
    let (done, is_reset) = mpsc::channel::<()>();
    let peer = std::thread::spawn(move || {
        let answer = |stream: &mut std::net::TcpStream| {
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut piece = [0; 1024];
                let count = stream.read(&mut piece).unwrap();
                assert!(count > 0);
                head.extend_from_slice(&piece[..count]);
            }
            stream.write_all(OK.as_bytes()).unwrap();
        };
        let (mut stream, _) = listener.accept().unwrap();
        answer(&mut stream);
        waits.recv().unwrap();
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        drop(stream);
        done.send(()).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        answer(&mut stream);
    });
    let mut client = Client::new();
    ok(&client, get(addr, "/")).await;
    let post = Request::post(format!("http://{addr}/"))
        .body(Body::from(Bytes::from_static(b"once")))
        .unwrap();
    let answer = Service::call(&mut client, post);
    reset.send(()).unwrap();
    is_reset.recv().unwrap();
    let response = timeout(SOON, answer).await.unwrap();
    // A failure leaves the thread waiting, which ends with the process.
    assert_eq!(text(response.unwrap()).await, "ok");
    peer.join().unwrap();
}
