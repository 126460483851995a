use std::{convert::Infallible, pin::pin};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Channel, Empty, Full, StreamBody};
use tokio_test::{assert_pending, assert_ready, task::spawn};

use super::*;
use crate::error::{BoxError, Error, ErrorKind};

fn channel() -> (
    http_body_util::channel::Sender<Bytes, Error>,
    Channel<Bytes, Error>,
) {
    Channel::new(4)
}

#[tokio::test]
async fn yields_what_was_read_and_what_was_not() {
    let (mut sender, body) = channel();
    sender.send_data(Bytes::from_static(b"0123")).await.unwrap();
    sender.send_data(Bytes::from_static(b"4567")).await.unwrap();
    let Look::OverLimit(peeked) = Peeked::peek(body, 6).await else {
        panic!("over the limit")
    };
    sender.send_data(Bytes::from_static(b"89")).await.unwrap();
    drop(sender);
    assert_eq!(peeked.collect().await.unwrap().to_bytes(), "0123456789");
}

#[tokio::test]
async fn reads_on_behind_the_beginning() {
    for limit in [7, 6] {
        let (mut sender, body) = channel();
        for piece in ["{\"a\"", ":1", "}"] {
            sender.send_data(Bytes::from(piece)).await.unwrap();
        }
        drop(sender);
        let Look::OverLimit(peeked) = Peeked::peek_beginning(body, 1).await else {
            panic!("longer")
        };
        assert_eq!(peeked.beginning(3), "{\"a");
        let peeked = match peeked.peek_more(limit).await {
            Look::Whole(seen, peeked) if limit == 7 => {
                assert_eq!(seen, "{\"a\":1}");
                peeked
            }
            Look::OverLimit(peeked) if limit == 6 => peeked,
            look => panic!("{look:?}"),
        };
        assert_eq!(peeked.collect().await.unwrap().to_bytes(), "{\"a\":1}");
    }
}

#[tokio::test]
async fn one_chunk_is_not_copied() {
    let bytes = Bytes::from_static(b"{}");
    let Look::Whole(seen, peeked) = Peeked::peek(Full::new(bytes.clone()), 2).await else {
        panic!("whole")
    };
    assert_eq!(seen.as_ptr(), bytes.as_ptr());
    assert_eq!(peeked.whole().unwrap().as_ptr(), bytes.as_ptr());
    assert_eq!(peeked.size_hint().exact(), Some(2));
}

#[tokio::test]
async fn an_empty_body_is_whole_at_once() {
    let Look::Whole(seen, peeked) = Peeked::peek(Empty::<Bytes>::new(), 0).await else {
        panic!("whole")
    };
    assert!(seen.is_empty() && peeked.is_end_stream());
}

#[tokio::test]
async fn trailers_are_replayed_behind_the_data() {
    let (mut sender, body) = channel();
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "1".parse().unwrap());
    sender.send_trailers(trailers).await.unwrap();
    let Look::Whole(_, peeked) = Peeked::peek(body, 10).await else {
        panic!("whole")
    };
    let collected = peeked.collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "1");
    assert_eq!(collected.to_bytes(), "x");
}

#[tokio::test]
async fn an_error_is_replayed_behind_what_was_read() {
    let (mut sender, body) = channel();
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    sender.abort(Error::new(ErrorKind::Unavailable, "gone"));
    let Look::Failed(mut peeked) = Peeked::peek(body, 10).await else {
        panic!("failed")
    };
    let frame = peeked.frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "x");
    assert_eq!(peeked.frame().await.unwrap().unwrap_err().message(), "gone");
    assert!(peeked.frame().await.is_none());
}

/// Erased, a peeked body is the same body: whole, with trailers, failed, or replaced in pieces.
#[tokio::test]
async fn an_erased_peek_yields_all_that_the_peek_would() {
    let Look::Whole(_, peeked) = Peeked::peek(Full::new(Bytes::from_static(b"{}")), 2).await else {
        panic!("whole")
    };
    let body = peeked.into_body();
    assert_eq!(body.size_hint().exact(), Some(2));
    assert_eq!(body.collect().await.unwrap().to_bytes(), "{}");

    let (mut sender, body) = channel();
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "1".parse().unwrap())]);
    sender.send_trailers(trailers).await.unwrap();
    let Look::Whole(_, mut peeked) = Peeked::peek(body, 10).await else {
        panic!("whole")
    };
    peeked.replace_read(["a", "", "b", "c"].map(Bytes::from));
    assert_eq!((peeked.size_hint().lower(), peeked.whole()), (3, None));
    let collected = peeked.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "1");
    assert_eq!(collected.to_bytes(), "abc");

    let (mut sender, body) = channel();
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    sender.abort(Error::new(ErrorKind::Unavailable, "gone"));
    let Look::Failed(peeked) = Peeked::peek(body, 10).await else {
        panic!("failed")
    };
    let mut body = peeked.into_body();
    let frame = body.frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "x");
    assert_eq!(body.frame().await.unwrap().unwrap_err().message(), "gone");
}

#[tokio::test]
async fn peek_waits_for_the_body_and_no_longer() {
    let (mut sender, body) = channel();
    let mut peek = spawn(Peeked::peek(body, 10));
    assert_pending!(peek.poll());
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    assert!(peek.is_woken());
    assert_pending!(peek.poll());
    drop(sender);
    assert!(matches!(assert_ready!(peek.poll()), Look::Whole(..)));
}

/// Fault E02 (part): a future or a body that is dropped: ends once.
#[tokio::test]
async fn tells_each_end_once() {
    let ends = |body: Channel<Bytes, Error>| {
        let (send, receive) = std::sync::mpsc::channel();
        let body = WithEnd::new(body, move |end: End<'_>| send.send(end.as_str()).unwrap());
        (body, receive)
    };

    let (sender, body) = channel();
    let (body, told) = ends(body);
    drop(sender);
    body.collect().await.unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["complete"]);

    let (sender, body) = channel();
    let (body, told) = ends(body);
    sender.abort(Error::new(ErrorKind::Unavailable, "gone"));
    body.collect().await.unwrap_err();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["failed"]);

    let (_sender, body) = channel();
    let (body, told) = ends(body);
    drop(body);
    assert_eq!(told.iter().collect::<Vec<_>>(), ["dropped"]);
}

#[tokio::test]
async fn the_end_is_told_with_the_last_byte() {
    let (send, told) = std::sync::mpsc::channel();
    let body = Full::new(Bytes::from_static(b"x"));
    let mut body = pin!(WithEnd::new(body, move |end: End<'_>| send
        .send(end.as_str())
        .unwrap()));
    body.frame().await.unwrap().unwrap();
    assert_eq!(told.try_recv(), Ok("complete"));
}

#[tokio::test]
async fn a_body_is_not_erased_twice() {
    let frames = tokio_test::stream_mock::StreamMockBuilder::new()
        .next(Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"x"))))
        .build();
    let once = Body::new(StreamBody::new(frames));
    let twice = Body::new(once);
    assert_eq!(twice.collect().await.unwrap().to_bytes(), "x");
    assert_eq!(
        Body::from(Bytes::from_static(b"abc")).size_hint().exact(),
        Some(3)
    );
}

/// Says that it is long; whoever reads it is wrong.
#[derive(Debug)]
struct Declared(u64);

impl HttpBody for Declared {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Error>>> {
        panic!("read, though it is over the limit")
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0)
    }
}

#[tokio::test]
async fn a_body_that_declares_too_much_is_not_read() {
    for length in [11, u64::MAX] {
        let look = Peeked::peek(Declared(length), 10).await;
        assert!(matches!(look, Look::OverLimit(_)));
    }
}

/// Always ready, with nothing in its frames.
#[derive(Debug)]
struct Hollow;

impl HttpBody for Hollow {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Error>>> {
        std::task::Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
    }
}

#[test]
fn a_body_that_is_always_ready_does_not_hold_the_turn() {
    let mut peek = spawn(Peeked::peek(Hollow, 10));
    assert_pending!(peek.poll());
    assert!(peek.is_woken());
}

#[tokio::test]
async fn an_empty_chunk_costs_no_copy() {
    let (mut sender, body) = channel();
    let bytes = Bytes::from(b"0123".to_vec());
    sender.send_data(Bytes::new()).await.unwrap();
    sender.send_data(bytes.clone()).await.unwrap();
    drop(sender);
    let Look::Whole(seen, _) = Peeked::peek(body, 10).await else {
        panic!("whole")
    };
    assert_eq!(seen.as_ptr(), bytes.as_ptr());
}

#[test]
fn auto_traits() {
    fn send<T: Send + Unpin>() {}
    send::<Peeked<Body>>();
    send::<Peeked<Peeked<Full<Bytes>>>>();
    fn is_body<B: HttpBody<Data = Bytes, Error = Infallible>>() {}
    is_body::<Peeked<Full<Bytes>>>();
}

#[tokio::test(start_paused = true)]
async fn a_silent_body_fails_when_its_reader_has_waited_too_long() {
    use std::time::Duration;
    let second = Duration::from_secs(1);
    let (mut sender, body) = channel();
    let mut body = spawn(StallTimeout::new(body, 10 * second));
    let poll = |body: &mut tokio_test::task::Spawn<StallTimeout<_>>| {
        body.enter(|cx, body| body.poll_frame(cx))
    };
    assert_pending!(poll(&mut body));
    tokio::time::advance(9 * second).await;
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    assert!(assert_ready!(poll(&mut body)).unwrap().is_ok());
    // The reader takes its time: nobody waits.
    tokio::time::advance(60 * second).await;
    assert_pending!(poll(&mut body));
    tokio::time::advance(9 * second).await;
    assert_pending!(poll(&mut body));
    tokio::time::advance(2 * second).await;
    assert!(body.is_woken());
    let error = assert_ready!(poll(&mut body)).unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Timeout, "the service sent nothing for 10 s")
    );
    assert!(assert_ready!(poll(&mut body)).is_none());
}
