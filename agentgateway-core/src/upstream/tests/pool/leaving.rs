//! Clients that leave, at any point.

use super::*;

/// Answers with `answer`, then tells when the client has closed.
async fn telling(answer: &'static str) -> (Scripted, tokio::sync::mpsc::Receiver<usize>) {
    let (closed, told) = tokio::sync::mpsc::channel(8);
    let peer = Scripted::new(move |nth, mut stream| {
        let closed = closed.clone();
        async move {
            while try_read_head(&mut stream).await.is_some() {
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
            closed.send(nth).await.unwrap();
        }
    })
    .await;
    (peer, told)
}

/// Fault H42: a client that leaves in mid-stream closes the connection to the service at once.
#[tokio::test]
async fn a_stream_that_nobody_wants_is_closed() {
    let (peer, mut told) =
        telling("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n").await;
    let client = Client::new();
    let mut body = call(&client, peer.get()).await.unwrap().into_body();
    assert!(timeout(SOON, body.frame()).await.unwrap().unwrap().is_ok());
    drop(body);
    timeout(Duration::from_millis(500), told.recv())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(client.idle(), 0);
}

/// Fault H42: a client that leaves before the head closes the connection to the service at once.
#[tokio::test]
async fn a_head_that_nobody_wants_is_not_waited_for() {
    let (peer, mut told) = telling("").await;
    let client = Client::new();
    let request = call(&client, peer.get());
    assert!(timeout(Duration::from_millis(100), request).await.is_err());
    timeout(Duration::from_millis(500), told.recv())
        .await
        .unwrap()
        .unwrap();
}

/// The rest is short and here: reading it costs less than a new connection.
#[tokio::test]
async fn a_short_rest_that_is_here_is_drained() {
    let long = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 30000\r\n\r\n{}",
        "x".repeat(30_000)
    );
    let (peer, _told) = telling(Box::leak(long.into_boxed_str())).await;
    let client = Client::new();
    for _ in 0..20 {
        let mut body = call(&client, peer.get()).await.unwrap().into_body();
        // Something was read, so that the driver has seen the rest come.
        timeout(SOON, body.frame()).await.unwrap().unwrap().unwrap();
        tokio::task::yield_now().await;
        drop(body);
    }
    assert!(peer.connections() < 20, "{}", peer.connections());
}

/// What a long answer has left is not read for the sake of a connection.
#[tokio::test]
async fn a_long_rest_is_not_drained() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
    let (peer, mut told) = telling(head).await;
    let client = Client::new();
    drop(call(&client, peer.get()).await.unwrap());
    timeout(SOON, told.recv()).await.unwrap().unwrap();
    assert_eq!(client.idle(), 0);
}

/// Fault S20: an exchange dropped at any of its polls leaks no place and poisons no connection.
#[tokio::test]
async fn dropped_at_each_poll_nothing_is_lost() {
    let peer = Scripted::repeating(concat!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "2\r\nok\r\n0\r\n\r\n"
    ))
    .await;
    let client = Client::builder().max_connections_per_host(1).build();
    for polls in 0..12 {
        let mut left = polls;
        let exchange = async { text(call(&client, peer.get()).await.unwrap()).await };
        let mut exchange = Box::pin(exchange);
        let cut = std::future::poll_fn(|cx| {
            if left == 0 {
                return std::task::Poll::Ready(());
            }
            left -= 1;
            exchange.as_mut().poll(cx).map(drop)
        });
        timeout(SOON, cut).await.unwrap();
        drop(exchange);
        // With one place, one that was lost would stop this.
        ok(&client, peer.get()).await;
    }
}
