use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, Channel, Full, channel::Sender};
use proptest::prelude::*;
use tokio_test::{assert_pending, assert_ready, task::spawn};

use crate::{
    body::End,
    error::{Error, ErrorKind},
    rescue::*,
    sse::{SseEvent, SseMessage},
};

/// Complete at `[DONE]`; drops events of "drop", replaces those of "swap".
#[derive(Clone, Default)]
pub(super) struct Marked {
    done: bool,
    silent: bool,
    ends: Arc<Mutex<Vec<&'static str>>>,
    pub(super) seen: Arc<Mutex<Vec<u8>>>,
}

impl Marked {
    pub(super) fn ends(&self) -> Vec<&'static str> {
        self.ends.lock().unwrap().clone()
    }
}

impl Watch for Marked {
    fn whole(&mut self, body: &[u8]) {
        self.seen.lock().unwrap().extend_from_slice(body);
    }

    fn data(&mut self, data: &Bytes) {
        self.seen.lock().unwrap().extend_from_slice(data);
    }

    fn trailers(&mut self, trailers: &HeaderMap) {
        let status = trailers["grpc-status"].as_bytes();
        self.seen.lock().unwrap().extend_from_slice(status);
    }

    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        match event.data() {
            b"[DONE]" => self.done = true,
            b"drop" => return Verdict::Drop,
            b"swap" => return Verdict::Replace(Bytes::from_static(b"data: swapped\n\n")),
            _ => {}
        }
        Verdict::Keep
    }

    fn ending(&self) -> Ending {
        if self.done {
            Ending::Complete
        } else {
            Ending::Truncated
        }
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        (!self.silent).then(|| SseMessage::new(error.kind().as_str()))
    }

    fn end(&mut self, end: End<'_>) {
        self.ends.lock().unwrap().push(end.as_str());
    }
}

pub(super) type Events = ResponseBody<Channel<Bytes, Error>, Marked>;

pub(super) fn events(watch: &Marked) -> (Sender<Bytes, Error>, Events) {
    let (sender, body) = Channel::new(64);
    (
        sender,
        ResponseBody::new(body, watch.clone(), Handling::Events),
    )
}

async fn relay(chunks: &[&[u8]]) -> (Vec<u8>, Marked) {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    for chunk in chunks {
        sender
            .send_data(Bytes::copy_from_slice(chunk))
            .await
            .unwrap();
    }
    drop(sender);
    (body.collect().await.unwrap().to_bytes().to_vec(), watch)
}

#[tokio::test]
async fn frames_are_shown_as_they_pass() {
    let watch = Marked::default();
    let (mut sender, body) = Channel::<Bytes, Error>::new(4);
    let mut body = ResponseBody::new(body, watch.clone(), Handling::Frames);
    let chunk = Bytes::from_static(b"\0\0");
    sender.send_data(chunk.clone()).await.unwrap();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!((frame.as_ptr(), &*frame), (chunk.as_ptr(), &*chunk));
    assert_eq!(*watch.seen.lock().unwrap(), b"\0\0");
    let trailers = HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        http::HeaderValue::from_static("5"),
    )]);
    sender.send_trailers(trailers).await.unwrap();
    drop(sender);
    assert!(body.frame().await.unwrap().unwrap().is_trailers());
    assert!(body.frame().await.is_none());
    assert_eq!(*watch.seen.lock().unwrap(), b"\0\x005");
    assert_eq!(watch.ends(), ["complete"]);
}

#[tokio::test]
async fn whole_events_are_forwarded_as_the_same_bytes() {
    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    let chunk = Bytes::from(b"data: a\n\n: ping\n\ndata: [DONE]\n\n".to_vec());
    sender.send_data(chunk.clone()).await.unwrap();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!((frame.as_ptr(), frame.len()), (chunk.as_ptr(), chunk.len()));
    drop(sender);
    assert!(body.frame().await.is_none());
    assert_eq!(watch.ends(), ["complete"]);
}

#[tokio::test]
async fn an_unfinished_event_waits_and_all_else_goes() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    let mut body = spawn(body);
    sender
        .send_data(Bytes::from_static(b"data: a\n\ndata: b"))
        .await
        .unwrap();
    let frame = body.enter(|cx, body| body.poll_frame(cx));
    assert_eq!(
        assert_ready!(frame).unwrap().unwrap().into_data().unwrap(),
        "data: a\n\n"
    );
    assert_pending!(body.enter(|cx, body| body.poll_frame(cx)));
    sender.send_data(Bytes::from_static(b"\n\n")).await.unwrap();
    assert!(body.is_woken());
    let mut rest = Vec::new();
    for _ in 0..2 {
        let frame = body.enter(|cx, body| body.poll_frame(cx));
        rest.extend(assert_ready!(frame).unwrap().unwrap().into_data().unwrap());
    }
    assert_eq!(rest, b"data: b\n\n");
    assert_pending!(body.enter(|cx, body| body.poll_frame(cx)));
}

/// Fault S07: comments, empty events, unknown fields, an id with NUL, a `retry` that is no number.
#[tokio::test]
async fn a_keep_alive_comment_does_not_wait_for_its_blank_line() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    let mut body = spawn(body);
    sender
        .send_data(Bytes::from_static(b": ping\n"))
        .await
        .unwrap();
    let frame = assert_ready!(body.enter(|cx, body| body.poll_frame(cx)));
    assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), ": ping\n");
}

#[tokio::test]
async fn an_error_in_half_an_event_is_told_at_the_boundary() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: a\n\ndata: {\"hal"))
        .await
        .unwrap();
    sender.abort(Error::new(ErrorKind::Timeout, "too slow"));
    let bytes = body.collect().await.unwrap().to_bytes();
    assert_eq!(bytes, "data: a\n\ndata: timeout\n\n");
    assert_eq!(watch.ends(), ["failed"]);
}

/// Fault S10: a last event without its blank line: it counts when it is the end marker, which some providers send so; else the stream is truncated.
#[tokio::test]
async fn a_stream_without_its_marker_is_never_a_success() {
    let (bytes, watch) = relay(&[b"data: a\n\n"]).await;
    assert_eq!(bytes, b"data: a\n\ndata: bad_answer\n\n");
    assert_eq!(watch.ends(), ["truncated"]);
}

/// Fault S10: a last event without its blank line: it counts when it is the end marker, which some providers send so; else the stream is truncated.
#[tokio::test]
async fn a_marker_without_its_blank_line_counts() {
    let (bytes, watch) = relay(&[b"data: a\n\ndata: [DONE]\n"]).await;
    assert_eq!(bytes, b"data: a\n\ndata: [DONE]\n");
    assert_eq!(watch.ends(), ["complete"]);
}

/// Fault S11: bytes and failures behind the end marker: take nothing from the client.
#[tokio::test]
async fn an_error_behind_the_marker_takes_nothing() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: [DONE]\n\n"))
        .await
        .unwrap();
    sender.abort(Error::new(ErrorKind::Unavailable, "reset"));
    assert_eq!(body.collect().await.unwrap().to_bytes(), "data: [DONE]\n\n");
    assert_eq!(watch.ends(), ["complete"]);
}

#[tokio::test]
async fn a_dialect_without_an_event_aborts_the_body() {
    let watch = Marked {
        silent: true,
        ..Marked::default()
    };
    let (mut sender, body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: a\n\n"))
        .await
        .unwrap();
    drop(sender);
    assert_eq!(
        body.collect().await.unwrap_err().kind(),
        ErrorKind::BadAnswer
    );
    assert_eq!(watch.ends(), ["truncated"]);
}

/// Fault S11: bytes and failures behind the end marker: take nothing from the client.
#[tokio::test]
async fn a_client_that_leaves_is_told_from_one_that_had_all() {
    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: a\n\n"))
        .await
        .unwrap();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(watch.ends(), ["dropped"]);

    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: [DONE]\n\n"))
        .await
        .unwrap();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert_eq!(watch.ends(), ["complete"]);
}

#[tokio::test]
async fn trailers_pass_behind_the_events() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: [DONE]\n\n"))
        .await
        .unwrap();
    let trailers = HeaderMap::from_iter([(http::header::ETAG, "1".parse().unwrap())]);
    sender.send_trailers(trailers.clone()).await.unwrap();
    drop(sender);
    let collected = body.collect().await.unwrap();
    assert_eq!(collected.trailers(), Some(&trailers));
}

/// Fault S08: an endless line: an error at the limit, and no more memory than it.
#[tokio::test]
async fn an_event_over_the_limit_fails_the_stream() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: a\n\n"))
        .await
        .unwrap();
    sender
        .send_data(Bytes::from(vec![b'x'; 3 << 20]))
        .await
        .unwrap();
    let bytes = body.collect().await.unwrap().to_bytes();
    assert_eq!(bytes, "data: a\n\ndata: too_large\n\n");
    assert_eq!(watch.ends(), ["failed"]);
}

#[tokio::test]
async fn a_plain_answer_is_shown_whole_with_its_last_byte() {
    let watch = Marked::default();
    let handling = Handling::Whole { limit_bytes: 10 };
    let mut body = ResponseBody::new(
        Full::new(Bytes::from_static(b"{}")),
        watch.clone(),
        handling,
    );
    assert_eq!(body.size_hint().exact(), Some(2));
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    assert_eq!(*watch.seen.lock().unwrap(), b"{}");
    assert_eq!(watch.ends(), ["complete"]);
}

#[tokio::test]
async fn a_plain_answer_over_the_limit_passes_without_being_shown() {
    let watch = Marked::default();
    let handling = Handling::Whole { limit_bytes: 1 };
    let body = ResponseBody::new(
        Full::new(Bytes::from_static(b"{}")),
        watch.clone(),
        handling,
    );
    assert_eq!(body.collect().await.unwrap().to_bytes(), "{}");
    assert!(watch.seen.lock().unwrap().is_empty());
    assert_eq!(watch.ends(), ["complete"]);
}

/// Fault H34: an upstream that closes before any byte or in the body: 502 before the head; after it the data, then an error.
#[tokio::test]
async fn a_plain_answer_that_fails_is_aborted() {
    let watch = Marked::default();
    let (sender, inner) = Channel::<Bytes, Error>::new(1);
    let body = ResponseBody::new(inner, watch.clone(), Handling::Pass);
    sender.abort(Error::new(ErrorKind::Unavailable, "reset"));
    assert_eq!(body.collect().await.unwrap_err().message(), "reset");
    assert_eq!(watch.ends(), ["failed"]);
}

#[test]
fn an_answer_without_a_byte_has_ended_at_once() {
    let watch = Marked::default();
    let _body = ResponseBody::new(http_body_util::Empty::new(), watch.clone(), Handling::Pass);
    assert_eq!(watch.ends(), ["complete"]);
}

proptest! {
    /// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
    #[test]
    fn any_chunking_gives_the_same_bytes(cuts in prop::collection::vec(1usize..12, 1..40)) {
        let stream = b"\xEF\xBB\xBFdata: a\r\n\r\n: ping\r\rdata: drop\n\nevent: x\ndata: b\ndata: c\n\n\
            data: swap\n\ndata: d\r\n\r\ndata: [DONE]\n\nafter";
        let expected = b"\xEF\xBB\xBFdata: a\r\n\r\n: ping\r\revent: x\ndata: b\ndata: c\n\n\
            data: swapped\n\ndata: d\r\n\r\ndata: [DONE]\n\nafter";
        let (mut chunks, mut at) = (Vec::new(), 0);
        for cut in cuts.iter().cycle() {
            if at == stream.len() { break }
            let end = (at + cut).min(stream.len());
            chunks.push(&stream[at..end]);
            at = end;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (bytes, watch) = runtime.block_on(async {
            let watch = Marked::default();
            let (mut sender, body) = events(&watch);
            let send = async move {
                for chunk in chunks {
                    sender.send_data(Bytes::copy_from_slice(chunk)).await.unwrap();
                }
            };
            let (_, body) = tokio::join!(send, body.collect());
            (body.unwrap().to_bytes().to_vec(), watch)
        });
        prop_assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(expected));
        prop_assert_eq!(watch.ends(), vec!["complete"]);
    }
}

#[derive(Clone, Debug)]
pub(super) struct Plain;

impl Dialect for Plain {
    type Subject = ();

    fn response(&self, error: &Error, (): &()) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(error.message().to_owned()));
        *response.status_mut() = error.status();
        response
    }

    fn event(&self, error: &Error, (): &()) -> Option<SseMessage> {
        Some(SseMessage::new(error.message().to_owned()))
    }
}

/// Fault E01 (part): a service that is never ready, or fails in `poll_ready`: waited for, or answered.
#[tokio::test]
async fn the_layer_answers_errors_of_readiness_and_of_the_call() {
    use tower::{ServiceBuilder, ServiceExt};
    async fn refuse(_: http::Request<()>) -> Result<Response<Full<Bytes>>, Error> {
        Err(Error::new(ErrorKind::Forbidden, "no"))
    }
    let service = ServiceBuilder::new()
        .layer(RescueLayer::new(Plain, ()))
        .service_fn(refuse);
    let Ok(answer) = service.oneshot(http::Request::new(())).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "no");
}
