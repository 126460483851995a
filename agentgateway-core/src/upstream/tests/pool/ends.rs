//! How answers end, well and badly.

use super::*;
use crate::ErrorKind;

/// Fault H34: an answer cut within its body gives what came, then an error, and never an end.
#[tokio::test]
async fn what_came_before_the_cut_goes_out_before_the_error() {
    for (answer, data) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart",
            &b"part"[..],
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n3\r\nnex",
            b"partnex",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n",
            b"part",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n0\r\n",
            b"part",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\nnonsense\r\n",
            b"part",
        ),
    ] {
        let peer = Scripted::new(move |_, mut stream| async move {
            try_read_head(&mut stream).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await;
        let client = Client::new();
        let mut body = call(&client, peer.get()).await.unwrap().into_body();
        let mut seen = Vec::new();
        let error = loop {
            match timeout(SOON, body.frame()).await.unwrap().unwrap() {
                Ok(frame) => seen.extend(frame.into_data().unwrap()),
                Err(error) => break error,
            }
        };
        assert_eq!(seen, data, "{answer:?}");
        assert!(
            matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::BadAnswer),
            "{error:?}"
        );
        assert!(timeout(SOON, body.frame()).await.unwrap().is_none());
        assert_eq!(client.idle(), 0);
    }
}

/// Fault H33: an answer that is not HTTP is a bad answer, and its connection is not used again.
#[tokio::test]
async fn answers_that_are_no_http_are_told() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(2 << 20));
    let long: &'static str = Box::leak(long.into_boxed_str());
    for answer in [
        "HTTP/1.1 2xx OK\r\n\r\n",
        "HTTP/0.9\r\n\r\n",
        "<html>hello</html>\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nx",
        long,
    ] {
        let peer = Scripted::new(move |_, mut stream| async move {
            try_read_head(&mut stream).await.unwrap();
            // The client may close before it has all.
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.read_u8().await;
        })
        .await;
        let client = Client::new();
        let error = call(&client, peer.get()).await.unwrap_err();
        let shown = &answer[..answer.len().min(60)];
        assert_eq!(error.kind(), ErrorKind::BadAnswer, "{shown:?}: {error:?}");
        assert_eq!((client.idle(), peer.connections()), (0, 1), "{shown:?}");
    }
}

/// Fault H40: trailers of HTTP/1.1 come last, and without the fields that no trailer may hold.
#[tokio::test]
async fn trailers_come_last_and_give_the_connection_back() {
    let peer = Scripted::repeating(concat!(
        "HTTP/1.1 200 OK\r\ntrailer: x-end\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
        "content-length: 9\r\nhost: other\r\nx-end: yes\r\n\r\n"
    ))
    .await;
    let client = Client::new();
    for _ in 0..3 {
        let body = call(&client, peer.get()).await.unwrap().into_body();
        let whole = timeout(SOON, body.collect()).await.unwrap().unwrap();
        let trailers = whole.trailers().unwrap();
        assert_eq!(
            (trailers.len(), &trailers["x-end"]),
            (1, &"yes".parse().unwrap())
        );
        assert_eq!(whole.to_bytes(), "ok");
    }
    assert_eq!(peer.connections(), 1);
}
