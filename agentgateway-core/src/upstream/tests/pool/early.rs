//! Answers that start before the request has been sent.

use http_body_util::StreamBody;
use tokio_stream::{Stream, StreamExt};

use super::*;

const PIECE: usize = 64 * 1024;

fn pieces(count: usize) -> impl Stream<Item = Result<http_body::Frame<Bytes>, Infallible>> + Send {
    let piece = Bytes::from(vec![b'x'; PIECE]);
    tokio_stream::iter((0..count).map(move |_| Ok(http_body::Frame::data(piece.clone()))))
}

/// The service answers 16 MiB while it reads 16 MiB, and waits for neither.
#[tokio::test]
async fn large_both_ways_at_once_does_not_stall() {
    let peer = Scripted::new(|_, mut stream| async move {
        try_read_head(&mut stream).await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 16777216\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let write = async {
            for _ in 0..256 {
                writer.write_all(&[b'y'; PIECE]).await.unwrap();
            }
        };
        let read = async {
            let mut buffer = vec![0; PIECE];
            let mut left = 16 << 20;
            while left > 0 {
                left -= reader.read(&mut buffer).await.unwrap().min(left);
            }
        };
        tokio::join!(write, read);
    })
    .await;
    let client = Client::new();
    let request = peer.post(Body::new(StreamBody::new(pieces(256))));
    let body = call(&client, request).await.unwrap().into_body();
    let whole = timeout(SOON * 4, body.collect()).await.unwrap().unwrap();
    assert_eq!(whole.to_bytes().len(), 16 << 20);
    // Spawned, hence not used again.
    assert_eq!(client.idle(), 0);
}

/// The upload goes on although nobody reads the answer.
#[tokio::test]
async fn a_stalled_reader_does_not_stop_the_upload() {
    let received = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&received);
    let peer = Scripted::new(move |_, mut stream| {
        let count = Arc::clone(&count);
        async move {
            try_read_head(&mut stream).await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n";
            stream.write_all(head).await.unwrap();
            let mut buffer = vec![0; PIECE];
            loop {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(bytes) => count.fetch_add(bytes, SeqCst),
                };
            }
        }
    })
    .await;
    let request = peer.post(Body::new(StreamBody::new(pieces(256))));
    let unread = call(&Client::new(), request).await.unwrap();
    until(|| received.load(SeqCst) > 16 << 20).await;
    drop(unread);
}

/// Whoever is done with an early answer is done with the upload: it ends with its connection.
#[tokio::test]
async fn an_answer_that_has_ended_ends_the_upload() {
    let (closed, mut told) = tokio::sync::mpsc::channel(1);
    let peer = Scripted::new(move |_, mut stream| {
        let closed = closed.clone();
        async move {
            try_read_head(&mut stream).await.unwrap();
            stream.write_all(OK.as_bytes()).await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let endless = pieces(1).chain(tokio_stream::pending());
    let request = peer.post(Body::new(StreamBody::new(endless)));
    let client = Client::new();
    ok(&client, request).await;
    timeout(SOON, told.recv()).await.unwrap().unwrap();
    assert_eq!(client.idle(), 0);
}

/// The executor that the application passes is the one that is asked.
#[tokio::test]
async fn the_connection_goes_to_the_applications_executor() {
    let spawned = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&spawned);
    let client = Client::builder()
        .executor(move |task| {
            count.fetch_add(1, SeqCst);
            tokio::spawn(task);
        })
        .build();
    let peer = Scripted::repeating(OK).await;
    ok(&client, peer.get()).await;
    ok(&client, peer.post(Body::from(Bytes::from_static(b"")))).await;
    assert_eq!(spawned.load(SeqCst), 0, "one exchange, one task");
    let endless = pieces(1).chain(tokio_stream::pending());
    ok(&client, peer.post(Body::new(StreamBody::new(endless)))).await;
    assert_eq!(spawned.load(SeqCst), 1);
}
